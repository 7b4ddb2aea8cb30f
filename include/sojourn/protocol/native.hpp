#pragma once

#include <sojourn/bytes.hpp>
#include <sojourn/concepts.hpp>
#include <sojourn/cookie/chunks.hpp>
#include <sojourn/cookie/jar.hpp>
#include <sojourn/core/destroy.hpp>
#include <sojourn/core/expiry.hpp>
#include <sojourn/core/generations.hpp>
#include <sojourn/core/in_cookie.hpp>
#include <sojourn/core/save.hpp>
#include <sojourn/core/state.hpp>
#include <sojourn/core/sweep.hpp>
#include <sojourn/crypto/blake2b.hpp>
#include <sojourn/crypto/key_material.hpp>
#include <sojourn/crypto/key_ring.hpp>
#include <sojourn/error.hpp>
#include <sojourn/http/client.hpp>
#include <sojourn/protocol/native_cookie.hpp>
#include <sojourn/protocol/native_index.hpp>
#include <sojourn/protocol/native_record.hpp>
#include <sojourn/protocol/settings.hpp>
#include <sojourn/protocol/storage_key.hpp>
#include <sojourn/result.hpp>
#include <sojourn/wire/frame.hpp>

#include <array>
#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace sojourn::inline v0::protocol {

/// How a session lies in its cookies and in the store: one record a session, from login to logout.
///
/// A cookie (protocol/native_cookie.hpp), be it the session's own or the one that remembers it, carries the sealed body if
/// `InCookie`. If not, the body lies in a record (protocol/native_record.hpp) under a hash of the family.
template <CipherPolicy Cipher, bool InCookie>
class NativeWire {
public:
    using State = core::State;
    using Found = protocol::Found;
    using Key = StorageKey;
    using Kind = wire::Kind;
    using Client = core::Binding; ///< a hash of what a cookie may be bound to
    template <class Payload, class Draw>
    using Save = std::conditional_t<InCookie, core::CookieSave<NativeWire, Payload, Draw>,
                                    core::Save<NativeWire, Payload, Draw>>;
    template <class Draw>
    using Destroy =
        std::conditional_t<InCookie, core::CookieDestroy<NativeWire, Draw>, core::Destroy<NativeWire, Draw>>;
    template <class Draw>
    using Sweep = core::Sweep<NativeWire, Draw>;

    static constexpr bool in_cookie = InCookie;
    static constexpr cookie::Layout layout{};
    static constexpr bool always_saves = false; ///< what has not changed, too
    static constexpr bool lasting_id = true;    ///< the family stays the same from login to logout
    static constexpr bool has_info = !InCookie; ///< there is a place for it

    /// `materials`: 32 bytes a key, the primary one first.
    NativeWire(BytesView materials, const Settings& settings)
        : settings_{settings},
          session_{materials, Kind::session, settings_},
          remember_{materials, Kind::remember, settings_}
    {
    }

    const Settings& settings() const noexcept { return settings_; }

    // --- the cookies (protocol/native_cookie.hpp)

    static Client client_of(const http::Bind& bind, const http::Client& client)
    {
        return http::binding_of(bind, client);
    }
    static core::Binding binding(const Client& client) noexcept { return client; }

    /// Verifies the header of a cookie's text. Nothing that a client sends gets past it unverified.
    Result<Found> read(std::string_view text, const Client& client = {}, Kind kind = Kind::session) const
    {
        return cookie(kind).read(text, client);
    }

    /// The highest number that a cookie of this jar may have.
    static constexpr unsigned cookies_in(const cookie::Jar&) noexcept { return cookie::max_cookies; }
    /// How many characters the whole text of this cookie has, continuation cookies included.
    static std::size_t text_size(const wire::Frame& frame) noexcept { return Cookie::text_size(frame); }

