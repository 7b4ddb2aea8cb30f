#pragma once

#include <sojourn/bytes.hpp>
#include <sojourn/concepts.hpp>
#include <sojourn/core/action.hpp>
#include <sojourn/core/expiry.hpp>
#include <sojourn/core/generations.hpp>
#include <sojourn/core/index.hpp>
#include <sojourn/core/state.hpp>
#include <sojourn/error.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

namespace sojourn::inline v0::core {

/// Saves a session: one compare-and-store, or one create, and the cookies' texts afterwards.
///
/// The payload is the typed side of the session:
/// - `payload.encode(body, out)` → `Result<void>`: appends the new body to `out`, which is `body` (all audiences' entries
///   as last read) with ours replaced. Equal data gives equal bytes: that is how an unchanged session is known.
/// - `payload.merge(base, standing)` → `Result<void>`: `base` is what was read, `standing` what somebody else stored in the
///   meantime; afterwards the payload's data is that with our changes.
/// - `payload.commit()`: the save has succeeded, what was merged is the program's data now.
///
/// `draw()` gives fresh `Randomness`; it is asked only when there is something to save.
///
/// When the store holds another version than the one read, the save merges and tries again, `max_attempts` times in all,
/// then gives up with `errc::conflict`. If the session is gone, it stays gone: `errc::session_gone`. The state changes only
/// when the save succeeds.
///
/// A login creates the new session and then ends the old one, provided that it still is as it was read: if not, what was
/// created is erased, and the login begins again with what stands there. So it loses no update, and a store that fails in
/// between loses nothing. With metadata, the indexes are told (core/index.hpp) before the cookies are sent.
template <class Wire, class Payload, class Draw>
class Save {
public:
    static constexpr unsigned max_attempts = 16;

    Save(const Wire& wire, State& state, Payload payload, Intent intent, Time now, Draw draw)
        : wire_{&wire},
          state_{&state},
          payload_{std::move(payload)},
          intent_{intent},
          now_{now},
          draw_{draw},
          listing_{wire, now, std::move(draw)}
    {
    }

    /// Makes it one that fails without asking the store.
    void refuse(Error error) { failure_ = std::move(error); }

    Action start()
    {
        if (failure_)
            return Action::done();
        if (const auto encoded = encode(state_->body); !encoded)
            return fail(encoded.error());
        if (std::ranges::equal(body_, state_->body) && !is_due())
            return Action::done();
        began_ = !state_->exists || intent_ == Intent::login;
        return begin();
    }

    Action resume(Reply reply)
    {
        if (step_ == Step::listing || step_ == Step::forgetting)
            return listed(listing_.resume(std::move(reply)));
        if (reply.outcome == Reply::Outcome::failed)
            return fail(*reply.error);
        switch (step_) {
        case Step::creating: return reply.outcome == Reply::Outcome::done ? list() : fail(errc::id_taken);
        case Step::ending: return reply.outcome == Reply::Outcome::conflict ? begin_again(reply.record) : forget();
        case Step::abandoning: return begin();
        default:
            return reply.outcome == Reply::Outcome::conflict  ? merge(reply.record)
                   : reply.outcome == Reply::Outcome::nothing ? fail(errc::session_gone)
                                                              : list();
        }
    }

    /// How it ended; `errc` as above, or what the storage answered.
    const std::optional<Error>& failure() const noexcept { return failure_; }
    /// How often another version stood in the store.
    unsigned conflicts() const noexcept { return conflicts_; }
    /// Whether something was stored.
    bool stored() const noexcept { return stored_; }
    /// The text of the cookie to send; empty if nothing was to be saved or the save failed.
    BytesView text() const noexcept { return text_; }
    /// The text of the remember cookie to send; empty if none is to be.
    BytesView remember_text() const noexcept { return remember_text_; }

private:
    enum class Step : std::uint8_t { creating, storing, listing, ending, abandoning, forgetting };

    /// Whether it is to be stored although its data has not changed.
    bool is_due() const noexcept
    {
        if (!state_->exists || intent_ == Intent::side)
            return false;
        const bool switched = state_->remembered() != state_->remember.has_value();
        return intent_ != Intent::changes || state_->key != 0 || state_->restored || state_->unlisted || switched;
    }

    Result<void> encode(BytesView body)
    {
        body_.clear();
        return payload_.encode(body, body_);
    }

    /// Draws what the session is to have of its own, and makes it a new one if it is to be.
    Action begin()
    {
        static_cast<Standing&>(next_) = *state_;
        random_ = draw_();
        if (began_) {
            if (state_->reserved && intent_ != Intent::login)
                random_.family = state_->id.family;
            Wire::begin(next_, now_, random_);
        }
        return attempt();
    }

