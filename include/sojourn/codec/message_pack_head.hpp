#pragma once

#include <sojourn/codec/types.hpp>

#include <cstdint>

namespace sojourn::inline v0::codec::detail {

/// How a MessagePack value begins (spec.md, "Formats"): its kind, the number behind it and where the contents start.
struct MessagePackHead {
    Kind kind = Kind::none;
    std::uint8_t length = 0;  ///< of the head itself, in bytes
    bool is_negative = false; ///< of an integer: `number` is its two's complement
    std::uint64_t number = 0; ///< an integer or a boolean; the bits of a float; the size of a string; a count
};

/// The head of what `bytes` begins with; `Kind::none` if that is cut off or nothing.
inline MessagePackHead message_pack_head(const std::byte* at, std::size_t size) noexcept
{
    if (size == 0)
        return {};
    const auto code = std::to_integer<std::uint8_t>(*at);
    if (code < 0x80)
        return {Kind::integer, 1, false, code};
    if (code < 0x90)
        return {Kind::map, 1, false, code & 0x0fU};
    if (code < 0xa0)
        return {Kind::array, 1, false, code & 0x0fU};
    if (code < 0xc0)
        return {Kind::string, 1, false, code & 0x1fU};
    if (code >= 0xe0)
        return {Kind::integer, 1, true, code | ~std::uint64_t{0xff}};

    // The kind, and a number of 1, 2, 4 or 8 bytes, in network byte order.
    const auto numbered = [&](Kind kind, unsigned width) -> MessagePackHead {
        if (size <= width)
            return {};
        std::uint64_t number = 0;
        for (unsigned i = 1; i <= width; ++i)
            number = number << 8 | std::to_integer<std::uint64_t>(at[i]);
        return {kind, static_cast<std::uint8_t>(1 + width), false, number};
    };
    const auto signed_integer = [&](unsigned width) {
        auto head = numbered(Kind::integer, width);
        const auto high_bits = ~std::uint64_t{0} << (8 * width - 1);
        head.is_negative = (head.number & high_bits) != 0;
        if (head.is_negative)
            head.number |= high_bits;
        return head;
    };
    // An extension's type is a byte of its own, which goes with the contents.
    const auto extension = [](MessagePackHead head) {
        ++head.number;
        return head;
    };

    switch (code) {
    case 0xc0: return {Kind::null, 1, false, 0};
    case 0xc2:
    case 0xc3: return {Kind::boolean, 1, false, code & 1U};
    case 0xc4: return numbered(Kind::bytes, 1);
    case 0xc5: return numbered(Kind::bytes, 2);
    case 0xc6: return numbered(Kind::bytes, 4);
    case 0xc7: return extension(numbered(Kind::extension, 1));
    case 0xc8: return extension(numbered(Kind::extension, 2));
    case 0xc9: return extension(numbered(Kind::extension, 4));
    case 0xca: return numbered(Kind::number, 4);
    case 0xcb: return numbered(Kind::number, 8);
    case 0xcc: return numbered(Kind::integer, 1);
    case 0xcd: return numbered(Kind::integer, 2);
    case 0xce: return numbered(Kind::integer, 4);
    case 0xcf: return numbered(Kind::integer, 8);
    case 0xd0: return signed_integer(1);
    case 0xd1: return signed_integer(2);
    case 0xd2: return signed_integer(4);
    case 0xd3: return signed_integer(8);
    case 0xd4:
    case 0xd5:
    case 0xd6:
    case 0xd7:
    case 0xd8: return extension({Kind::extension, 1, false, std::uint64_t{1} << (code - 0xd4)});
    case 0xd9: return numbered(Kind::string, 1);
    case 0xda: return numbered(Kind::string, 2);
    case 0xdb: return numbered(Kind::string, 4);
    case 0xdc: return numbered(Kind::array, 2);
    case 0xdd: return numbered(Kind::array, 4);
    case 0xde: return numbered(Kind::map, 2);
    case 0xdf: return numbered(Kind::map, 4);
    default: return {}; // 0xc1 is never used
    }
}

} // namespace sojourn::inline v0::codec::detail
