#pragma once

#include <sojourn/bytes.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

/// base64url without padding (RFC 4648 §5), for what may be secret: neither branches nor addresses depend on the text.
///
/// A whole vector of characters is worked on at once, by arithmetic alone. The compiler's own vector types do that on
/// every processor; on x86-64 the same code is compiled a second time for AVX2, and the processor is asked. The idea of
/// the bit moves is Muła's and Lemire's ("Faster Base64 Encoding and Decoding Using AVX2 Instructions", 2018).
namespace sojourn::inline v0::wire {

/// How many characters `encode` makes of so many bytes.
constexpr std::size_t encoded_size(std::size_t bytes) noexcept { return bytes / 3 * 4 + (bytes % 3 * 4 + 2) / 3; }

/// How many bytes `decode` makes of so many characters. (It refuses 1 more than a multiple of 4, whatever they are.)
constexpr std::size_t decoded_size(std::size_t characters) noexcept
{
    return characters / 4 * 3 + characters % 4 * 3 / 4;
}

namespace detail {

static_assert(std::endian::native == std::endian::little,
              "sojourn's base64url is written for little-endian processors");

// Everything below is inlined into a function compiled for its processor, so that vectors never cross a call.
#define SOJOURN_INLINE [[gnu::always_inline]] inline

// Without optimisation wide vectors bring nothing that is worth compiling this twice.
#if defined(__x86_64__) && defined(__OPTIMIZE__)
#define SOJOURN_HAS_AVX2
#endif

template <class T, std::size_t width>
struct Vector {
    typedef T type __attribute__((vector_size(width))); // g++ ignores the attribute on a dependent `using`
};

/// One vector of characters: `width` of them, which are `width / 4 * 3` bytes.
template <std::size_t width>
struct Block {
    static constexpr std::size_t characters = width;
    static constexpr std::size_t bytes = width / 4 * 3;

    using Octets = typename Vector<std::uint8_t, width>::type;
    using Signed = typename Vector<std::int8_t, width>::type; // compared in one instruction; from 0x80 on: negative
    using Pairs = typename Vector<std::uint16_t, width>::type;
    using Quads = typename Vector<std::uint32_t, width>::type;

    /// Reads `width` bytes, of which the first `bytes` count.
    SOJOURN_INLINE static void encode(const std::byte* in, char* out) noexcept
    {
        Octets octets;
        std::memcpy(&octets, in, width);
        reverse_triples(octets);
        // 00000000 aaaaaabb bbbbcccc ccdddddd → 00dddddd 00cccccc 00bbbbbb 00aaaaaa
        const auto quads = reinterpret_cast<Quads>(octets);
        const Quads split =
            (quads >> 18 & 0x3fu) | (quads >> 4 & 0x3f00u) | (quads << 10 & 0x3f0000u) | (quads << 24 & 0x3f000000u);

        // Each step of the alphabet adds to the distance between a value and its character.
        const auto values = reinterpret_cast<Signed>(split);
        Octets text = reinterpret_cast<Octets>(split) + std::uint8_t{'A'};
        text += reinterpret_cast<Octets>(values > 25) & std::uint8_t{'a' - 'Z' - 1};
        text -= reinterpret_cast<Octets>(values > 51) & std::uint8_t{'z' - '0' + 1};
        text -= reinterpret_cast<Octets>(values > 61) & std::uint8_t{'9' - '-' + 1};
        text += reinterpret_cast<Octets>(values > 62) & std::uint8_t{'_' - '-' - 1};
        std::memcpy(out, &text, characters);
    }

    /// Writes `bytes` bytes, and sets bits in `foreign` if a character is not of the alphabet.
    SOJOURN_INLINE static void decode(const char* in, std::byte* out, Octets& foreign) noexcept
    {
        Signed text;
        std::memcpy(&text, in, width);
        const auto upper = reinterpret_cast<Octets>((text >= 'A') & (text <= 'Z'));
        const auto lower = reinterpret_cast<Octets>((text >= 'a') & (text <= 'z'));
        const auto digit = reinterpret_cast<Octets>((text >= '0') & (text <= '9'));
        const auto minus = reinterpret_cast<Octets>(text == '-');
        const auto under = reinterpret_cast<Octets>(text == '_');
        foreign |= ~(upper | lower | digit | minus | under);
        const Octets values =
            reinterpret_cast<Octets>(text) - ((upper & std::uint8_t{'A'}) | (lower & std::uint8_t{'a' - 26})) +
            ((digit & std::uint8_t{52 - '0'}) | (minus & std::uint8_t{62 - '-'})) - (under & std::uint8_t{'_' - 63});

        // 00dddddd 00cccccc 00bbbbbb 00aaaaaa → 0000cccc ccdddddd 0000aaaa aabbbbbb → ……aaaaaa bbbbbbcc ccccdddd dd
        const auto pairs = reinterpret_cast<Pairs>(values);
        const Pairs joined = (pairs << 6 & 0xfc0) | pairs >> 8;
        const auto quads = reinterpret_cast<Quads>(joined);
        auto octets = reinterpret_cast<Octets>(quads << 12 | quads >> 16);
        pack_triples(octets);
        std::memcpy(out, &octets, bytes);
    }

private:
    /// Spreads triples over 32-bit lanes, first byte highest. The fourth byte of a lane is left undefined.
    SOJOURN_INLINE static void reverse_triples(Octets& v) noexcept
    {
        if constexpr (width == 16)
            v = __builtin_shufflevector(v, v, 2, 1, 0, -1, 5, 4, 3, -1, 8, 7, 6, -1, 11, 10, 9, -1);
        else
            v = __builtin_shufflevector(v, v, 2, 1, 0, -1, 5, 4, 3, -1, 8, 7, 6, -1, 11, 10, 9, -1, //
                                        14, 13, 12, -1, 17, 16, 15, -1, 20, 19, 18, -1, 23, 22, 21, -1);
    }

