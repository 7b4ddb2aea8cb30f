#pragma once

#include <sojourn/bytes.hpp>
#include <sojourn/concepts.hpp>
#include <sojourn/core/action.hpp>
#include <sojourn/core/draft.hpp>
#include <sojourn/core/expiry.hpp>
#include <sojourn/core/generations.hpp>
#include <sojourn/core/index.hpp>
#include <sojourn/core/index_update.hpp>
#include <sojourn/core/state.hpp>
#include <sojourn/error.hpp>
#include <sojourn/result.hpp>

#include <cstddef>
#include <cstdint>
#include <utility>

namespace sojourn::inline v0::core {

/// Saves a session into a store: one compare-and-store, or one create, and the cookies' texts afterwards.
///
/// What it makes of the session is said in `Draft`.
///
/// When the store holds another version than the one read, the save merges and tries again, `max_attempts` times in all,
/// then gives up with `errc::conflict`. If the session is gone, it stays gone: `errc::session_gone`.
///
/// A login creates the new session and then ends the old one, provided that it still is as it was read: if not, what was
/// created is erased, and the login begins again with what stands there. So it loses no update, and a store that fails in
/// between loses nothing. With metadata, the indexes are told (core/index_update.hpp) before the cookies are sent, with the
/// compare-and-store or the create itself if the storage can.
template <class Wire, class Payload, class Draw>
class Save : public Draft<Wire, Payload, Draw> {
    using Base = Draft<Wire, Payload, Draw>;

public:
    static constexpr unsigned max_attempts = 16;

    Save(const Wire& wire, State& state, Payload payload, Intent intent, Time now, Draw draw)
        : Base{wire, state, std::move(payload), intent, now, draw}, listing_{wire, now, std::move(draw)}
    {
    }

    Action start() { return this->is_wanted() ? begin() : Action::done(); }

    Action resume(Reply reply)
    {
        if (step_ == Step::listing || step_ == Step::forgetting)
            return listed(listing_.resume(std::move(reply)));
        if (reply.outcome == Reply::Outcome::failed)
            return fail(reply.error);
        switch (step_) {
        case Step::creating: return reply.outcome == Reply::Outcome::done ? list(reply) : fail(errc::id_taken);
        case Step::ending: return reply.outcome == Reply::Outcome::conflict ? begin_again(reply.record) : forget();
        case Step::abandoning: return begin();
        default:
            return reply.outcome == Reply::Outcome::conflict  ? merge(reply.record)
                   : reply.outcome == Reply::Outcome::nothing ? fail(errc::session_gone)
                                                              : list(reply);
        }
    }

    /// How often another version stood in the store.
    unsigned conflicts() const noexcept { return conflicts_; }

private:
    enum class Step : std::uint8_t { creating, storing, listing, ending, abandoning, forgetting };

    // What a save of any protocol has.
    using Base::began_;
    using Base::body_;
    using Base::encode;
    using Base::fail;
    using Base::finish;
    using Base::intent_;
    using Base::next_;
    using Base::now_;
    using Base::payload_;
    using Base::random_;
    using Base::state_;
    using Base::wire_;

    Action begin()
    {
        Base::begin();
        return attempt();
    }

    Action attempt()
    {
        const Time saved = next_.times.saved;
        if (const auto written = this->write(); !written)
            return fail(written.error());
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
        if (const auto prepared = prepare_listing(); !prepared)
            return fail(prepared.error());
        step_ = began_ ? Step::creating : Step::storing;
        return began_ ? Action::create(key_.view(), record_, ttl_, listing_.additions())
                      : Action::store_if(key_.view(), next_.version, record_, ttl_, listing_.additions());
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

    Result<void> prepare_listing()
    {
        listing_.clear();
        if (!wire_->settings().store_metadata || intent_ == Intent::side)
            return {};
        list_changes(*wire_, next_, base(), body_, relist_, began_, now_, ttl_, listing_);
        return listing_.prepare();
    }

    Action list(const Reply& stored)
    {
        step_ = Step::listing;
        return listed(listing_.start(stored.longest));
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
        return fail(listing_.failure());
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

    IndexUpdate<Wire, Draw> listing_;
    Buffer base_; ///< what somebody else has stored since, if `merged_`
    Buffer record_;
    typename Wire::Key key_;
    TimeToLive ttl_{0};
    Version version_ = 0; ///< of the session that a login comes from, if `merged_`
    Step step_ = Step::storing;
    unsigned attempts_ = 0;
    unsigned conflicts_ = 0;
    bool merged_ = false;
    bool relist_ = false;
};

} // namespace sojourn::inline v0::core
