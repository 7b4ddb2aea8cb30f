#pragma once

#include <sojourn/bytes.hpp>
#include <sojourn/concepts.hpp>
#include <sojourn/cookie/chunks.hpp>
#include <sojourn/cookie/jar.hpp>
#include <sojourn/core/state.hpp>
#include <sojourn/error.hpp>
#include <sojourn/protocol/lua_resty/binding.hpp>
#include <sojourn/protocol/lua_resty/deflate.hpp>
#include <sojourn/protocol/lua_resty/header.hpp>
#include <sojourn/protocol/lua_resty/keys.hpp>
#include <sojourn/protocol/lua_resty/payload.hpp>
#include <sojourn/protocol/settings.hpp>
#include <sojourn/result.hpp>
#include <sojourn/wire/base64url.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace sojourn::inline v0::protocol::lua_resty {

/// The cookies of lua-resty-session: a header, and behind it the payload if `InCookie`. What tells the kinds apart is their
/// names, and, unless the safety is none, the payloads' keys.
template <class Suite, bool InCookie>
class Cookie {
public:
    using Client = BoundClient;
    using Kind = wire::Kind;
    using State = core::State;
    static constexpr cookie::Layout layout{.separator = "", .tag_size = 0};

    Cookie(BytesView materials, const Settings& settings)
        : settings_{settings}, keys_{materials, settings_.remember_safety}
    {
        // No header could tell of more, whatever the options say.
        constexpr core::seconds longest{0xFFFF'FFFF};
        for (auto* const timeouts : {&settings_.timeouts, &settings_.remember_timeouts})
            if (timeouts->absolute.count() == 0)
                timeouts->absolute = longest;
    }

    const Settings& settings() const noexcept { return settings_; }
    std::string_view name(Kind kind) const noexcept
    {
        return kind == Kind::session ? settings_.cookie_name : settings_.remember_cookie_name;
    }

    Result<Found> read(std::string_view text, const Client& client = {}, Kind kind = Kind::session) const
    {
        if (kind == Kind::remember && !settings_.remember)
            return errc::no_cookie;
        if (text.size() < Header::text_size || (!InCookie && text.size() != Header::text_size))
            return errc::malformed_cookie;
        Found found;
        if (!wire::decode(text.substr(0, Header::text_size), found.bytes.all().data()))
            return errc::malformed_cookie;
        const auto header = read_header(found.bytes, kind);
        if (!header)
            return header.error();
        const bool is_stored = (header->flags & Flag::storage) != 0;
        const bool idles = kind == Kind::remember && header->times.seen != header->times.saved;
        if (is_stored == InCookie || idles)
            return errc::unknown_format;
        found.frame = *header;
        found.binding = client.hash(header->flags & Flag::bind);
        const auto key = keys_.find(found.bytes, found.binding);
        if (!key)
            return errc::bad_mac;
        found.key = *key;
        return found;
    }

    /// As many as the longest of them says, verified or not: what else has a number is another session's first cookie.
    static unsigned cookies_in(const cookie::Jar& jar) noexcept
    {
        unsigned last = 1;
        for (const std::string_view text : jar.candidates()) {
            HeaderBytes bytes;
            if (text.size() < Header::text_size || !wire::decode(text.substr(0, Header::text_size), bytes.all().data()))
                continue;
            const auto header = read_header(bytes, Kind::session);
            last = std::max(last, cookie::count(jar.name().size(), header ? text_size(*header) : 0, layout));
        }
        return last;
    }
    static std::size_t text_size(const Header& header) noexcept
    {
        return Header::text_size + (InCookie ? header.payload_size : 0);
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
        if (!Suite::open(keys_.seal_key(found.key, found.bytes.id(), found.frame.kind), found.bytes.associated(), plain,
                         plain))
            return errc::bad_seal;
        plain.resize(plain.size() - Suite::tag_size);
        if ((found.frame.flags & Flag::deflate) == 0)
            return unpack(plain, InCookie, body);
        Buffer json;
        if (const auto inflated = lua_resty::inflate(plain, settings_.max_length, json); !inflated)
            return inflated;
        return unpack(json, InCookie, body);
    }

    /// Header and payload of the cookie of this kind.
    Result<void> write(Kind kind, const core::Ticket& ticket, State& state, BytesView body, Buffer& text) const
    {
        Buffer plain;
        if (const auto packed = pack(body, InCookie, plain); !packed)
            return packed;
        Header header;
        header.id = ticket.id;
        header.times = ticket.times;
        header.flags = (InCookie ? 0U : Flag::storage) | (state.forgets ? Flag::forget : 0U) | flags_of(settings_.bind);
        if (Buffer smaller; settings_.compression_threshold != 0 && plain.size() > settings_.compression_threshold &&
                            deflate_smaller(plain, smaller)) {
            plain = std::move(smaller);
            header.flags |= Flag::deflate;
        }
        const std::size_t size = plain.size();
        header.payload_size = wire::encoded_size(size);
        if (header.payload_size > std::min(settings_.max_length, Header::largest_payload))
            return too_large(header.payload_size, settings_.max_length);
        const auto text_size = Header::text_size + header.payload_size;
        if constexpr (InCookie)
            if (cookie::count(name(kind).size(), text_size, layout) == 0)
                return cookie::overflow(name(kind).size(), text_size, layout);

        auto bytes = write_header(header);
        plain.resize(size + Suite::tag_size);
        Suite::seal(keys_.seal_key(0, bytes.id(), kind), bytes.associated(), BytesView{plain}.first(size), plain);
        std::ranges::copy(BytesView{plain}.last(Suite::tag_size), bytes.tag().begin());
        keys_.header_mac(0, bytes, state.binding, bytes.mac());

        text.resize(text_size);
        auto* const out = reinterpret_cast<char*>(text.data());
        wire::encode(bytes.all(), out);
        wire::encode(BytesView{plain}.first(size), out + Header::text_size);
        if (kind == Kind::session) {
            const auto first = InCookie ? cookie::first_part_size(name(kind).size()) : text_size;
            state.kept.clear();
            state.kept.append(BytesView{text}.first(std::min(first, text.size())));
            state.kept_binding = state.binding;
        }
        return {};
    }

    /// The first cookie again, with the last activity in it: nothing else of it may change, and who knows how it was made.
    Result<void> touch(State& state, Buffer& text) const
    {
        HeaderBytes bytes;
        if (!wire::decode(kept_header(state), bytes.all().data()))
            return errc::malformed_cookie;
        write_seen(state.times, bytes);
        keys_.header_mac(state.key, bytes, state.kept_binding, bytes.mac());
        wire::encode(bytes.all(), reinterpret_cast<char*>(state.kept.data()));
        text.clear();
        text.append(InCookie ? BytesView{state.kept} : as_bytes(kept_header(state)));
        return {};
    }

    /// What a touch needs of the session's own cookie is its text. Where the payload is in a store that is the header, and the
    /// payload follows it for the info to be saved beside it.
    static void keep(const HeaderBytes& bytes, State& state)
    {
        state.kept.resize(Header::text_size);
        wire::encode(bytes.all(), reinterpret_cast<char*>(state.kept.data()));
    }
    static std::string_view kept_header(const State& state) noexcept
    {
        return as_text(state.kept).substr(0, Header::text_size);
    }

private:
    Settings settings_;
    Keys<Suite> keys_;
};

} // namespace sojourn::inline v0::protocol::lua_resty
