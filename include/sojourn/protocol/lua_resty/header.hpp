#pragma once

#include <sojourn/bytes.hpp>
#include <sojourn/core/state.hpp>
#include <sojourn/error.hpp>
#include <sojourn/result.hpp>
#include <sojourn/wire/base64url.hpp>
#include <sojourn/wire/bytes_io.hpp>
#include <sojourn/wire/frame.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace sojourn::inline v0::protocol::lua_resty {

/// The header of a cookie of lua-resty-session 4.x, before base64url: 82 bytes, integers little-endian.
///
/// | offset | bytes | field                                                                     |
/// |-------:|------:|---------------------------------------------------------------------------|
/// |      0 |     1 | type = 1                                                                  |
/// |      1 |     2 | flags                                                                     |
/// |      3 |    32 | session id, random, new at each save                                      |
/// |     35 |     5 | created, Unix seconds                                                     |
/// |     40 |     4 | saved - created, seconds                                                  |
/// |     44 |     3 | size of the payload, in characters of base64url                           |
/// |     47 |    16 | tag of the payload's AES-256-GCM, whose associated data is bytes 0 to 46  |
/// |     63 |     3 | seen - saved, seconds, at most 2²⁴ - 1; 0 in a remember cookie            |
/// |     66 |    16 | MAC of bytes 0 to 65                                                      |
struct Header {
    static constexpr std::size_t size = 82;
    static constexpr std::size_t text_size = wire::encoded_size(size);
    static constexpr std::size_t associated_size = 47;
    static constexpr std::size_t maced_size = 66;
    static constexpr std::size_t largest_payload = (std::size_t{1} << 24) - 1;

    wire::Kind kind = wire::Kind::session; ///< which the cookie's name tells, and nothing in it
    unsigned flags = 0;
    wire::Id id; ///< 32 bytes, both halves new at each save
    wire::Times times;
    std::size_t payload_size = 0; ///< in characters
};

/// The flags of a header; those that are not here are nobody's.
struct Flag {
    static constexpr unsigned storage = 0x0001; ///< the payload is in a store, not behind the header
    static constexpr unsigned forget = 0x0002;  ///< the session is not to be remembered
    static constexpr unsigned deflate = 0x0010; ///< the payload is compressed
    static constexpr unsigned bind_ip = 0x0100;
    static constexpr unsigned bind_scheme = 0x0200;
    static constexpr unsigned bind_user_agent = 0x0400;
    static constexpr unsigned bind = bind_ip | bind_scheme | bind_user_agent;
};

/// A header's bytes, and the views of them that cryptography works on.
class HeaderBytes {
public:
    BytesView associated() const noexcept { return BytesView{bytes_}.first<Header::associated_size>(); }
    BytesView maced() const noexcept { return BytesView{bytes_}.first<Header::maced_size>(); }
    BytesView mac() const noexcept { return BytesView{bytes_}.last<16>(); }
    std::span<std::byte, 16> mac() noexcept { return std::span{bytes_}.last<16>(); }
    BytesView tag() const noexcept { return std::span{bytes_}.subspan<47, 16>(); }
    std::span<std::byte, 16> tag() noexcept { return std::span{bytes_}.subspan<47, 16>(); }
    std::span<const std::byte, 32> id() const noexcept { return std::span{bytes_}.subspan<3, 32>(); }

    std::span<std::byte, Header::size> all() noexcept { return bytes_; }
    BytesView all() const noexcept { return bytes_; }

private:
    std::array<std::byte, Header::size> bytes_{};
};

/// Seconds between, as they fit into that many bytes. A clock that ran backwards counts as none.
inline std::uint64_t span_of(wire::Time from, wire::Time to, unsigned bytes) noexcept
{
    const auto longest = (std::int64_t{1} << (8 * bytes)) - 1;
    return static_cast<std::uint64_t>(std::clamp<std::int64_t>((to - from).count(), 0, longest));
}

/// Puts down the last activity, which is all that a touch changes but for the MAC.
inline void write_seen(const wire::Times& times, HeaderBytes& bytes) noexcept
{
    wire::Writer{bytes.all().data() + 63}.integer<3>(span_of(times.saved, times.seen, 3));
}

/// Lays out everything but tag and MAC.
inline HeaderBytes write_header(const Header& header) noexcept
{
    HeaderBytes bytes;
    wire::Writer out{bytes.all().data()};
    out.integer<1>(1);
    out.integer<2>(header.flags);
    out.bytes(header.id.generation);
    out.bytes(header.id.family);
    out.integer<5>(span_of({}, header.times.created, 5));
    out.integer<4>(span_of(header.times.created, header.times.saved, 4));
    out.integer<3>(header.payload_size);
    write_seen(header.times, bytes);
    return bytes;
}

/// Reads the fields back, none of which is to be trusted before the MAC has been verified. `errc::unknown_format` for
/// another type.
inline Result<Header> read_header(const HeaderBytes& bytes, wire::Kind kind) noexcept
{
    wire::Reader in{bytes.all()};
    if (in.integer<1>() != 1)
        return errc::unknown_format;
    using std::chrono::seconds;
    Header header;
    header.kind = kind;
    header.flags = static_cast<unsigned>(in.integer<2>());
    header.id.generation = in.array<16>();
    header.id.family = in.array<16>();
    header.times.created = wire::Time{seconds{in.integer<5>()}};
    header.times.saved = header.times.created + seconds{in.integer<4>()};
    header.payload_size = in.integer<3>();
    static_cast<void>(in.array<16>());
    header.times.seen = header.times.saved + seconds{in.integer<3>()};
    return header;
}

/// A header whose MAC has been verified.
struct Found {
    Header frame;
    HeaderBytes bytes;
    std::size_t key = 0;   ///< which key made it, 0 for the primary one
    core::Binding binding; ///< the hash of what it is bound to
};

} // namespace sojourn::inline v0::protocol::lua_resty
