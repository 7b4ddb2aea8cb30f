#pragma once

#include <sojourn/bytes.hpp>
#include <sojourn/cookie/chunks.hpp>
#include <sojourn/cookie/jar.hpp>
#include <sojourn/core/destroy.hpp>
#include <sojourn/core/expiry.hpp>
#include <sojourn/core/save.hpp>
#include <sojourn/core/state.hpp>
#include <sojourn/crypto/secret.hpp>
#include <sojourn/error.hpp>
#include <sojourn/http/client.hpp>
#include <sojourn/protocol/lua_resty/binding.hpp>
#include <sojourn/protocol/lua_resty/deflate.hpp>
#include <sojourn/protocol/lua_resty/header.hpp>
#include <sojourn/protocol/lua_resty/payload.hpp>
#include <sojourn/protocol/lua_resty/record.hpp>
#include <sojourn/protocol/lua_resty/save.hpp>
#include <sojourn/protocol/lua_resty/sweep.hpp>
#include <sojourn/protocol/settings.hpp>
#include <sojourn/wire/base64url.hpp>

#include <sodium/utils.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace sojourn::inline v0::protocol {

/// How a session of lua-resty-session lies in its cookies and in the store: each save gives it another id, and a record of
/// that id's own if it is not `InCookie`. Its remember cookie is a second session with the same data.
///
/// The same functions as `NativeWire`, so that the same machines work with both.
template <class Suite, bool InCookie>
class LuaRestyWire {
public:
    using State = core::State;
    using Found = lua_resty::Found;
    using Header = lua_resty::Header;
    using Flag = lua_resty::Flag;
    using Key = lua_resty::RecordKey;
    using Kind = wire::Kind;
    using Client = lua_resty::BoundClient;
    template <class Payload, class Draw>
    using Save = std::conditional_t<InCookie, core::Save<LuaRestyWire, Payload, Draw>,
                                    lua_resty::Save<LuaRestyWire, Payload, Draw>>;
    template <class Draw>
    using Destroy =
        std::conditional_t<InCookie, core::Destroy<LuaRestyWire, Draw>, lua_resty::Destroy<LuaRestyWire, Draw>>;
    template <class Draw>
    using Sweep = lua_resty::Sweep<LuaRestyWire, Draw>;

    static constexpr bool in_cookie = InCookie;
    static constexpr cookie::Layout layout{.separator = "", .tag_size = 0};
    static constexpr bool always_saves = true;
    static constexpr bool lasting_id = false;
    static constexpr bool has_info = true;