    /// What the cookie alone tells of the session.
    static core::Ticket ticket_of(const Found& found) noexcept
    {
        core::Ticket ticket;
        ticket.id = found.frame.id;
        ticket.presented = found.frame.id.generation;
        ticket.times = found.frame.times;
        return ticket;
    }
    static State state_of(const Found& found) noexcept
    {
        State state;
        state.exists = true;
        state.key = found.key;
        state.restored = found.frame.kind != Kind::session;
        state.id.family = found.frame.id.family;
        if (state.restored)
            state.remember = {ticket_of(found), true};
        else
            static_cast<core::Ticket&>(state) = ticket_of(found);
        return state;
    }

    /// Notes in the state of a session that is open what the client holds to remember it. A cookie made with an old key
    /// counts as none, so that it gets another.
    static void note_remember(const Found& found, State& state) noexcept
    {
        if (!equal(found.frame.id.family, state.id.family))
            return;
        if constexpr (InCookie)
            state.remember = {ticket_of(found), true};
        else if (state.remember && found.key == 0 && state.remember.presented != state.remember.id.generation)
            state.remember.presented = found.frame.id.generation;
    }

    /// Opens the payload of a whole text into `state.body`; only `InCookie`.
    Result<void> open_payload(const Found& found, std::string_view text, State& state) const
    {
        return cookie(found.frame.kind).open_payload(found, text, state.body);
    }

    /// The text of the cookie for this state; with `InCookie` it carries the body, sealed. The same state and body give the
    /// same text but for what a touch changes, so that a touch can re-send the first cookie only.
    Result<void> write(const core::Standing& state, BytesView body, Buffer& text) const
    {
        return session_.write(state, state, body, text);
    }
    Result<void> write_remember(const core::Standing& state, BytesView body, Buffer& text) const
    {
        return remember_.write(state.remember, state, body, text);
    }

    /// The text again, of which a touch has changed the times.
    Result<void> touch(const State& state, Buffer& text) const { return write(state, state.body, text); }

    /// How long the remember cookie lasts in the client, and from when on.
    core::Life remember_life(const core::Ticket& remember, core::Time now) const noexcept
    {
        return {core::time_to_live(remember.times, now, settings_.remember_timeouts), now};
    }

    /// The info's texts are as the program says them.
    static std::string to_info(std::string_view text) { return std::string{text}; }
    static std::string from_info(std::string_view text) { return std::string{text}; }

    // --- the record (protocol/native_record.hpp)

    /// Under what the record of this session lies: a hash of the family, or the family itself.
    StorageKey key(const wire::Id& id) const noexcept
    {
        if (!settings_.hash_storage_key)
            return StorageKey{id.family};
        std::array<std::byte, 32> hash;
        crypto::blake2b({}, id.family, hash);
        return StorageKey{hash};
    }

    StorageKey key_of(const Found& found) const noexcept { return key(found.frame.id); }

    /// A name for the session whose record has this key, which opens nothing: 22 characters of base64url.
    static StorageKey handle(std::string_view key) noexcept
    {
        std::array<std::byte, 16> hash;
        crypto::blake2b(as_bytes("sojourn session handle"), as_bytes(key), hash);
        return StorageKey{hash};
    }

    Result<void> seal_record(const State& state, BytesView body, const std::array<std::byte, 16>& salt,
                             Buffer& record) const
    {
        return protocol::seal_record<Cipher>(ring(), state, body, salt, settings_.max_length, record);
    }
    /// The record that was found for this cookie.
    Result<void> open_stored(const Found&, BytesView record, State& state) const { return open_record(record, state); }
    Result<void> open_record(BytesView record, State& state) const
    {
        return protocol::open_record<Cipher>(ring(), record, settings_.max_length, state);
    }

    // --- the metadata (protocol/native_index.hpp)

    static std::string companion(const State&) { return {}; } ///< what of a session is listed by itself: nothing

    /// Under what the sessions of this subject in this audience are listed, for one of `index_keys()` keys, the primary
    /// one first: a hash of both, keyed if the options ask for that.
    StorageKey index_key(std::string_view audience, std::string_view subject, std::size_t key = 0) const
    {
        return StorageKey{
            protocol::index_key(settings_.cookie_name, audience, subject,
                                settings_.hash_subject ? ring().key(key, crypto::Purpose::index_key) : BytesView{})};
    }
    std::size_t index_keys() const noexcept { return settings_.hash_subject ? ring().size() : 1; }

