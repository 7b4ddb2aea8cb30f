#pragma once

#include <sojourn/bytes.hpp>
#include <sojourn/core/draft.hpp>
#include <sojourn/core/expiry.hpp>
#include <sojourn/core/state.hpp>
#include <sojourn/error.hpp>
#include <sojourn/protocol/lua_resty/action.hpp>
#include <sojourn/protocol/lua_resty/header.hpp>
#include <sojourn/protocol/lua_resty/record.hpp>
#include <sojourn/wire/frame.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sojourn::inline v0::protocol::lua_resty {

/// Saves a session into a store: a record of its own for the new id, and another for the new remember cookie, if there is one.
/// The records of before live on for `stale_ttl`; if the session is gone, it stays gone: `errc::session_gone`.
///
/// A store that fails after the session was stored costs the client its new remember cookie, not the session: the old one
/// stays as it is.
template <class Wire, class Payload, class Draw>
class Save : public core::Draft<Wire, Payload, Draw> {
    using Base = core::Draft<Wire, Payload, Draw>;
    using Kind = wire::Kind;

public:
    using Base::Base;

    Action start()
    {
        if (!this->is_wanted())
            return {};
        if (this->intent_ == core::Intent::side)
            return side();
        Base::begin();
        if (const auto written = this->write(); !written)
            return fail(written.error());
        return rotate(Kind::session, *this->state_, this->next_, this->text_);
    }

    Action resume(const Reply& reply)
    {
        using Outcome = core::Reply::Outcome;
        const bool failed = reply.outcome == Outcome::failed;
        const bool nothing = reply.outcome == Outcome::nothing;
        switch (step_) {
        case Step::session: return failed ? fail(reply.error) : nothing ? fail(errc::session_gone) : remember();
        case Step::remember:
            if (nothing && !old_key_.view().empty()) // it was destroyed or evicted: this is its first record then
                return rotate(Kind::remember, {}, this->next_.remember, this->remember_text_);
            if (failed)
                this->remember_text_.clear();
            return finish();
        case Step::forgetting: return finish();
        case Step::side:
            if (failed || nothing)
                return failed ? fail(reply.error) : fail(errc::session_gone);
            return side_of_remember();
        case Step::side_loading:
            if (reply.outcome != Outcome::done || !read_record(reply.record.value, payload_text_, info_))
                return finish();
            step_ = Step::forgetting;
            return store(Kind::remember, this->next_.remember, this->wire_->settings().remember_timeouts);
        }
        return finish();
    }

    /// There is nothing it could conflict with: the later of two saves wins.
    static unsigned conflicts() noexcept { return 0; }

private:
    enum class Step { session, remember, forgetting, side, side_loading };

    Action fail(Error error)
    {
        Base::fail(std::move(error));
        return {};
    }
    Action finish()
    {
        Base::finish();
        return {};
    }

    /// Puts the record of that text, cookie and payload, in the place of the one that `old` stands for, if it does, and leaves
    /// the cookie in `text`.
    Action rotate(Kind kind, const core::Ticket& old, const core::Ticket& ticket, Buffer& text)
    {
        const auto& settings = this->wire_->settings();
        const auto& timeouts = kind == Kind::session ? settings.timeouts : settings.remember_timeouts;
        const bool login = this->intent_ == core::Intent::login;
        if (payload_text_.empty() || text.size() > Header::text_size) {
            payload_text_ = as_text(text).substr(Header::text_size);
            text.resize(Header::text_size);
        }
        record_.clear();
        write_record(payload_text_, this->body_, record_);
        key_ = this->wire_->key(ticket.id, kind);
        old_key_ = old.id == wire::Id{} ? RecordKey{} : this->wire_->key(old.id, kind);
        list(kind);

        Action action{Action::Kind::rotate};
        action.rotation = {.key = key_.view(),
                           .value = record_,
                           .ttl = record_ttl(ticket.times, this->now_, timeouts),
                           .old_key = old_key_.view(),
                           .stale_ttl = login ? core::seconds{0} : settings.stale_ttl,
                           .now = this->now_,
                           .indexes = indexes_,
                           .left = left_};
        step_ = kind == Kind::session ? Step::session : Step::remember;
        return action;
    }

