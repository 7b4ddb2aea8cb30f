#pragma once

#include <sojourn/core/action.hpp>
#include <sojourn/core/index.hpp>
#include <sojourn/core/index_update.hpp>
#include <sojourn/error.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sojourn::inline v0 {

/// One of a subject's sessions, as the subject may see it.
struct SessionSummary {
    std::string handle;     ///< names it for `revoke`, and opens nothing; `Properties::handle` of that session
    std::string label;      ///< what `Session::set_label` said
    wire::Time created{};   ///< when it began, or was first remembered
    wire::Time last_seen{}; ///< when it was last saved, up to `Options::touch_threshold` before
};

namespace core {

/// Which of a subject's sessions are meant.
struct Chosen {
    enum class Which { all, one, all_but_one };
    Which which = Which::all;
    std::string handle = {};
    std::string companion = {}; ///< another one that is meant with it

    bool operator()(std::string_view other) const noexcept
    {
        return which == Which::all || (which == Which::one) == (other == handle || other == companion);
    }
};

/// Goes through the sessions of a subject in an audience: to list those that live, or to end those that are chosen.
template <class Wire, class Draw>
class Sweep {
public:
    enum class What { list, revoke };

    Sweep(const Wire& wire, std::string_view audience, std::string_view subject, What what, Chosen chosen, Time now,
          Draw draw)
        : wire_{&wire}, what_{what}, chosen_{std::move(chosen)}, now_{now}, listing_{wire, now, std::move(draw)}
    {
        if (!wire.settings().store_metadata)
            failure_ = Error{errc::unlawful_option, "store_metadata: sessions are not listed unless it is true"};
        for (std::size_t key = 0; key != wire.index_keys(); ++key)
            indexes_.push_back(wire.index_key(audience, subject, key));
    }

    Action start() { return failure_ ? Action::done() : Action::load(indexes_[read_].view()); }

    Action resume(Reply reply)
    {
        if (forgetting_)
            return listing_.resume(std::move(reply)); // that it still is in an index does not make it alive
        if (reply.outcome == Reply::Outcome::failed)
            return fail(std::move(reply.error));
        if (read_ != indexes_.size())
            return read(reply);
        if (reply.outcome == Reply::Outcome::done)
            found_.push_back(summary(index_[visited_]));
        ++visited_;
        return visit();
    }

    /// An index that does not open is an error: it may name sessions that would be missed.
    const Error& failure() const noexcept { return failure_; }
    /// Those that live, or that were ended, in no order that means anything.
    std::vector<SessionSummary>& found() noexcept { return found_; }

private:
    Action read(const Reply& reply)
    {
        if (reply.outcome == Reply::Outcome::done) {
            Buffer plain;
            if (const auto opened = wire_->open_index(indexes_[read_].view(), reply.record.value, plain); !opened)
                return fail(opened.error());
            if (!read_index(plain, index_))
                return fail(errc::bad_record);
        }
        return ++read_ != indexes_.size() ? start() : visit();
    }

    Action visit()
    {
        for (; visited_ != index_.size(); ++visited_) {
            const IndexEntry& entry = index_[visited_];
            if (!entry.left && entry.expires >= now_ && chosen_(wire_->handle(entry.key).view()))
                return what_ == What::list ? Action::load(entry.key) : Action::erase(entry.key);
        }
        forgetting_ = true;
        if (what_ == What::revoke)
            for (const IndexEntry& entry : index_)
                if (!entry.left && chosen_(wire_->handle(entry.key).view()))
                    for (const auto& index : indexes_)
                        listing_.forget(index, entry.key);
        return listing_.start();
    }

    SessionSummary summary(const IndexEntry& entry) const
    {
        return {std::string{wire_->handle(entry.key).view()}, entry.label, entry.created, entry.seen};
    }

    Action fail(Error error)
    {
        failure_ = std::move(error);
        return Action::done();
    }

    const Wire* wire_;
    What what_;
    Chosen chosen_;
    Time now_;
    IndexUpdate<Wire, Draw> listing_;
    std::vector<typename Wire::Key> indexes_;
    std::size_t read_ = 0;
    Index index_;
    std::size_t visited_ = 0;
    bool forgetting_ = false;
    std::vector<SessionSummary> found_;
    Error failure_;
};

} // namespace core

} // namespace sojourn::inline v0
