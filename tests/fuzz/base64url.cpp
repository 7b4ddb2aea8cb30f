// Any text: decoded as libsodium decodes it, at both widths; what decodes is what encoding makes of the bytes.
#include <sojourn/wire/base64url.hpp>

#include <sojourn/bytes.hpp>

#include <sodium.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

using namespace sojourn;

#define CHECK(condition) ((condition) ? void() : std::abort())

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    constexpr int variant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
    const std::string text(reinterpret_cast<const char*>(data), size);

    Bytes bytes(wire::decoded_size(size));
    const bool good = wire::decode(text, bytes.data());
    if (size % 4 != 1) {
        Bytes narrow(bytes.size());
        CHECK(wire::detail::decode<wire::detail::Block<16>>(text, narrow.data()) == good);
        CHECK(!good || narrow == bytes);
    }

    Bytes expected(bytes.size() + 1);
    std::size_t expected_size = 0;
    // libsodium 1.0.18 takes some bytes from 0x80 on for characters.
    const bool expected_good = std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; }) &&
                               sodium_base642bin(reinterpret_cast<unsigned char*>(expected.data()), expected.size(),
                                                 text.data(), size, nullptr, &expected_size, nullptr, variant) == 0;
    CHECK(good == expected_good);
    if (good) {
        expected.resize(expected_size);
        CHECK(bytes == expected);
        std::string back(size, '\0');
        CHECK(wire::encoded_size(bytes.size()) == size);
        wire::encode(bytes, back.data());
        CHECK(back == text);
    }

    // The input as bytes, there and back.
    std::string encoded(wire::encoded_size(size), '\0');
    wire::encode(as_bytes(text), encoded.data());
    std::string narrow(encoded.size(), '\0');
    wire::detail::encode<wire::detail::Block<16>>(as_bytes(text), narrow.data());
    CHECK(narrow == encoded);
    Bytes decoded(wire::decoded_size(encoded.size()));
    CHECK(wire::decode(encoded, decoded.data()));
    CHECK(as_text(decoded) == text);
    return 0;
}
