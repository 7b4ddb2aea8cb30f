#pragma once

#include <sojourn/bytes.hpp>
#include <sojourn/cookie/lines.hpp>
#include <sojourn/core/body.hpp>
#include <sojourn/core/destroy.hpp>
#include <sojourn/core/expiry.hpp>
#include <sojourn/core/nothing.hpp>
#include <sojourn/core/open.hpp>
#include <sojourn/core/part.hpp>
#include <sojourn/core/save.hpp>
#include <sojourn/core/state.hpp>
#include <sojourn/csrf.hpp>
#include <sojourn/drive_sync.hpp>
#include <sojourn/error.hpp>
#include <sojourn/observer.hpp>
#include <sojourn/options.hpp>
#include <sojourn/result.hpp>

#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace sojourn::inline v0::detail {

/// What a session is made of, and what can be done with it: the machines of core/ put to work with a manager's context.
/// `Session` is the program's view of it.
///
/// Each operation takes what is to be done with its Set-Cookie lines, `then(Result<cookie::Lines>)`, and answers with what
/// that returns, awaitable if the storage is.
template <class Context>
class Operations {
public:
    using Wire = typename Context::Wire;
    using Storage = typename Context::Storage;
    using Codec = typename Context::Codec;

    Operations(const Context& context, core::Open<Wire>& open, bool refreshing)
        : context_{&context},
          state_{open.take_state()},
          failure_{open.failure()},
          reason_{open.reason()},
          audience_{context.options.audience},
          refreshing_{refreshing}
    {
        if (!state_.exists) {
            if (context.options.remember)
                state_.to_remember = core::Remembering::yes;
            return;
        }
        const auto read = core::read_part(context.codec, context.limits(), audience_, state_.body, part_);
        found_ = read.has_value();
        if (!found_)
            reason_ = read.error().code();
    }

    // --- what it is

    const Context& context() const noexcept { return *context_; }
    core::State& state() noexcept { return state_; }
    const core::State& state() const noexcept { return state_; }
    const Error& failure() const noexcept { return failure_; }
    /// Why there is none for this audience; code 0 if there is.
    errc reason() const noexcept { return found_ ? errc{} : reason_; }

    const std::string& audience() const noexcept { return audience_; }
    /// The part as it is, whether the session is of use or not.
    const core::Part<Codec>& peek() const noexcept { return part_; }
    /// The part, for a program that may rely on it. Throws std::logic_error if the store failed or the session was closed.
    const core::Part<Codec>& part() const
    {
        if (!usable())
            throw std::logic_error{complaint(refusal())};
        return part_;
    }
    core::Part<Codec>& part() { return const_cast<core::Part<Codec>&>(std::as_const(*this).part()); }

    /// Whether operations can be carried out.
    bool usable() const noexcept { return !closed_ && !failure_; }
    /// Why they cannot; nothing if they can.
    Error refusal() const { return closed_ ? errc::session_closed : failure_; }

    // --- what can be done

    void set_subject(std::string subject)
    {
        std::string& before = part().subject;
        if (!login_ && subject != before) {
            part_.flash.erase(csrf::place);
            login_ = true;
            if (state_.to_remember == core::Remembering::as_it_is)
                state_.to_remember = core::remembering(context_->options.remember);
        }
        before = std::move(subject);
    }

    void set_remember(bool wanted)
    {
        static_cast<void>(part());
        state_.to_remember = core::remembering(wanted);
        state_.forgets = !wanted;
    }

    void set_audience(std::string audience)
    {
        static_cast<void>(part());
        if (const auto lawful = check_audience(audience); !lawful)
            throw std::invalid_argument{complaint(lawful.error())};
        auto before = std::exchange(audience_, std::move(audience));
        if (formerly_.empty())
            formerly_ = std::move(before);
    }

    std::string csrf_token()
    {
        static_cast<void>(part());
        const auto mask = context_->fresh();
        if constexpr (Wire::lasting_id) {
            if (!state_.exists && !state_.reserved) {
                state_.id.family = context_->fresh();
                state_.reserved = part_.present = true; // so that there is something to store
            }
            return csrf::make_token(csrf::secret_of(context_->wire, 0, state_.id, context_->options.audience), mask);
        } else
            return csrf::make_token(csrf::kept_secret(part_.flash, context_->fresh()), mask);
    }

    bool verify_csrf(std::string_view token) const
    {
        static_cast<void>(part());
        if constexpr (Wire::lasting_id)
            return state_.exists && csrf::verify(token, context_->wire, state_.id, context_->options.audience);
        else
            return state_.exists && csrf::verify_kept(token, part_.flash);
    }

    template <class Then>
    auto save(Then then)
    {
        return save_as(refreshing_ && renewal_due(), then, placement());
    }

