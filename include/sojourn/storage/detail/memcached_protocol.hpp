#pragma once

#include <sojourn/bytes.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

/// memcached's binary protocol, as far as storages need it: packets to bytes and back, without input or output.
/// Source: memcached's doc/protocol-binary.txt and memcached/protocol_binary.h. Numbers travel in network byte order.
namespace sojourn::inline v0::storage::detail::memcached {

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

enum class Status : std::uint16_t {
    success = 0x00,
    not_found = 0x01,
    exists = 0x02, ///< add: something is there; with a cas: another state is there
    too_large = 0x03,
    invalid = 0x04,
    not_stored = 0x05, ///< append: nothing is there
    unauthenticated = 0x20,
    authentication_goes_on = 0x21,
    unknown_command = 0x81,
    out_of_memory = 0x82,
};

/// What the server says with a status, for an error's detail.
constexpr std::string_view words(Status status) noexcept
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

template <class Integer>
void put(std::byte* at, Integer value) noexcept
{
    for (std::size_t i = sizeof(Integer); i-- != 0; value = static_cast<Integer>(std::uint64_t{value} >> 8))
        at[i] = static_cast<std::byte>(value);
}

template <class Integer>
Integer take(const std::byte* at) noexcept
{
    std::uint64_t value = 0;
    for (std::size_t i = 0; i != sizeof(Integer); ++i)
        value = value << 8 | std::to_integer<std::uint64_t>(at[i]);
    return static_cast<Integer>(value);
}

struct Request {
    Opcode opcode = Opcode::noop;
    std::string_view key = {};
    BytesView value = {};
    std::uint32_t flags = 0;   ///< set, add, replace
    std::uint32_t exptime = 0; ///< set, add, replace, touch: seconds up to 30 days, else Unix time; 0: never
    std::uint64_t cas = 0;     ///< replace, erase: only if this state stands there; 0: whichever does
};

/// All of a request before its value.
class Head {
public:
    Head(const Request& request, std::uint32_t opaque) noexcept
    {
        const bool stores =
            request.opcode == Opcode::set || request.opcode == Opcode::add || request.opcode == Opcode::replace;
        std::byte* next = bytes_.data() + header_size;
        if (stores) {
            put(next, request.flags);
            next += sizeof(request.flags);
        }
        if (stores || request.opcode == Opcode::touch) {
            put(next, request.exptime);
            next += sizeof(request.exptime);
        }
        const auto extras = static_cast<std::size_t>(next - bytes_.data()) - header_size;
        if (!request.key.empty())
            std::memcpy(next, request.key.data(), request.key.size());
        size_ = header_size + extras + request.key.size();

        bytes_[0] = std::byte{0x80};
        bytes_[1] = static_cast<std::byte>(request.opcode);
        put(&bytes_[2], static_cast<std::uint16_t>(request.key.size()));
        bytes_[4] = static_cast<std::byte>(extras);
        put(&bytes_[8], static_cast<std::uint32_t>(extras + request.key.size() + request.value.size()));
        put(&bytes_[12], opaque);
        put(&bytes_[16], request.cas);
    }

    std::span<std::byte> bytes() noexcept { return {bytes_.data(), size_}; }

private:
    std::array<std::byte, header_size + 8 + max_key_size> bytes_{};
    std::size_t size_ = 0;
};

/// The first 24 bytes of a reply.
struct ReplyHeader {
    std::size_t extras_size = 0;
    std::size_t key_size = 0;
    std::size_t value_size = 0;
    Status status = Status::success;
    std::uint64_t cas = 0;
    bool is_sound = false; ///< a reply to the request with that opcode and opaque, of lengths that can be

    ReplyHeader(std::span<const std::byte, header_size> bytes, Opcode opcode, std::uint32_t opaque) noexcept
        : extras_size{std::to_integer<std::size_t>(bytes[4])},
          key_size{take<std::uint16_t>(&bytes[2])},
          status{take<std::uint16_t>(&bytes[6])},
          cas{take<std::uint64_t>(&bytes[16])}
    {
        const std::size_t body = take<std::uint32_t>(&bytes[8]);
        is_sound = bytes[0] == std::byte{0x81} && bytes[1] == static_cast<std::byte>(opcode) &&
                   take<std::uint32_t>(&bytes[12]) == opaque && extras_size <= 4 && key_size <= max_key_size &&
                   extras_size + key_size <= body && body <= max_body_size;
        value_size = is_sound ? body - extras_size - key_size : 0;
    }
};

struct Reply {
    Status status = Status::success;
    std::uint32_t flags = 0; ///< get
    std::uint64_t cas = 0;   ///< the state that stands there now; 0: the server keeps none
    std::string key = {};    ///< stat
    Bytes value = {};
};

} // namespace sojourn::inline v0::storage::detail::memcached
