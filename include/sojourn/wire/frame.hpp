#pragma once

#include <sojourn/bytes.hpp>
#include <sojourn/chrono.hpp>
#include <sojourn/wire/base64url.hpp>
#include <sojourn/wire/bytes_io.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace sojourn::inline v0::wire {

/// A moment: whole seconds of Unix time.
using Time = std::chrono::sys_seconds;

/// The moments a session's timeouts count from.
struct Times {
    Time created{}; ///< when the session began
    Time saved{};   ///< when its id was last renewed; not before `created`
    Time seen{};    ///< the last activity its cookie tells of; not before `saved`
};

/// A session's 32-byte id: what it is from login to logout, and which of its states.
struct Id {
    std::array<std::byte, 16> generation{}; ///< random, new each time the id is renewed
    std::array<std::byte, 16> family{};     ///< random, fixed for the life of the session
    friend bool operator==(const Id&, const Id&) = default;
};

/// What a cookie is for.
enum class Kind : std::uint8_t { session = 1, remember = 2 };

/// The fixed part of a cookie of the native protocol, before base64url: 69 bytes, integers little-endian.
///
/// | offset | bytes | field                                                            |
/// |-------:|------:|------------------------------------------------------------------|
/// |      0 |     1 | format = 1                                                       |
/// |      1 |     1 | kind: 1 session, 2 remember; 0x10: the payload follows           |
/// |      2 |     4 | key id                                                           |
/// |      6 |    16 | generation                                                       |
/// |     22 |    16 | family                                                           |
/// |     38 |     5 | created, Unix seconds                                            |
/// |     43 |     4 | saved - created, seconds                                         |
/// |     47 |     3 | payload's size in bytes                                          |
/// |     50 |     3 | seen - saved, seconds, at most 2²⁴ - 1                           |
/// |     53 |    16 | MAC of bytes 0 to 52                                             |
///
/// Bytes 0 to 49 stay as they are until the next save: they are the payload's associated data. A touch changes only what
/// follows them. 69 is a multiple of three, so that header and payload are one base64url text whose first 92 characters
/// are the header, and characters 8 to 15 a part of the generation (the tag of continuation cookies).
struct Frame {
    static constexpr std::size_t size = 69;
    static constexpr std::size_t text_size = encoded_size(size);
    static constexpr std::size_t fixed_size = 50;
    static constexpr std::size_t maced_size = 53;
    static constexpr std::size_t mac_size = 16;
    static constexpr std::size_t largest_payload = (std::size_t{1} << 24) - 1;

    Kind kind = Kind::session;
    bool in_cookie = false;
    std::array<std::byte, 4> key_id{};
    Id id;
    Times times;
    std::size_t payload_size = 0;
};

/// A frame's bytes, and the views of them that cryptography works on.
class FrameBytes {
public:
    /// The associated data of the payload.
    BytesView fixed() const noexcept { return all().first(Frame::fixed_size); }
    /// What the MAC is of.
    BytesView maced() const noexcept { return all().first(Frame::maced_size); }
    BytesView mac() const noexcept { return all().last(Frame::mac_size); }
    std::span<std::byte> mac() noexcept { return all().last(Frame::mac_size); }
    /// Generation and family side by side, as `CipherPolicy` takes them.
    std::span<const std::byte, 32> seal_id() const noexcept { return all().subspan<6, 32>(); }

    std::span<std::byte> all() noexcept { return {bytes_, Frame::size}; }
    BytesView all() const noexcept { return {bytes_, Frame::size}; }

private:
    std::byte bytes_[Frame::size] = {};
};

/// Lays out everything but the MAC. Times that ran backwards count as no time, spans too long as the longest.
inline FrameBytes write_frame(const Frame& frame) noexcept
{
    const auto span = [](Time from, Time to, unsigned bytes) {
        const auto longest = (std::int64_t{1} << (8 * bytes)) - 1;
        const std::int64_t gone = (to - from).count();
        return static_cast<std::uint64_t>(gone < 0 ? 0 : gone > longest ? longest : gone);
    };
    FrameBytes bytes;
    Writer out{bytes.all().data()};
    out.integer<1>(1);
    out.integer<1>(static_cast<unsigned>(frame.kind) | (frame.in_cookie ? 0x10U : 0U));
    out.bytes(frame.key_id);
    out.bytes(frame.id.generation);
    out.bytes(frame.id.family);
    out.integer<5>(span(Time{}, frame.times.created, 5));
    out.integer<4>(span(frame.times.created, frame.times.saved, 4));
    out.integer<3>(frame.payload_size);
    out.integer<3>(span(frame.times.saved, frame.times.seen, 3));
    return bytes;
}

/// Reads the fields back. The MAC is not looked at: nothing of `frame` is to be trusted before it has been verified.
/// False for another format, kind or flag.
[[nodiscard]] inline bool read_frame(const FrameBytes& bytes, Frame& frame) noexcept
{
    Reader in{bytes.all()};
    const auto format = in.integer<1>();
    const auto flags = in.integer<1>();
    const auto kind = static_cast<Kind>(flags & ~std::uint64_t{0x10});
    if (format != 1 || (kind != Kind::session && kind != Kind::remember))
        return false;
    using std::chrono::seconds;
    frame.kind = kind;
    frame.in_cookie = (flags & 0x10U) != 0;
    frame.key_id = in.array<4>();
    frame.id.generation = in.array<16>();
    frame.id.family = in.array<16>();
    frame.times.created = Time{seconds{in.integer<5>()}};
    frame.times.saved = frame.times.created + seconds{in.integer<4>()};
    frame.payload_size = in.integer<3>();
    frame.times.seen = frame.times.saved + seconds{in.integer<3>()};
    return true;
}

} // namespace sojourn::inline v0::wire
