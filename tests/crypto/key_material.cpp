#include <sojourn/crypto/key_material.hpp>

#include <doctest/doctest.h>

#include "remembered.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <set>

using namespace sojourn;
using remembered::Home;
using storage::Cookie;
using storage::Memory;

namespace {

constexpr std::array levels{Safety::none, Safety::low, Safety::medium, Safety::high, Safety::very_high};

/// Of the processor, so that other programs do not count; the least of several.
std::clock_t cost(Safety level, int times)
{
    std::clock_t least = 0;
    for (int i = 0; i != times; ++i) {
        const auto begin = std::clock();
        static_cast<void>(key_material(secret, level));
        const auto spent = std::clock() - begin;
        least = i == 0 ? spent : std::min(least, spent);
    }
    return least;
}

} // namespace

TEST_CASE("each level makes another key of a secret, the same each time")
{
    std::set<std::string> keys;
    for (const Safety level : levels)
        keys.insert(key_material(secret, level));
    CHECK(keys.size() == levels.size());
    for (const Safety level : {Safety::none, Safety::low, Safety::medium})
        CHECK(key_material(secret, level) == key_material(secret, level));
    CHECK(key_material(secret + " ", Safety::low) != key_material(secret, Safety::low));
}

TEST_CASE("the level none is SHA-256, of any length")
{
    // FIPS 180-2, appendix B.1 and B.2
    const auto begins = [](std::string_view text, std::array<unsigned char, 4> expected) {
        const std::string key = key_material(text, Safety::none);
        CHECK(key.size() == key_material_size);
        CHECK(std::ranges::equal(expected, key.substr(0, 4), {}, {},
                                 [](char c) { return static_cast<unsigned char>(c); }));
    };
    begins("abc", {0xba, 0x78, 0x16, 0xbf});
    begins("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", {0x24, 0x8d, 0x6a, 0x61});
    begins("", {0xe3, 0xb0, 0xc4, 0x42});
}

TEST_CASE("prior art 17: each level costs more than the one before, for every key and not only for remembering")
{
    const auto none = cost(Safety::none, 3);
    const auto low = cost(Safety::low, 5);
    const auto medium = cost(Safety::medium, 5);
    const auto high = cost(Safety::high, 3);
    const auto very_high = cost(Safety::very_high, 1);
    CHECK(none * 20 < low);
    CHECK(low * 3 < medium * 2); // about 3.5 times, each of them
    CHECK(medium * 3 < high * 2);
    CHECK(high * 3 < very_high * 2);
}

TEST_CASE_TEMPLATE("prior art 17: a manager's keys, of both kinds of cookies, are those of its secret at its level",
                   Storage, Cookie, Memory)
{
    for (const Safety level : {Safety::none, Safety::low, Safety::medium}) {
        Options options{.secret = secret, .remember = true, .remember_safety = level};
        if (level == Safety::medium)
            options.remember_safety = Options{}.remember_safety; // the default
        Shop<Storage> shop{options};
        auto session = shop.start();
        ++session->visits;
        REQUIRE_FALSE(shop.take(session.save()).has_value());
        REQUIRE(shop.client.cookies.size() == 2);

        using Manager = typename Shop<Storage>::Session::Manager;
        for (const Safety other : {Safety::none, Safety::low, Safety::medium}) {
            const Manager same{{.ikm = key_material(secret, other)}, shop.place.storage(), {}, shop.world};
            for (const auto& [name, value] : shop.client.cookies) {
                const auto opened = same.open(name + "=" + value);
                CHECK(opened.is_new() == (other != level));
                if (other == level)
                    CHECK(opened.restored() == name.ends_with("remember"));
                else
                    CHECK(opened.reason() == errc::unknown_key);
            }
        }
    }
}

TEST_CASE("the level of the fallbacks is the same; what another level made goes on as ikm_fallbacks")
{
    const std::string old = "the secret of last year, 2025";
    Shop<Cookie> before{{.secret = old, .remember_safety = Safety::low}};
    auto session = before.start();
    session->visits = 3;
    REQUIRE_FALSE(before.take(session.save()).has_value());
    const std::string header = before.client.header();
    const auto visits = [&header](Options options) { return Shop<Cookie>{options}.sessions.open(header)->visits; };
    CHECK(visits({.secret = secret, .secret_fallbacks = {old}, .remember_safety = Safety::low}) == 3);
    CHECK(visits({.secret = secret, .secret_fallbacks = {old}, .remember_safety = Safety::none}) == 0);
    CHECK(visits(
              {.secret = secret, .ikm_fallbacks = {key_material(old, Safety::low)}, .remember_safety = Safety::none}) ==
          3);
}