    /// In which indexes it is from now on, and in which it is not any more.
    void list(Kind kind)
    {
        const auto& settings = this->wire_->settings();
        if (!settings.store_metadata)
            return;
        const auto name = this->wire_->name(kind);
        indexes_ = indexes_of(name, this->body_, settings.hash_subject);
        left_ = indexes_of(name, this->state_->body, settings.hash_subject);
        std::erase_if(
            left_, [this](const std::string& index) { return std::ranges::find(indexes_, index) != indexes_.end(); });
    }

    Action remember()
    {
        const core::Ticket before = this->state_->remember;
        if (!this->remember_text_.empty()) {
            payload_text_.clear();
            return rotate(Kind::remember, before, this->next_.remember, this->remember_text_);
        }
        if (this->next_.remember || !this->state_->remember)
            return finish();
        const auto& settings = this->wire_->settings();
        key_ = this->wire_->key(before.id, Kind::remember);
        left_ = settings.store_metadata
                    ? indexes_of(this->wire_->name(Kind::remember), this->state_->body, settings.hash_subject)
                    : std::vector<std::string>{};
        Action action{Action::Kind::remove, key_.view()};
        action.indexes = left_;
        action.now = this->now_;
        step_ = Step::forgetting;
        return action;
    }

    // --- the info alone

    Action side()
    {
        static_cast<core::Standing&>(this->next_) = *this->state_;
        this->next_.kept.append(this->state_->kept);
        this->next_.kept_binding = this->state_->kept_binding;
        payload_text_ = as_text(this->state_->kept).substr(Header::text_size);
        step_ = Step::side;
        return store(Kind::session, this->next_, this->wire_->settings().timeouts);
    }

    Action side_of_remember()
    {
        if (!this->next_.remember)
            return finish();
        key_ = this->wire_->key(this->next_.remember.id, Kind::remember);
        step_ = Step::side_loading;
        return Action{Action::Kind::load, key_.view()};
    }

    Action store(Kind kind, const core::Ticket& ticket, const core::Timeouts& timeouts)
    {
        record_.clear();
        write_record(payload_text_, this->body_, record_);
        key_ = this->wire_->key(ticket.id, kind);
        Action action{Action::Kind::store, key_.view()};
        action.value = record_;
        action.ttl = record_ttl(ticket.times, this->now_, timeouts);
        return action;
    }

    RecordKey key_;
    RecordKey old_key_;
    Buffer record_;
    std::string payload_text_;
    Bytes info_;
    std::vector<std::string> indexes_;
    std::vector<std::string> left_;
    Step step_ = Step::session;
};

/// Ends a session: its record and that of its remember cookie are removed.
template <class Wire, class Draw>
class Destroy {
public:
    Destroy(const Wire& wire, const core::State& state, core::Time now, const Draw&)
        : wire_{&wire}, state_{&state}, now_{now}
    {
    }

    Action start()
    {
        if (!state_->exists)
            return {};
        return state_->restored ? remove(wire::Kind::remember) : remove(wire::Kind::session);
    }

    Action resume(const Reply& reply)
    {
        failure_ = reply.error;
        if (failure_ || kind_ == wire::Kind::remember || !state_->remember)
            return {};
        return remove(wire::Kind::remember);
    }

    const Error& failure() const noexcept { return failure_; }

private:
    Action remove(wire::Kind kind)
    {
        const auto& settings = wire_->settings();
        kind_ = kind;
        key_ = wire_->key(kind == wire::Kind::session ? state_->id : state_->remember.id, kind);
        if (settings.store_metadata)
            indexes_ = indexes_of(wire_->name(kind), state_->body, settings.hash_subject);
        Action action{Action::Kind::remove, key_.view()};
        action.indexes = indexes_;
        action.now = now_;
        return action;
    }

    const Wire* wire_;
    const core::State* state_;
    core::Time now_;
    wire::Kind kind_ = wire::Kind::session;
    RecordKey key_;
    std::vector<std::string> indexes_;
    Error failure_;
};

} // namespace sojourn::inline v0::protocol::lua_resty
