#include <sojourn/wire/base64url.hpp>

#include <sojourn/bytes.hpp>

#include <doctest/doctest.h>
#include <sodium.h>

#include <cstddef>
#include <string>
#include <string_view>

using namespace sojourn;

namespace {

constexpr int variant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;

std::string encoded(BytesView bytes)
{
    std::string text(wire::encoded_size(bytes.size()), '\0');
    wire::encode(bytes, text.data());
    return text;
}

/// Both ways, at the public entry and through the code of processors without AVX2.
void ok(std::string_view bytes, std::string_view text)
{
    CAPTURE(text);
    CHECK(wire::encoded_size(bytes.size()) == text.size());
    CHECK(wire::decoded_size(text.size()) == bytes.size());
    CHECK(encoded(as_bytes(bytes)) == text);

    std::string made(text.size(), '\0');
    wire::detail::encode<wire::detail::Block<16>>(as_bytes(bytes), made.data());
    CHECK(made == text);

    Bytes back(bytes.size());
    CHECK(wire::decode(text, back.data()));
    CHECK(as_text(back) == bytes);

    back.assign(bytes.size(), std::byte{});
    CHECK(wire::detail::decode<wire::detail::Block<16>>(text, back.data()));
    CHECK(as_text(back) == bytes);
}

void bad(std::string_view text)
{
    CAPTURE(text);
    Bytes out(wire::decoded_size(text.size()));
    CHECK_FALSE(wire::decode(text, out.data()));
    if (text.size() % 4 != 1)
        CHECK_FALSE(wire::detail::decode<wire::detail::Block<16>>(text, out.data()));
}

Bytes random_bytes(std::size_t size)
{
    Bytes bytes(size);
    if (size != 0)
        randombytes_buf(bytes.data(), size);
    return bytes;
}

bool in_alphabet(char c)
{
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    return alphabet.find(c) != alphabet.npos;
}

} // namespace

TEST_CASE("RFC 4648 §10, without the padding")
{
    ok("", "");
    ok("f", "Zg");
    ok("fo", "Zm8");
    ok("foo", "Zm9v");
    ok("foob", "Zm9vYg");
    ok("fooba", "Zm9vYmE");
    ok("foobar", "Zm9vYmFy");
}

TEST_CASE("the characters that differ from base64")
{
    ok("\xfb\xef\xbe", "----");
    ok("\xff\xff\xff", "____");
}

TEST_CASE("each character stands for its value, at each place of a vector")
{
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for (std::size_t shift = 0; shift != alphabet.size(); ++shift) {
        const auto text = std::string{alphabet.substr(shift)}.append(alphabet.substr(0, shift));
        Bytes bytes(48);
        REQUIRE(wire::decode(text, bytes.data()));
        for (std::size_t i = 0; i != 64; ++i) {
            const auto at = i / 4 * 3;
            const auto group = std::to_integer<unsigned>(bytes[at]) << 16 |
                               std::to_integer<unsigned>(bytes[at + 1]) << 8 | std::to_integer<unsigned>(bytes[at + 2]);
            CHECK((group >> (18 - 6 * (i % 4)) & 63) == (i + shift) % 64);
        }
        ok(as_text(bytes), text);
    }
}

TEST_CASE("all lengths agree with libsodium")
{
    for (std::size_t size = 0; size <= 300; ++size) {
        const auto bytes = random_bytes(size);
        std::string expected(sodium_base64_encoded_len(size, variant), '\0');
        sodium_bin2base64(expected.data(), expected.size(), as_unsigned(bytes), size, variant);
        expected.pop_back(); // its terminating zero
        ok(as_text(bytes), expected);
    }
}

TEST_CASE("only the memory it says is written")
{
    for (std::size_t size = 0; size <= 100; ++size) {
        const auto bytes = random_bytes(size);
        std::string text(wire::encoded_size(size) + 64, '!');
        wire::encode(bytes, text.data());
        CHECK(text.find('!') == wire::encoded_size(size));

        Bytes back(size + 64, std::byte{0xa5});
        REQUIRE(wire::decode(std::string_view{text}.substr(0, wire::encoded_size(size)), back.data()));
        CHECK(Bytes(back.begin() + static_cast<std::ptrdiff_t>(size), back.end()) == Bytes(64, std::byte{0xa5}));
    }
}

TEST_CASE("encodes in place, from the end of where the text will be")
{
    const auto encode_in_place = [](auto encode, std::string_view bytes) {
        std::string text(wire::encoded_size(bytes.size()), '\0');
        text.replace(text.size() - bytes.size(), bytes.size(), bytes);
        encode(as_bytes(text).last(bytes.size()), text.data());
        return text;
    };
    std::string bytes;
    for (std::size_t size = 0; size <= 200; ++size) {
        CAPTURE(size);
        CHECK(encode_in_place(wire::encode, bytes) == encoded(as_bytes(bytes)));
        CHECK(encode_in_place(wire::detail::encode<wire::detail::Block<16>>, bytes) == encoded(as_bytes(bytes)));
        bytes.push_back(static_cast<char>(size * 37 + 11));
    }
}

TEST_CASE("decodes in place")
{
    for (std::size_t size = 0; size <= 300; ++size) {
        const auto bytes = random_bytes(size);
        auto text = encoded(bytes);
        REQUIRE(wire::decode(text, reinterpret_cast<std::byte*>(text.data())));
        CHECK(text.substr(0, size) == as_text(bytes));
    }
}

TEST_CASE("prior art 25: a foreign character is refused wherever it stands")
{
    for (const std::size_t size : {2u, 3u, 4u, 15u, 16u, 18u, 31u, 32u, 34u, 63u, 64u, 95u})
        for (std::size_t at = 0; at != size; ++at)
            for (unsigned value = 0; value != 256; ++value)
                if (const auto c = static_cast<char>(value); !in_alphabet(c)) {
                    std::string text(size, 'A');
                    text[at] = c;
                    bad(text);
                }
}

TEST_CASE("prior art 25: bits left over in the last character must be zero")
{
    for (std::size_t size = 1; size <= 100; ++size) {
        auto text = encoded(random_bytes(size));
        const auto canonical = text.back();
        unsigned accepted = 0;
        for (unsigned value = 0; value != 256; ++value) {
            text.back() = static_cast<char>(value);
            Bytes out(size);
            const auto good = wire::decode(text, out.data());
            CHECK(good == (encoded(out) == text && in_alphabet(text.back())));
            accepted += good ? 1 : 0;
        }
        CHECK(accepted == (size % 3 == 1 ? 4 : size % 3 == 2 ? 16 : 64));
        text.back() = canonical;
        if (size % 3 != 0) {
            text.back() = 'B'; // its lowest bit is set
            bad(text);
        }
    }
}

TEST_CASE("prior art 25: impossible lengths, padding and white space are refused")
{
    for (std::size_t size = 1; size <= 101; size += 4)
        bad(std::string(size, 'A'));
    bad("Zg==");
    bad("Zm8=");
    bad("Zm9v\n");
    bad(" Zm9v");
    bad("Zm9v Zg");
    bad("Zm+v");
    bad("Zm/v");
    bad(std::string_view{"Zm9v\0\0", 6});
}

static_assert(wire::encoded_size(0) == 0 && wire::encoded_size(1) == 2 && wire::encoded_size(2) == 3 &&
              wire::encoded_size(3) == 4);
static_assert(wire::decoded_size(2) == 1 && wire::decoded_size(3) == 2 && wire::decoded_size(4) == 3);
static_assert(noexcept(wire::encode({}, nullptr)) && noexcept(wire::decode({}, nullptr)));