    /// The way back. What follows the last triple is left undefined.
    SOJOURN_INLINE static void pack_triples(Octets& v) noexcept
    {
        if constexpr (width == 16)
            v = __builtin_shufflevector(v, v, 2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1);
        else
            v = __builtin_shufflevector(v, v, 2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, 18, 17, 16, 22, 21, 20, //
                                        26, 25, 24, 30, 29, 28, -1, -1, -1, -1, -1, -1, -1, -1);
    }
};

template <class Block>
SOJOURN_INLINE void encode(BytesView in, char* out) noexcept
{
    while (in.size() >= Block::characters) { // not `bytes`: that many are read
        Block::encode(in.data(), out);
        in = in.subspan(Block::bytes);
        out += Block::characters;
    }
    while (!in.empty()) {
        const auto last = in.first(in.size() < Block::bytes ? in.size() : Block::bytes);
        std::byte bytes[Block::characters] = {};
        char text[Block::characters];
        std::memcpy(bytes, last.data(), last.size());
        Block::encode(bytes, text);
        std::memcpy(out, text, encoded_size(last.size()));
        in = in.subspan(last.size());
        out += encoded_size(last.size());
    }
}

template <class Block>
SOJOURN_INLINE bool decode(std::string_view in, std::byte* out) noexcept
{
    typename Block::Octets foreign = {};
    auto left_over = std::byte{};
    for (; in.size() >= Block::characters; in.remove_prefix(Block::characters)) {
        Block::decode(in.data(), out, foreign);
        out += Block::bytes;
    }
    if (!in.empty()) {
        char text[Block::characters];
        std::byte bytes[Block::bytes];
        std::memset(text, 'A', sizeof text); // zeros
        std::memcpy(text, in.data(), in.size());
        Block::decode(text, bytes, foreign);
        const auto size = decoded_size(in.size());
        std::memcpy(out, bytes, size);
        left_over = bytes[size];
    }
    std::uint64_t words[sizeof foreign / sizeof(std::uint64_t)];
    std::memcpy(words, &foreign, sizeof foreign);
    auto wrong = std::to_integer<std::uint64_t>(left_over);
    for (const auto word : words)
        wrong |= word;
    return wrong == 0;
}

#undef SOJOURN_INLINE

#ifdef SOJOURN_HAS_AVX2
[[gnu::target("avx2")]] inline void encode_avx2(BytesView in, char* out) noexcept { encode<Block<32>>(in, out); }
[[gnu::target("avx2")]] inline bool decode_avx2(std::string_view in, std::byte* out) noexcept
{
    return decode<Block<32>>(in, out);
}
#endif

} // namespace detail

/// Writes the `encoded_size(in.size())` characters of `in` to `out`. That is other memory than `in`, or `in` is the end of
/// it: what is written never overtakes what is read.
inline void encode(BytesView in, char* out) noexcept
{
#ifdef SOJOURN_HAS_AVX2
    if (__builtin_cpu_supports("avx2"))
        return detail::encode_avx2(in, out);
#endif
    detail::encode<detail::Block<16>>(in, out);
}

/// Writes the `decoded_size(in.size())` bytes of `in` to `out`, which may be the memory of `in`.
///
/// False if `in` is not what `encode` makes of some bytes: a foreign character (padding is one), an impossible length,
/// or bits left over in the last character that are not zero. What was written then means nothing.
[[nodiscard]] inline bool decode(std::string_view in, std::byte* out) noexcept
{
    if (in.size() % 4 == 1)
        return false;
#ifdef SOJOURN_HAS_AVX2
    if (__builtin_cpu_supports("avx2"))
        return detail::decode_avx2(in, out);
#endif
    return detail::decode<detail::Block<16>>(in, out);
}

#undef SOJOURN_HAS_AVX2

} // namespace sojourn::inline v0::wire
