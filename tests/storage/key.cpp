#include <sojourn/storage/key.hpp>

#include <doctest/doctest.h>

#include <string>
#include <string_view>

using sojourn::storage::is_key;

TEST_CASE("keys are 1 to 128 characters of base64url")
{
    const std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for (int c = 0; c < 256; ++c) {
        const auto character = static_cast<char>(c);
        CAPTURE(c);
        CHECK(is_key({&character, 1}) == (alphabet.find(character) != alphabet.npos));
        CHECK(is_key(std::string{"a"} + character) == (alphabet.find(character) != alphabet.npos));
    }
    CHECK_FALSE(is_key(""));
    CHECK(is_key(std::string(128, 'a')));
    CHECK_FALSE(is_key(std::string(129, 'a')));
}

TEST_CASE("the refusal names no key")
{
    CHECK(sojourn::storage::unlawful_key() == sojourn::errc::unlawful_option);
    CHECK_FALSE(sojourn::storage::unlawful_key().detail().empty());
}