    /// Answers with a `Result<void>`, awaitable if the storage is.
    auto save_info()
    {
        using Save = typename Wire::template Save<core::InfoPayload, Draw>;
        const auto now = context_->environment.now();
        const core::InfoPayload payload{audience_, part_.info};
        Save save{context_->wire, state_, payload, core::Intent::side, now, Draw{context_}};
        if (auto refused = refusal())
            save.refuse(std::move(refused));
        else if (!state_.exists || !part_.present || !formerly_.empty())
            save.refuse(errc::no_audience);
        return Driver::run(
            context_->storage, std::move(save),
            [watch = context_->template watch<event::Saved>()](Save& done) -> Result<void> {
                watch.tell([&] { return event::Saved{done.stored(), done.conflicts(), done.failure(), {}}; });
                return done.failure() ? Result<void>{done.failure()} : Result<void>{};
            });
    }

    /// Nothing for what has no cookie of its own yet.
    Result<cookie::Lines> touch()
    {
        if (auto refused = refusal())
            return refused;
        return touch_if(true, context_->environment.now());
    }

    template <class Then>
    auto refresh(Then then)
    {
        if (const auto refused = refusal())
            return conclude(refused, then);
        if (renewal_due())
            return save_as(true, then, placement());
        return conclude(touch_if_due(context_->environment.now()), then);
    }

    template <class Then>
    auto logout(Then then)
    {
        bool others = false;
        const auto leaving = placement(true);
        const bool whole = core::for_each_entry(
            state_.body, [&](const core::Entry& entry) { others = others || !leaving.replaces(entry.audience); });
        return whole && others ? save_as(true, then, leaving) : destroy(then);
    }

    template <class Then>
    auto destroy(Then then)
    {
        using Destroy = typename Wire::template Destroy<Draw>;
        if (const auto refused = refusal())
            return conclude(refused, then);
        return Driver::run(context_->storage,
                           Destroy{context_->wire, state_, context_->environment.now(), Draw{context_}},
                           [this, then, watch = context_->template watch<event::Destroyed>()](const Destroy& destroy) {
                               watch.tell([&] { return event::Destroyed{destroy.failure(), {}}; });
                               return then(ended(destroy.failure()));
                           });
    }

    void close() noexcept { closed_ = true; }

private:
    using Driver = Drive<Storage>;
    using Draw = typename Context::Draw;

    bool renewal_due() const
    {
        return state_.restored || (state_.exists && core::renewal_due(state_.times, context_->environment.now(),
                                                                      context_->options.timeouts()));
    }

    core::Placement placement(bool leaves = false) const noexcept
    {
        return {audience_, formerly_, leaves, context_->options.enforce_same_subject, Wire::always_saves};
    }

    /// Ends an operation that has no need of the storage.
    template <class Then>
    auto conclude(Result<cookie::Lines> lines, Then then)
    {
        return Driver::run(context_->storage, core::Nothing{},
                           [lines = std::move(lines), then](core::Nothing&) mutable { return then(std::move(lines)); });
    }

    template <class Then>
    auto save_as(bool renewing, Then then, const core::Placement& placement)
    {
        const auto now = context_->environment.now();
        const auto intent = login_ ? core::Intent::login : renewing ? core::Intent::renewal : core::Intent::changes;
        using Save = typename Wire::template Save<core::Payload<Codec>, Draw>;
        core::Payload<Codec> payload{context_->codec, context_->limits(), placement, part_};
        Save save{context_->wire, state_, std::move(payload), intent, now, Draw{context_}};
        save.refuse(refusal());
        return Driver::run(
            context_->storage, std::move(save),
            [this, now, leaves = placement.leaves, then, watch = context_->template watch<event::Saved>()](Save& done) {
                watch.tell([&] { return event::Saved{done.stored(), done.conflicts(), done.failure(), {}}; });
                return then(saved(done, now, leaves));
            });
    }

    Result<cookie::Lines> saved(const auto& save, wire::Time now, bool leaves)
    {
        if (save.failure())
            return save.failure();
        closed_ = closed_ || leaves;
        if (save.text().empty())
            return refreshing_ ? touch_if_due(now) : cookie::Lines{};
        login_ = false;
        formerly_.clear();
        part_.present = true;
        return context_->set(as_text(save.text()), as_text(save.remember_text()), state_);
    }

    Result<cookie::Lines> touch_if_due(wire::Time now)
    {
        const bool idles = context_->options.idling_timeout.count() != 0;
        return touch_if(idles && core::elapsed(state_.times.seen, now) > context_->options.touch_threshold, now);
    }

    Result<cookie::Lines> touch_if(bool wanted, wire::Time now)
    {
        if (!wanted || !state_.exists || state_.restored)
            return cookie::Lines{};
        state_.times.seen = core::later(now, state_.times.saved);
        Buffer text;
        if (const auto written = context_->wire.touch(state_, text); !written)
            return written.error();
        return context_->set_first(as_text(text));
    }

    Result<cookie::Lines> ended(const Error& failure)
    {
        if (failure)
            return failure;
        closed_ = true;
        state_.exists = false;
        return context_->expire(state_);
    }

    const Context* context_;
    core::State state_;
    core::Part<Codec> part_;
    Error failure_;
    errc reason_;
    std::string audience_;
    std::string formerly_; ///< the audience that the part was read as, if `set_audience` has changed it
    bool refreshing_;
    bool found_ = false;
    bool login_ = false;
    bool closed_ = false;
};

} // namespace sojourn::inline v0::detail