    /// `materials`: 32 bytes a key, the primary one first.
    LuaRestyWire(BytesView materials, Settings settings)
        : settings_{std::move(settings)}, keys_{2 * materials.size()}, count_{materials.size() / 32}
    {
        // No header could tell of more, whatever the options say.
        constexpr core::seconds longest{0xFFFF'FFFF};
        for (auto* const timeouts : {&settings_.timeouts, &settings_.remember_timeouts})
            if (timeouts->absolute.count() == 0)
                timeouts->absolute = longest;
        std::ranges::copy(materials, keys_.bytes().begin());
        for (std::size_t key = 0; key != count_; ++key)
            Suite::prepare(material(key), keys_.bytes().subspan((count_ + key) * 32).template first<32>());
        keys_.seal();
    }

    const Settings& settings() const noexcept { return settings_; }

    // --- the cookies

    static Client client_of(const http::Bind& bind, const http::Client& client) { return {bind, client}; }
    static core::Binding binding(const Client& client) { return client.wanted(); }

    Result<Found> read(std::string_view text, const Client& client = {}, Kind kind = Kind::session) const
    {
        if (kind == Kind::remember && !settings_.remember)
            return errc::no_cookie;
        if (text.size() < Header::text_size || (!InCookie && text.size() != Header::text_size))
            return errc::malformed_cookie;
        Found found;
        if (!wire::decode(text.substr(0, Header::text_size), found.bytes.all().data()))
            return errc::malformed_cookie;
        const auto header = lua_resty::read_header(found.bytes, kind);
        if (!header)
            return header.error();
        const bool is_stored = (header->flags & Flag::storage) != 0;
        const bool idles = kind == Kind::remember && header->times.seen != header->times.saved;
        if (is_stored == InCookie || idles)
            return errc::unknown_format;
        found.frame = *header;
        found.binding = client.hash(header->flags & Flag::bind);
        for (found.key = 0; found.key != count_; ++found.key) {
            std::array<std::byte, Suite::mac_size> mac;
            header_mac(found.key, found.bytes, found.binding, mac);
            if (sodium_memcmp(mac.data(), found.bytes.mac().data(), mac.size()) == 0)
                return found;
        }
        return errc::bad_mac;
    }

    /// As many as the longest of them says, verified or not: what else has a number is another session's first cookie.
    static unsigned cookies_in(const cookie::Jar& jar) noexcept
    {
        unsigned last = 1;
        for (const std::string_view text : jar.candidates()) {
            lua_resty::HeaderBytes bytes;
            if (text.size() < Header::text_size ||
                !wire::decode(text.substr(0, Header::text_size), bytes.all().data()))
                continue;
            const auto header = lua_resty::read_header(bytes, Kind::session);
            if (const auto count = cookie::count(jar.name().size(), header ? text_size(*header) : 0, layout); count)
                last = std::max(last, *count);
        }
        return last;
    }
    static std::size_t text_size(const Header& header) noexcept
    {
        return Header::text_size + (InCookie ? header.payload_size : 0);
    }

    static core::Ticket ticket_of(const Found& found) noexcept
    {
        core::Ticket ticket;
        ticket.id = found.frame.id;
        ticket.times = found.frame.times;
        return ticket;
    }
    State state_of(const Found& found) const
    {
        State state;
        state.exists = true;
        state.key = found.key;
        if (found.frame.kind == Kind::session) {
            static_cast<core::Ticket&>(state) = ticket_of(found);
            state.forgets = (found.frame.flags & Flag::forget) != 0;
            keep(found.bytes, {}, state);
            state.kept_binding = found.binding;
        } else {
            state.restored = true;
            state.remember = ticket_of(found);
        }
        state.to_remember = settings_.remember && !state.forgets;
        return state;
    }
    static void note_remember(const Found& found, State& state) noexcept
    {
        if (!state.remember)
            state.remember = ticket_of(found);
    }

    Result<void> open_payload(const Found& found, std::string_view text, State& state) const
        requires InCookie
    {
        const auto payload = text.substr(Header::text_size);
        const auto first = text.substr(0, cookie::first_part_size(settings_.cookie_name.size()));
        if (found.frame.kind == Kind::session)
            keep(found.bytes, first.substr(Header::text_size), state);
        return unseal(found, payload, state.body);
    }

    /// The text of the cookie for this state, and what the protocol is to keep of it.
    Result<void> write(State& state, BytesView body, Buffer& text) const
    {
        return write(Kind::session, state, state, body, text);
    }
    Result<void> write_remember(State& state, BytesView body, Buffer& text) const
    {
        return write(Kind::remember, *state.remember, state, body, text);
    }

    /// The first cookie again, with the last activity in it: nothing else of it may change, and who knows how it was made.
    Result<void> touch(State& state, Buffer& text) const
    {
        lua_resty::HeaderBytes bytes;
        if (!wire::decode(kept_header(state), bytes.all().data()))
            return errc::malformed_cookie;
        lua_resty::write_seen(state.times, bytes);
        header_mac(state.key, bytes, state.kept_binding, bytes.mac());
        wire::encode(bytes.all(), reinterpret_cast<char*>(state.kept.data()));
        text.clear();
        text.append(InCookie ? as_text(state.kept) : kept_header(state));
        return {};
    }

    /// Counted from when the session began, as that library does it: what is told as Expires, that is; Max-Age is new.
    std::pair<core::seconds, core::Time> remember_life(const core::Ticket& remember, core::Time) const noexcept
    {
        const auto rolling = settings_.remember_timeouts.rolling;
        return {rolling.count() == 0 ? core::longest_life : rolling, remember.times.created};
    }

    /// The info's values are JSON there, which a program may give and get as text.
    static std::string to_info(const auto& value)
    {
        Buffer json;
        lua_resty::Writer writer{json};
        codec::detail::write(writer, value);
        return std::string{as_text(json)};
    }
    static std::string from_info(std::string_view json)
    {
        std::string text;
        return lua_resty::detail::read_string(as_bytes(json), text) ? text : std::string{json};
    }

    // --- the record (protocol/lua_resty/record.hpp)

    Key key(const wire::Id& id, Kind kind = Kind::session) const
    {
        return {name(kind), id, settings_.hash_storage_key};
    }
    Key key_of(const Found& found) const { return key(found.frame.id, found.frame.kind); }
    static StorageKey handle(std::string_view key) noexcept { return lua_resty::handle(key); }
    /// The handle of what remembers it, which is listed by itself.
    std::string companion(const State& state) const
    {
        return state.remember ? std::string{handle(key(state.remember->id, Kind::remember).view()).view()}
                              : std::string{};
    }
    const std::string& name(Kind kind) const noexcept
    {
        return kind == Kind::session ? settings_.cookie_name : settings_.remember_cookie_name;
    }

    /// Opens the record that was found for this cookie into `state`.
    Result<void> open_stored(const Found& found, BytesView record, State& state) const
    {
        std::string payload;
        Bytes info;
        if (record.size() > settings_.max_length)
            return errc::too_large;
        if (const auto read = lua_resty::read_record(record, payload, info); !read)
            return read;
        if (const auto opened = unseal(found, payload, state.body); !opened)
            return opened;
        if (found.frame.kind == Kind::session)
            state.kept.append(payload);
        return info.empty() ? Result<void>{} : lua_resty::unpack_info(info, state.body);
    }
    static Result<void> admit(const State&, core::Time) noexcept { return {}; }

    // --- the next id

    /// Prepares a session, be it one that exists or a new one, for a save. A login goes on where the session before it began,
    /// so that its absolute timeout is that of both.
    static void begin(core::Standing& standing, core::Time now, const core::Randomness& random) noexcept
    {
        if (!standing.exists)
            standing.times.created = now;
        standing.exists = true;
        renew(standing, now, random);
    }
    static void renew(core::Standing& standing, core::Time now, const core::Randomness& random) noexcept
    {
        standing.id = {random.generation, random.family};
        standing.times.saved = standing.times.seen = std::max(now, standing.times.created);
    }
    /// A refresh leaves the remember cookie as it is.
    bool renew_remember(core::Standing& standing, core::Time now, const core::Randomness& random,
                        bool refreshes) const noexcept
    {
        auto& remember = standing.remember;
        const bool wanted = standing.remembered();
        if (!wanted || (remember && core::expired(remember->times, now, settings_.remember_timeouts)))
            remember.reset();
        if (!wanted || (refreshes && !standing.restored))
            return false;
        if (!remember) {
            remember.emplace();
            remember->times.created = now;
        }
        remember->id = {random.salt, random.remember};
        remember->times.saved = remember->times.seen = std::max(now, remember->times.created);
        return true;
    }

private:
    KeyView material(std::size_t key) const noexcept { return keys_.bytes().subspan(key * 32).template first<32>(); }
    KeyView prepared(std::size_t key) const noexcept { return material(count_ + key); }

    /// The key of a payload: that of a remember cookie is as slow to derive as the options ask for.
    typename Suite::SealKey seal_key(std::size_t key, SealId id, Kind kind) const
    {
        constexpr std::array<unsigned, 5> iterations{0, 1'000, 10'000, 100'000, 1'000'000};
        const auto count = iterations.at(static_cast<std::size_t>(settings_.remember_safety));
        if (kind == Kind::session || count == 0)
            return {prepared(key), id};
        return {material(key), id, count};
    }

    void header_mac(std::size_t key, const lua_resty::HeaderBytes& bytes, const core::Binding& binding,
                    std::span<std::byte, 16> out) const noexcept
    {
        std::array<std::byte, 32> mac_key;
        Suite::mac_key(prepared(key), bytes.id(), mac_key);
        std::array<std::byte, Header::maced_size + 1 + 32> text;
        auto end = std::ranges::copy(bytes.maced(), text.begin()).out;
        if (binding) {
            *end++ = std::byte{'#'};
            end = std::ranges::copy(*binding, end).out;
        }
        Suite::mac(mac_key, {text.begin(), end}, out);
        sodium_memzero(mac_key.data(), mac_key.size());
    }

    /// What a touch needs of the session's own cookie: its header and what follows that in it, or, of one whose payload is in
    /// a store, the payload, for the info to be saved beside it.
    static void keep(const lua_resty::HeaderBytes& bytes, std::string_view rest, State& state)
    {
        state.kept.resize(Header::text_size);
        wire::encode(bytes.all(), reinterpret_cast<char*>(state.kept.data()));
        state.kept.append(rest);
    }
    static std::string_view kept_header(const State& state) noexcept
    {
        return as_text(state.kept).substr(0, Header::text_size);
    }

    Result<void> unseal(const Found& found, std::string_view payload, Buffer& body) const
    {
        if (payload.size() != found.frame.payload_size)
            return errc::malformed_cookie;
        Buffer plain;
        plain.resize(wire::decoded_size(payload.size()));
        if (!wire::decode(payload, plain.data()))
            return errc::malformed_cookie;
        plain.append(found.bytes.tag());
        if (!Suite::open(seal_key(found.key, found.bytes.id(), found.frame.kind), found.bytes.associated(), plain,
                         plain))
            return errc::bad_seal;
        plain.resize(plain.size() - Suite::tag_size);
        if ((found.frame.flags & Flag::deflate) == 0)
            return lua_resty::unpack(plain, InCookie, body);
        Buffer json;
        if (const auto inflated = lua_resty::inflate(plain, settings_.max_length, json); !inflated)
            return inflated;
        return lua_resty::unpack(json, InCookie, body);
    }

    /// Header and payload of the cookie of this kind.
    Result<void> write(Kind kind, const core::Ticket& ticket, State& state, BytesView body, Buffer& text) const
    {
        Buffer plain;
        if (const auto packed = lua_resty::pack(body, InCookie, plain); !packed)
            return packed;
        Header header;
        header.id = ticket.id;
        header.times = ticket.times;
        header.flags = (InCookie ? 0U : Flag::storage) | (state.forgets ? Flag::forget : 0U) |
                       lua_resty::flags_of(settings_.bind);
        if (Buffer smaller; settings_.compression_threshold != 0 && plain.size() > settings_.compression_threshold &&
                            lua_resty::deflate_smaller(plain, smaller)) {
            plain = std::move(smaller);
            header.flags |= Flag::deflate;
        }
        const std::size_t size = plain.size();
        header.payload_size = wire::encoded_size(size);
        if (header.payload_size > std::min(settings_.max_length, Header::largest_payload))
            return Error{errc::too_large, std::to_string(header.payload_size) + " bytes, max_length is " +
                                              std::to_string(settings_.max_length)};
        const auto text_size = Header::text_size + header.payload_size;
        if constexpr (InCookie)
            if (const auto count = cookie::count(name(kind).size(), text_size, layout); !count)
                return count.error();

        auto bytes = lua_resty::write_header(header);
        plain.resize(size + Suite::tag_size);
        Suite::seal(seal_key(0, bytes.id(), kind), bytes.associated(), BytesView{plain}.first(size), plain);
        std::ranges::copy(BytesView{plain}.last(Suite::tag_size), bytes.tag().begin());
        header_mac(0, bytes, state.binding, bytes.mac());

        text.resize(text_size);
        auto* const out = reinterpret_cast<char*>(text.data());
        wire::encode(bytes.all(), out);
        wire::encode(BytesView{plain}.first(size), out + Header::text_size);
        if (kind == Kind::session) {
            const auto first = InCookie ? cookie::first_part_size(name(kind).size()) : text_size;
            state.kept.clear();
            state.kept.append(as_text(text).substr(0, first));
            state.kept_binding = state.binding;
        }
        return {};
    }

    Settings settings_;
    crypto::Secret keys_; ///< the materials, and behind them what the suite prepared of each
    std::size_t count_;
};

} // namespace sojourn::inline v0::protocol
