#pragma once

#include <sojourn/core/action.hpp>
#include <sojourn/core/index.hpp>
#include <sojourn/core/index_update.hpp>
#include <sojourn/core/state.hpp>
#include <sojourn/error.hpp>

#include <utility>

namespace sojourn::inline v0::core {

/// Ends a session: its record is removed, so that neither its ids nor its remember cookie nor a late save can bring it back.
template <class Wire, class Draw>
class Destroy {
public:
    Destroy(const Wire& wire, const State& state, Time now, Draw draw)
        : wire_{&wire}, state_{&state}, listing_{wire, now, std::move(draw)}
    {
    }

    Action start()
    {
        if (!state_->exists)
            return Action::done();
        key_ = wire_->key(state_->id);
        return Action::erase(key_.view());
    }

    /// That nothing was there is as good as that it is gone now.
    Action resume(Reply reply)
    {
        if (std::exchange(erased_, true))
            return listing_.resume(std::move(reply)); // that it still is in an index does not make it alive
        failure_ = std::move(reply.error);
        if (failure_ || !wire_->settings().store_metadata)
            return Action::done();
        forget_all(*wire_, key_.view(), state_->body, listing_);
        return listing_.start();
    }

    const Error& failure() const noexcept { return failure_; }

private:
    const Wire* wire_;
    const State* state_;
    typename Wire::Key key_;
    IndexUpdate<Wire, Draw> listing_;
    bool erased_ = false;
    Error failure_;
};

} // namespace sojourn::inline v0::core