    auto index_head() const noexcept { return protocol::index_head(ring()); }
    Result<void> append_segment(std::string_view key, BytesView plain, const std::array<std::byte, 16>& salt,
                                Buffer& log) const
    {
        return protocol::append_segment<Cipher>(ring(), key, plain, salt, settings_.max_length, log);
    }
    Result<void> open_index(std::string_view key, BytesView log, Buffer& plain) const
    {
        return protocol::open_index<Cipher>(ring(), key, log, plain);
    }

    // --- the CSRF token

    /// 16 bytes that only this family, with one of these keys, gives to this audience.
    void csrf_secret(std::size_t key, const wire::Id& id, std::string_view audience,
                     std::array<std::byte, 16>& out) const noexcept
    {
        std::byte text[16 + 32];
        std::memcpy(text, id.family.data(), 16);
        crypto::blake2b({}, as_bytes(audience), {text + 16, 32});
        crypto::blake2b(ring().key(key, crypto::Purpose::csrf), {text, sizeof text}, out);
    }
    std::size_t keys() const noexcept { return ring().size(); }

    // --- generations (core/generations.hpp)

    /// Whether what the client presented is good, and not over.
    Result<void> admit(State& state, const Found& found, core::Time now) const
    {
        if (state.restored && !state.remember)
            return errc::not_found; // it is no longer remembered
        const core::Ticket& ticket = state.restored ? static_cast<core::Ticket&>(state.remember) : state;
        if (!core::admits(ticket, found.frame.times.saved, now))
            return errc::retired_id;
        const errc over =
            core::expired(ticket.times, now, state.restored ? settings_.remember_timeouts : settings_.timeouts);
        return over != errc{} ? Result<void>{over} : Result<void>{};
    }

    /// Prepares a session that exists for a save.
    void renew(core::Standing& standing, core::Time now, const core::Randomness& random) const noexcept
    {
        if constexpr (InCookie)
            core::rotate(standing, now, random.generation);
        else
            core::renew(standing, now, random.generation, settings_.stale_ttl);
    }

    /// Prepares its remember cookie; whether a new one is to be sent.
    bool renew_remember(core::Standing& standing, core::Time now, const core::Randomness& random,
                        bool /*refreshes*/ = false) const noexcept
    {
        return core::renew_remember<!InCookie>(standing, now, random.remember, settings_.remember_timeouts,
                                               settings_.stale_ttl);
    }

    /// Makes it a session that begins now, under an id that has no predecessor.
    static void begin(core::Standing& standing, core::Time now, const core::Randomness& random) noexcept
    {
        core::Standing fresh;
        fresh.exists = true;
        fresh.id = {random.generation, random.family};
        fresh.times = {now, now, now};
        fresh.to_remember = core::remembering(standing.remembered());
        fresh.cookies = standing.cookies;
        fresh.remember_cookies = standing.remember_cookies;
        fresh.binding = standing.binding;
        standing = fresh;
    }

private:
    using Cookie = NativeCookie<Cipher, InCookie>;

    const Cookie& cookie(Kind kind) const noexcept { return kind == Kind::session ? session_ : remember_; }
    const crypto::KeyRing& ring() const noexcept { return session_.ring(); }

    Settings settings_;
    Cookie session_;
    Cookie remember_;
};

/// The protocol of sojourn itself; the default of `Session`.
struct Native {
    template <class Cipher, bool InCookie>
    using Wire = NativeWire<Cipher, InCookie>;

    template <class Storage>
    static constexpr bool suits = StoragePolicy<Storage>; ///< it can keep its sessions there
    template <class Storage>
    static constexpr bool lists = VersionedStorage<Storage>; ///< and list them

    static constexpr auto key_material = &sojourn::key_material; ///< of a text
};

} // namespace sojourn::inline v0::protocol
