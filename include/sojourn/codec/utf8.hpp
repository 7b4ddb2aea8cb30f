#pragma once

#include <sojourn/bytes.hpp>

#include <cstdint>
#include <cstring>
#include <string>

namespace sojourn::inline v0::codec::detail {

/// How many bytes the well-formed character at `at` takes (Unicode 15, table 3-7); 0 if there is none. `at` < `end`.
inline std::size_t utf8_length(const char* at, const char* end) noexcept
{
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(at[i]); };
    const auto tail = [&](std::size_t i, unsigned low = 0x80, unsigned high = 0xbf) {
        return static_cast<std::size_t>(end - at) > i && byte(i) >= low && byte(i) <= high;
    };
    const auto lead = byte(0);
    if (lead < 0x80)
        return 1;
    if (lead >= 0xc2 && lead <= 0xdf)
        return tail(1) ? 2 : 0;
    if (lead >= 0xe0 && lead <= 0xef) // neither overlong nor a surrogate
        return tail(1, lead == 0xe0 ? 0xa0 : 0x80, lead == 0xed ? 0x9f : 0xbf) && tail(2) ? 3 : 0;
    if (lead >= 0xf0 && lead <= 0xf4) // neither overlong nor beyond U+10FFFF
        return tail(1, lead == 0xf0 ? 0x90 : 0x80, lead == 0xf4 ? 0x8f : 0xbf) && tail(2) && tail(3) ? 4 : 0;
    return 0;
}

/// The first character from `at` on that a JSON string cannot simply hold: control, quote, backslash or not ASCII.
inline const char* skip_plain(const char* at, const char* end) noexcept
{
    constexpr std::uint64_t ones = 0x0101010101010101, highs = 0x8080808080808080;
    for (; end - at >= 8; at += 8) {
        std::uint64_t eight;
        std::memcpy(&eight, at, 8);
        const auto quote = eight ^ ones * '"', backslash = eight ^ ones * '\\';
        const auto special = (eight - ones * 0x20) | (quote - ones) | (backslash - ones) | eight;
        if ((special & highs) != 0) // may be set by a borrow too: the loop below looks closer
            break;
    }
    const auto plain = [](char c) { return c >= 0x20 && c < 0x7f && c != '"' && c != '\\'; };
    while (at != end && plain(*at))
        ++at;
    return at;
}

/// Appends a code point, which is no surrogate and at most U+10FFFF.
inline void append_utf8(std::string& text, std::uint32_t point)
{
    const auto put = [&](std::uint32_t byte) { text.push_back(static_cast<char>(byte)); };
    const auto tail = [&](unsigned shift) { put(0x80 | (point >> shift & 0x3f)); };
    if (point < 0x80)
        put(point);
    else if (point < 0x800)
        put(0xc0 | point >> 6), tail(0);
    else if (point < 0x10000)
        put(0xe0 | point >> 12), tail(6), tail(0);
    else
        put(0xf0 | point >> 18), tail(12), tail(6), tail(0);
}

} // namespace sojourn::inline v0::codec::detail
