#pragma once

#include <sojourn/bytes.hpp>
#include <sojourn/core/action.hpp>
#include <sojourn/core/expiry.hpp>
#include <sojourn/core/state.hpp>
#include <sojourn/error.hpp>
#include <sojourn/result.hpp>

#include <utility>

namespace sojourn::inline v0::core {

/// What a save makes of a session, apart from what it asks of the store: its next state, and the texts of its cookies.
///
/// The payload is the typed side of the session:
/// - `payload.encode(body, out)` → `Result<void>`: appends the new body to `out`, which is `body` (all audiences' entries
///   as last read) with ours replaced. Equal data gives equal bytes: that is how an unchanged session is known.
/// - `payload.merge(base, standing)` → `Result<void>`: `base` is what was read, `standing` what somebody else stored in the
///   meantime; afterwards the payload's data is that with our changes.
/// - `payload.commit()`: the save has succeeded, what was merged is the program's data now.
///
/// `draw(all)` gives fresh `Randomness`, or the first half of it; it is asked only when there is something to save. The state
/// that is saved changes only when the save succeeds.
template <class Wire, class Payload, class Draw>
class Draft {
public:
    Draft(const Wire& wire, State& state, Payload payload, Intent intent, Time now, Draw draw)
        : payload_{std::move(payload)}, wire_{&wire}, state_{&state}, intent_{intent}, now_{now}, draw_{std::move(draw)}
    {
    }

    /// How it ended; `errc`, or what the storage answered.
    const Error& failure() const noexcept { return failure_; }
    /// Whether something was stored.
    bool stored() const noexcept { return stored_; }
    /// The text of the cookie to send; empty if nothing was to be saved or the save failed.
    BytesView text() const noexcept { return text_; }
    /// The text of the remember cookie to send; empty if none is to be.
    BytesView remember_text() const noexcept { return remember_text_; }

    /// Makes it one that fails without asking the store; an error that is none does nothing.
    void refuse(Error error) { failure_ = std::move(error); }

protected:
    Action fail(Error error)
    {
        failure_ = std::move(error);
        text_.clear();
        remember_text_.clear();
        return Action::done();
    }

    /// Whether there is something to save. False, too, if it cannot be: then `failure()` says why.
    bool is_wanted()
    {
        if (failure_)
            return false;
        if (const auto encoded = encode(state_->body); !encoded) {
            fail(encoded.error());
            return false;
        }
        changed_ = !equal(body_, state_->body);
        began_ = !state_->exists || intent_ == Intent::login;
        return changed_ || is_due();
    }

    Result<void> encode(BytesView body)
    {
        body_.clear();
        return payload_.encode(body, body_);
    }

    /// Draws what the session is to have of its own, and makes it a new one if it is to be.
    void begin()
    {
        static_cast<Standing&>(next_) = *state_;
        random_ = draw_(!Wire::in_cookie || next_.remembered());
        if (began_) {
            if (state_->reserved && intent_ != Intent::login)
                random_.family = state_->id.family;
            wire_->begin(next_, now_, random_);
        }
    }

    /// Renews the session and writes its cookies.
    Result<void> write()
    {
        if (intent_ == Intent::side)
            return {};
        if (!began_)
            wire_->renew(next_, now_, random_);
        const bool refreshes = intent_ == Intent::renewal && !changed_;
        const bool remembers = wire_->renew_remember(next_, now_, random_, refreshes);
        next_.key = 0;
        remember_text_.clear();
        auto written = wire_->write(next_, body_, text_);
        if (written && remembers)
            written = wire_->write_remember(next_, body_, remember_text_);
        return written;
    }

    Action finish()
    {
        stored_ = true;
        payload_.commit();
        next_.body = std::move(body_);
        if (intent_ != Intent::side) // which sends no cookies, and lists nothing
            next_.settle();
        *state_ = std::move(next_);
        return Action::done();
    }

    /// Whether it is to be stored although its data has not changed.
    bool is_due() const noexcept
    {
        if (intent_ == Intent::side)
            return false;
        if (Wire::always_saves)
            return true;
        const bool switched = state_->remembered() != state_->remember.exists;
        return state_->exists &&
               (intent_ != Intent::changes || state_->key != 0 || state_->restored || state_->unlisted || switched);
    }

    Payload payload_;
    const Wire* wire_;
    State* state_;
    Intent intent_;
    Time now_;
    Draw draw_;
    Randomness random_;
    State next_;
    Buffer body_;
    Buffer text_;
    Buffer remember_text_;
    bool began_ = false;
    bool changed_ = false;
    bool stored_ = false;
    Error failure_;
};

} // namespace sojourn::inline v0::core
