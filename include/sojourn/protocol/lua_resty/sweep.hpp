#pragma once

#include <sojourn/core/sweep.hpp>
#include <sojourn/error.hpp>
#include <sojourn/protocol/lua_resty/action.hpp>
#include <sojourn/protocol/lua_resty/record.hpp>
#include <sojourn/wire/frame.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sojourn::inline v0::protocol::lua_resty {

/// Goes through the sessions of a subject in an audience, and through what remembers them, which is listed by itself: to list
/// those that live, or to end those that are chosen. The store does not tell when they began.
template <class Wire, class Draw>
class Sweep {
public:
    enum class What { list, revoke };

    Sweep(const Wire& wire, std::string_view audience, std::string_view subject, What what, core::Chosen chosen,
          core::Time now, const Draw&)
        : what_{what}, chosen_{std::move(chosen)}, now_{now}
    {
        const auto& settings = wire.settings();
        if (!settings.store_metadata)
            failure_ = Error{errc::unlawful_option, "store_metadata: sessions are not listed unless it is true"};
        for (const auto kind : {wire::Kind::session, wire::Kind::remember})
            for (auto& name : index_names(wire.name(kind), audience, subject, settings.hash_subject))
                indexes_.push_back(std::move(name));
    }

    Action start() { return failure_ ? Action{} : members(); }

    Action resume(Reply reply)
    {
        if (reply.error) {
            failure_ = std::move(reply.error);
            return {};
        }
        if (read_ != indexes_.size()) {
            const std::string_view index = indexes_[read_];
            const auto name = index.substr(0, index.find(':') + 1);
            for (const auto& member : reply.members)
                keys_.push_back({std::string{name} + member, std::string{index}});
            return ++read_ != indexes_.size() ? members() : visit();
        }
        if (reply.outcome == core::Reply::Outcome::done)
            found_.push_back({std::string{handle(keys_[visited_].key).view()}, "", {}, {}});
        ++visited_;
        return visit();
    }

    const Error& failure() const noexcept { return failure_; }
    std::vector<SessionSummary>& found() noexcept { return found_; }

private:
    struct Listed {
        std::string key;
        std::string index;
    };

    Action members()
    {
        Action action{Action::Kind::members, indexes_[read_]};
        action.now = now_;
        return action;
    }

    Action visit()
    {
        for (; visited_ != keys_.size(); ++visited_) {
            const auto& [key, index] = keys_[visited_];
            if (!chosen_(handle(key).view()))
                continue;
            Action action{what_ == What::list ? Action::Kind::load : Action::Kind::remove, key};
            action.indexes = std::span{&index, 1};
            action.now = now_;
            return action;
        }
        return {};
    }

    What what_;
    core::Chosen chosen_;
    core::Time now_;
    std::vector<std::string> indexes_;
    std::size_t read_ = 0;
    std::vector<Listed> keys_;
    std::size_t visited_ = 0;
    std::vector<SessionSummary> found_;
    Error failure_;
};

} // namespace sojourn::inline v0::protocol::lua_resty
