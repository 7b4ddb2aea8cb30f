#pragma once

#include <sojourn/bytes.hpp>
#include <sojourn/codec/write.hpp>
#include <sojourn/cookie/chunks.hpp>
#include <sojourn/cookie/jar.hpp>
#include <sojourn/core/expiry.hpp>
#include <sojourn/core/in_cookie.hpp>
#include <sojourn/core/state.hpp>
#include <sojourn/error.hpp>
#include <sojourn/http/client.hpp>
#include <sojourn/protocol/lua_resty/binding.hpp>
#include <sojourn/protocol/lua_resty/cookie.hpp>
#include <sojourn/protocol/lua_resty/header.hpp>
#include <sojourn/protocol/lua_resty/payload.hpp>
#include <sojourn/protocol/lua_resty/record.hpp>
#include <sojourn/protocol/lua_resty/save.hpp>
#include <sojourn/protocol/lua_resty/sweep.hpp>
#include <sojourn/protocol/settings.hpp>
#include <sojourn/result.hpp>
#include <sojourn/wire/base64url.hpp>

#include <algorithm>
#include <cstddef>
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
    using Save = std::conditional_t<InCookie, core::CookieSave<LuaRestyWire, Payload, Draw>,
                                    lua_resty::Save<LuaRestyWire, Payload, Draw>>;
    template <class Draw>
    using Destroy =
        std::conditional_t<InCookie, core::CookieDestroy<LuaRestyWire, Draw>, lua_resty::Destroy<LuaRestyWire, Draw>>;
    template <class Draw>
    using Sweep = lua_resty::Sweep<LuaRestyWire, Draw>;

    static constexpr bool in_cookie = InCookie;
    static constexpr cookie::Layout layout = lua_resty::Cookie<Suite, InCookie>::layout;
    static constexpr bool always_saves = true;
    static constexpr bool lasting_id = false;
    static constexpr bool has_info = true;

    /// `materials`: 32 bytes a key, the primary one first.
    LuaRestyWire(BytesView materials, const Settings& settings) : cookie_{materials, settings} {}

    const Settings& settings() const noexcept { return cookie_.settings(); }

    // --- the cookies

    static Client client_of(const http::Bind& bind, const http::Client& client) { return {bind, client}; }
    static core::Binding binding(const Client& client) { return client.wanted(); }

    Result<Found> read(std::string_view text, const Client& client = {}, Kind kind = Kind::session) const
    {
        return cookie_.read(text, client, kind);
    }
    static unsigned cookies_in(const cookie::Jar& jar) noexcept { return Cookie::cookies_in(jar); }
    static std::size_t text_size(const Header& header) noexcept { return Cookie::text_size(header); }

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
            if constexpr (!InCookie)
                Cookie::keep(found.bytes, state);
            state.kept_binding = found.binding;
        } else {
            state.restored = true;
            state.remember = {ticket_of(found), true};
        }
        state.to_remember = core::remembering(settings().remember && !state.forgets);
        return state;
    }
    static void note_remember(const Found& found, State& state) noexcept
    {
        if (!state.remember)
            state.remember = {ticket_of(found), true};
    }

    Result<void> open_payload(const Found& found, std::string_view text, State& state) const
        requires InCookie
    {
        const auto payload = text.substr(Header::text_size);
        const auto first = text.substr(0, cookie::first_part_size(settings().cookie_name.size()));
        if (found.frame.kind == Kind::session)
            state.kept.append(as_bytes(first));
        return cookie_.unseal(found, payload, state.body);
    }

    /// The text of the cookie for this state, and what the protocol is to keep of it.
    Result<void> write(State& state, BytesView body, Buffer& text) const
    {
        return cookie_.write(Kind::session, state, state, body, text);
    }
    Result<void> write_remember(State& state, BytesView body, Buffer& text) const
    {
        return cookie_.write(Kind::remember, state.remember, state, body, text);
    }

    Result<void> touch(State& state, Buffer& text) const { return cookie_.touch(state, text); }

    /// Counted from when the session began, as that library does it: what is told as Expires, that is; Max-Age is new.
    core::Life remember_life(const core::Ticket& remember, core::Time) const noexcept
    {
        const auto rolling = settings().remember_timeouts.rolling;
        return {rolling.count() == 0 ? core::longest_life : rolling, remember.times.created};
    }

    /// The info's values are JSON there, which a program may give and get as text.
    static std::string to_info(const auto& value)
    {
        Buffer json;
        lua_resty::Writer writer{json};
        if constexpr (std::is_convertible_v<decltype(value), std::string_view>)
            writer.string(value);
        else
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
        return {name(kind), id, settings().hash_storage_key};
    }
    Key key_of(const Found& found) const { return key(found.frame.id, found.frame.kind); }
    static StorageKey handle(std::string_view key) noexcept { return lua_resty::handle(key); }
    /// The handle of what remembers it, which is listed by itself.
    std::string companion(const State& state) const
    {
        return state.remember ? std::string{handle(key(state.remember.id, Kind::remember).view()).view()}
                              : std::string{};
    }
    std::string_view name(Kind kind) const noexcept { return cookie_.name(kind); }

    /// Opens the record that was found for this cookie into `state`.
    Result<void> open_stored(const Found& found, BytesView record, State& state) const
    {
        std::string payload;
        Bytes info;
        if (record.size() > settings().max_length)
            return errc::too_large;
        if (const auto read = lua_resty::read_record(record, payload, info); !read)
            return read;
        if (const auto opened = cookie_.unseal(found, payload, state.body); !opened)
            return opened;
        if (found.frame.kind == Kind::session)
            state.kept.append(as_bytes(payload));
        return info.empty() ? Result<void>{} : lua_resty::unpack_info(info, state.body);
    }
    static Result<void> admit(const State&, const Found&, core::Time) noexcept { return {}; }

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
        if (!wanted || (remember && core::expired(remember.times, now, settings().remember_timeouts) != errc{}))
            remember = {};
        if (!wanted || (refreshes && !standing.restored))
            return false;
        if (!remember) {
            remember.exists = true;
            remember.times.created = now;
        }
        remember.id = {random.salt, random.remember};
        remember.times.saved = remember.times.seen = std::max(now, remember.times.created);
        return true;
    }

private:
    using Cookie = lua_resty::Cookie<Suite, InCookie>;

    Cookie cookie_;
};

} // namespace sojourn::inline v0::protocol