    Action attempt()
    {
        const Time saved = next_.times.saved;
        if (intent_ != Intent::side)
            if (const auto written = write(); !written)
                return fail(written.error());
        if constexpr (Wire::in_cookie) {
            return finish();
        } else {
            const auto& settings = wire_->settings();
            // Each attempt seals another record, so each has a salt of its own.
            random_.salt[0] = static_cast<std::byte>(std::to_integer<unsigned>(random_.salt[0]) + 1);
            ++attempts_;
            ++next_.sequence;
            relist_ = began_ || next_.restored || next_.unlisted || state_->key != 0 ||
                      !same_period(saved, next_.times.saved, settings.touch_threshold);
            if (const auto sealed = wire_->seal_record(next_, body_, random_.salt, record_); !sealed)
                return fail(sealed.error());
            key_ = wire_->key(next_.id);
            ttl_ = time_to_live(next_, now_, settings.timeouts, settings.remember_timeouts);
            step_ = began_ ? Step::creating : Step::storing;
            return began_ ? Action::create(key_.view(), record_, ttl_)
                          : Action::store_if(key_.view(), next_.version, record_, ttl_);
        }
    }

    /// Renews the session and writes its cookies.
    Result<void> write()
    {
        if (!began_)
            wire_->renew(next_, now_, random_);
        const bool remembers = wire_->renew_remember(next_, now_, random_);
        next_.key = 0;
        remember_text_.clear();
        auto written = wire_->write(next_, body_, text_);
        if (written && remembers)
            written = wire_->write_remember(next_, body_, remember_text_);
        return written;
    }

    /// All entries as they were before this save.
    BytesView base() const noexcept { return merged_ ? BytesView{base_} : BytesView{state_->body}; }

    /// Opens what somebody else has stored, and makes our changes to that.
    Result<void> rebase(const Record& standing, State& theirs)
    {
        ++conflicts_;
        if (attempts_ == max_attempts)
            return errc::conflict;
        theirs.version = standing.version;
        if (const auto opened = wire_->open_record(standing.value, theirs); !opened)
            return opened;
        if (const auto merged = payload_.merge(base(), theirs.body); !merged)
            return merged;
        base_ = std::move(theirs.body);
        merged_ = true;
        return encode(base_);
    }

    Action merge(const Record& standing)
    {
        if (const auto rebased = rebase(standing, next_); !rebased)
            return fail(rebased.error());
        if (next_.restored)
            revive(next_, now_, wire_->settings().timeouts);
        return attempt();
    }

    // --- the metadata

    Action list()
    {
        if (wire_->settings().store_metadata && intent_ != Intent::side)
            list_changes(*wire_, next_, base(), body_, relist_, began_, now_, ttl_, listing_);
        step_ = Step::listing;
        return listed(listing_.start());
    }

    Action listed(Action next)
    {
        if (next.kind != Action::Kind::done)
            return next;
        if (step_ == Step::forgetting) // that it still is in an index does not make it alive
            return finish();
        if (!listing_.failure())
            return end();
        if (!began_) {
            finish();
            state_->unlisted = true;
        }
        return fail(*listing_.failure());
    }

    // --- the session that a login comes from ends

    Action end()
    {
        if (!began_ || !state_->exists)
            return finish();
        step_ = Step::ending;
        key_ = wire_->key(state_->id);
        return Action::store_if(key_.view(), merged_ ? version_ : state_->version, {}, TimeToLive{0});
    }

    Action begin_again(const Record& standing)
    {
        State theirs;
        static_cast<Standing&>(theirs) = *state_;
        if (const auto rebased = rebase(standing, theirs); !rebased)
            return fail(rebased.error());
        version_ = standing.version;
        step_ = Step::abandoning;
        key_ = wire_->key(next_.id);
        return Action::erase(key_.view());
    }

    Action forget()
    {
        if (wire_->settings().store_metadata)
            forget_all(*wire_, key_.view(), base(), listing_);
        step_ = Step::forgetting;
        return listed(listing_.start());
    }

    // --- the end

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

    Action fail(Error error)
    {
        failure_ = std::move(error);
        text_.clear();
        remember_text_.clear();
        return Action::done();
    }

    const Wire* wire_;
    State* state_;
    Payload payload_;
    Intent intent_;
    Time now_;
    Draw draw_;
    IndexUpdate<Wire, Draw> listing_;
    Randomness random_;
    State next_;
    Buffer body_;
    Buffer base_; ///< what somebody else has stored since, if `merged_`
    Buffer text_;
    Buffer remember_text_;
    Buffer record_;
    typename Wire::Key key_;
    TimeToLive ttl_{0};
    Version version_ = 0; ///< of the session that a login comes from, if `merged_`
    Step step_ = Step::storing;
    unsigned attempts_ = 0;
    unsigned conflicts_ = 0;
    bool began_ = false;
    bool merged_ = false;
    bool relist_ = false;
    bool stored_ = false;
    std::optional<Error> failure_;
};

} // namespace sojourn::inline v0::core
