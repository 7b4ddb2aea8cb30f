#pragma once

#include <sojourn/concepts.hpp>
#include <sojourn/cookie/chunks.hpp>
#include <sojourn/cookie/jar.hpp>
#include <sojourn/core/action.hpp>
#include <sojourn/core/expiry.hpp>
#include <sojourn/core/generations.hpp>
#include <sojourn/core/state.hpp>
#include <sojourn/error.hpp>
#include <sojourn/result.hpp>

#include <array>
#include <cstddef>
#include <span>
#include <string_view>
#include <utility>

namespace sojourn::inline v0::core {

/// Finds the session that a request's cookies name.
///
/// Each cookie of our name is tried, so that a stranger's or a stale one never hides the good one. The first that opens is
/// the session. If none does, the cookies that remember one are tried likewise; what they open is `restored`, and gets
/// cookies of its own when it is saved. If none of these does, there is a fresh state and the reason of the cookie that came
/// furthest. A failing store ends the search: whether there is a session is then not known, and `failure()` says so.
template <class Wire>
class Open {
public:
    /// The jars are read here and not needed afterwards. `end_reused`: when a retired id turns up, somebody holds a copy of
    /// it; then the whole session is erased. `client`: what the cookies may be bound to.
    Open(const Wire& wire, const cookie::Jars& jars, Time now, bool end_reused = false,
         const typename Wire::Client& client = {})
        : wire_{&wire},
          now_{now},
          end_reused_{end_reused},
          client_{client},
          cookies_{jars.session.highest_chunk()},
          remember_cookies_{jars.remember.highest_chunk()}
    {
        for (const std::string_view text : jars.session.candidates())
            if (!state_.exists)
                examine(text, jars.session, wire::Kind::session);
        for (const std::string_view text : jars.remember.candidates())
            if (!state_.remember)
                examine(text, jars.remember, wire::Kind::remember);
    }

    Action start()
    {
        if constexpr (Wire::in_cookie)
            return Action::done();
        else
            return state_.exists ? Action::done() : next();
    }

    Action resume(Reply reply)
    {
        if (erasing_)
            return next();
        const Found& candidate = candidates_[tried_++];
        switch (reply.outcome) {
        case Reply::Outcome::failed:
            failure_ = std::move(reply.error);
            state_ = {};
            return Action::done();
        case Reply::Outcome::done: return check_record(candidate, reply.record);
        case Reply::Outcome::nothing:
        case Reply::Outcome::conflict: break;
        }
        refuse(errc::not_found);
        return next();
    }

    /// The session's state; one that does not exist if none was opened.
    State take_state() noexcept
    {
        state_.cookies = cookies_;
        state_.remember_cookies = remember_cookies_;
        state_.binding = wire_->binding(client_);
        return std::move(state_);
    }
    /// Why there is no session; code 0 if there is one.
    errc reason() const noexcept { return state_.exists ? errc{} : reason_; }
    /// How the store failed, if it did.
    const Error& failure() const noexcept { return failure_; }

private:
    using Found = typename Wire::Found;

    /// Looks at one cookie: opens it, or puts it down as one to ask the store for.
    void examine(std::string_view text, const cookie::Jar& jar, wire::Kind kind)
    {
        const Result<Found> found = wire_->read(text, client_, kind);
        if (!found)
            return refuse(found.error().code());
        const auto& settings = wire_->settings();
        const bool own = kind == wire::Kind::session;
        const errc timeout = expired(found->frame.times, now_, own ? settings.timeouts : settings.remember_timeouts);
        if (timeout != errc{})
            return refuse(timeout);
        if constexpr (Wire::in_cookie) {
            const auto text_size = Wire::text_size(found->frame);
            unsigned& held = own ? cookies_ : remember_cookies_;
            if (const auto count = cookie::count(jar.name().size(), text_size, jar.layout()); count > held)
                held = count;
            if (state_.exists) // remembered, and open already
                return wire_->note_remember(*found, state_);
            State state = wire_->state_of(*found);
            Buffer joined;
            const auto whole = cookie::join(jar, text, text_size, joined);
            if (!whole)
                return refuse(whole.error().code());
            if (const auto opened = wire_->open_payload(*found, *whole, state); !opened)
                return refuse(opened.error().code());
            if (state.restored)
                revive(state, now_, settings.timeouts);
            state_ = std::move(state);
        } else if (count_ != candidates_.size()) {
            candidates_[count_++] = *found;
        }
    }

    /// Asks the store for the next candidate's record, if there is a candidate left.
    Action next()
    {
        erasing_ = false;
        if (tried_ == count_)
            return Action::done();
        key_ = wire_->key_of(candidates_[tried_]);
        return Action::load(key_.view());
    }

    Action check_record(const Found& found, const Record& record)
    {
        State state = wire_->state_of(found);
        state.version = record.version;
        auto good = wire_->open_stored(found, record.value, state);
        if (good)
            good = wire_->admit(state, found, now_);
        if (!good) {
            refuse(good.error().code());
            erasing_ = end_reused_ && good.error() == errc::retired_id;
            return erasing_ ? Action::erase(key_.view()) : next();
        }
        if (state.restored)
            revive(state, now_, wire_->settings().timeouts);
        else
            for (const Found& other : std::span{candidates_}.first(count_))
                if (other.frame.kind == wire::Kind::remember)
                    wire_->note_remember(other, state);
        state_ = std::move(state);
        return Action::done();
    }

    /// Keeps the reason that tells most: the checks come in the order of `errc`, a later one means that more was right.
    void refuse(errc reason) noexcept
    {
        if (reason > reason_)
            reason_ = reason;
    }

    const Wire* wire_;
    Time now_;
    bool end_reused_;
    typename Wire::Client client_;
    bool erasing_ = false;
    std::array<Found, Wire::in_cookie ? 0 : 8 + 4> candidates_{}; ///< of both kinds, in the order to try them
    std::size_t count_ = 0;
    std::size_t tried_ = 0;
    typename Wire::Key key_;
    State state_;
    errc reason_ = errc::no_cookie;
    unsigned cookies_ = 0;
    unsigned remember_cookies_ = 0;
    Error failure_;
};

} // namespace sojourn::inline v0::core
