#pragma once

#include <sojourn/bytes.hpp>
#include <sojourn/storage/net/answer.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

/// memcached's binary protocol, as far as storages need it: packets to bytes and back, without input or output.
/// Source: memcached's doc/protocol-binary.txt and memcached/protocol_binary.h. Numbers travel in network byte order.
namespace sojourn::inline v0::storage::memcached {

enum class Opcode : std::uint8_t {
    get = 0x00,
    set = 0x01,
    add = 0x02,
    replace = 0x03,
    erase = 0x04,
    noop = 0x0a,
    append = 0x0e,
    stat = 0x10,
    touch = 0x1c,
    sasl_auth = 0x21,
};

/// Its name, for messages.
constexpr std::string_view name_of(Opcode opcode) noexcept
{
    switch (opcode) {
    case Opcode::get: return "get";
    case Opcode::set: return "set";
    case Opcode::add: return "add";
    case Opcode::replace: return "replace";
    case Opcode::erase: return "delete";
    case Opcode::noop: return "noop";
    case Opcode::append: return "append";
    case Opcode::stat: return "stats";
    case Opcode::touch: return "touch";
    case Opcode::sasl_auth: return "auth";
    }
    return {};
}

enum class Status : std::uint16_t {
    success = 0x00,
    not_found = 0x01,
    exists = 0x02,     ///< add: something is there; with a state: another one is there
    too_large = 0x03,  ///< for the server's option -I
    invalid = 0x04,    ///< arguments that cannot be
    not_stored = 0x05, ///< append: nothing is there
    unauthenticated = 0x20,
    authentication_goes_on = 0x21,
    unknown_command = 0x81,
    out_of_memory = 0x82, ///< or the items are all in use, or may not be evicted (-M)
};

/// What the server says with a status, for messages.
constexpr std::string_view words_of(Status status) noexcept
{
    switch (status) {
    case Status::too_large: return "the value is larger than the server's items may be (its option -I)";
    case Status::invalid: return "invalid arguments";
    case Status::unauthenticated: return "not authenticated";
    case Status::authentication_goes_on: return "the server wants more than user name and password";
    case Status::unknown_command: return "the server does not know this command";
    case Status::out_of_memory: return "the server is out of memory";
    default: return "an answer that does not belong to this command";
    }
}

/// The longest key, in bytes. In this protocol a key may hold any byte.
inline constexpr std::size_t max_key_size = 250;

/// The longest body of a reply that is believed, in bytes: the most that memcached's option -I allows, and a little.
inline constexpr std::size_t max_body_size = 1024 * 1024 * 1024 + 1024;

inline constexpr std::size_t header_size = 24;

struct Request {
    Opcode opcode = Opcode::noop;
    std::string_view key = {};
    BytesView value = {};
    std::uint32_t flags = 0;   ///< set, add, replace
    std::uint32_t exptime = 0; ///< set, add, replace, touch: seconds up to 30 days, else Unix time; 0: never
    std::uint64_t state = 0;   ///< replace, erase: only if this state stands there; 0: whichever does
};

struct Reply {
    Status status = Status::success;
    std::uint32_t flags = 0; ///< get
    std::uint64_t state = 0; ///< the one that stands there now; 0: the server keeps none (its option -C)
    std::string key = {};    ///< stat
    Bytes value = {};
};

using Answer = net::Answer<Reply>;

/// Writes a number and goes on behind it.
template <std::unsigned_integral Integer>
void put(std::byte*& next, Integer value) noexcept
{
    for (std::size_t i = sizeof(Integer); i-- != 0;)
        *next++ = static_cast<std::byte>(std::uint64_t{value} >> (8 * i));
}

inline void put(std::byte*& next, BytesView bytes) noexcept
{
    if (!bytes.empty())
        std::memcpy(next, bytes.data(), bytes.size());
    next += bytes.size();
}

template <std::unsigned_integral Integer>
Integer take(const std::byte* at) noexcept
{
    std::uint64_t value = 0;
    for (std::size_t i = 0; i != sizeof(Integer); ++i)
        value = value << 8 | std::to_integer<std::uint64_t>(at[i]);
    return static_cast<Integer>(value);
}

/// A request as it goes over the wire. `opaque` comes back with the reply.
inline Buffer packet_of(const Request& request, std::uint32_t opaque)
{
    const bool has_flags =
        request.opcode == Opcode::set || request.opcode == Opcode::add || request.opcode == Opcode::replace;
    const bool has_exptime = has_flags || request.opcode == Opcode::touch;
    const auto extras = (has_flags ? sizeof(request.flags) : 0) + (has_exptime ? sizeof(request.exptime) : 0);
    const auto body = extras + request.key.size() + request.value.size();
    Buffer packet;
    auto* next = packet.extend(header_size + body).data();
    put(next, std::uint8_t{0x80});
    put(next, static_cast<std::uint8_t>(request.opcode));
    put(next, static_cast<std::uint16_t>(request.key.size()));
    put(next, static_cast<std::uint8_t>(extras));
    put(next, std::uint8_t{0});  // the only type of data
    put(next, std::uint16_t{0}); // the only bucket
    put(next, static_cast<std::uint32_t>(body));
    put(next, opaque);
    put(next, request.state);
    if (has_flags)
        put(next, request.flags);
    if (has_exptime)
        put(next, request.exptime);
    put(next, as_bytes(request.key));
    put(next, request.value);
    return packet;
}

/// The first 24 bytes of a reply.
struct ReplyHeader {
    std::size_t extras_size = 0;
    std::size_t key_size = 0;
    std::size_t value_size = 0;
    Status status = Status::success;
    std::uint64_t state = 0;
    bool is_sound = false; ///< a reply to the request with that opcode and opaque, of lengths that can be

    ReplyHeader(std::span<const std::byte, header_size> bytes, Opcode opcode, std::uint32_t opaque) noexcept
        : extras_size{std::to_integer<std::size_t>(bytes[4])},
          key_size{take<std::uint16_t>(&bytes[2])},
          status{take<std::uint16_t>(&bytes[6])},
          state{take<std::uint64_t>(&bytes[16])}
    {
        const std::size_t body = take<std::uint32_t>(&bytes[8]);
        is_sound = bytes[0] == std::byte{0x81} && bytes[1] == static_cast<std::byte>(opcode) &&
                   take<std::uint32_t>(&bytes[12]) == opaque && extras_size <= 4 && key_size <= max_key_size &&
                   extras_size + key_size <= body && body <= max_body_size;
        value_size = is_sound ? body - extras_size - key_size : 0;
    }
};

} // namespace sojourn::inline v0::storage::memcached
