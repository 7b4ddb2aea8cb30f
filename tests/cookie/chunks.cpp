#include <sojourn/cookie/chunks.hpp>

#include <sojourn/bytes.hpp>
#include <sojourn/cookie/jar.hpp>
#include <sojourn/error.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace sojourn;

namespace {

constexpr std::string_view name = "__Host-session";
constexpr auto first_size = cookie::first_part_size(name.size());
constexpr auto further_size = cookie::further_part_size(name.size());
constexpr auto max_size = cookie::max_text_size(name.size());

std::string text_of(std::size_t size, unsigned seed = 1)
{
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    std::mt19937 random{seed};
    std::string text(size, '\0');
    std::ranges::generate(text, [&] { return alphabet[random() % alphabet.size()]; });
    return text;
}

/// The cookies of a text, each as `name=value`.
std::vector<std::string> cookies_of(std::string_view text)
{
    std::vector<std::string> cookies;
    const auto count =
        cookie::split(name.size(), text, [&](unsigned number, std::string_view tag, std::string_view part) {
            CHECK(number == cookies.size() + 1);
            cookies.push_back(std::string{name} + (number == 1 ? "" : "." + std::to_string(number)) + "=");
            cookies.back().append(tag).append(part);
        });
    CHECK(count == cookies.size());
    CHECK(cookie::count(name.size(), text.size()) == cookies.size());
    return cookies;
}

std::string header_of(const std::vector<std::string>& cookies)
{
    std::string header;
    for (const auto& cookie : cookies)
        header += cookie + "; ";
    return header;
}

/// What the first candidate of the header joins to, as a string of its own.
Result<std::string> join(const std::vector<std::string>& cookies, std::size_t text_size)
{
    const auto header = header_of(cookies);
    cookie::Jar jar{name};
    jar.add(header);
    REQUIRE(!jar.candidates().empty());
    Buffer out;
    const auto text = cookie::join(jar, jar.candidates()[0], text_size, out);
    if (!text)
        return text.error();
    return std::string{*text};
}

void ok(const std::vector<std::string>& cookies, const std::string& text)
{
    const auto joined = join(cookies, text.size());
    REQUIRE(joined.has_value());
    CHECK(*joined == text);
}

void bad(const std::vector<std::string>& cookies, std::size_t text_size, errc expected)
{
    CAPTURE(text_size);
    const auto joined = join(cookies, text_size);
    REQUIRE(joined.has_error());
    CHECK(joined.error() == expected);
}

/// Sizes on both sides of each number of cookies.
std::vector<std::size_t> boundaries()
{
    std::vector<std::size_t> sizes{1, 15, 16, 17, 1000};
    for (std::size_t cookies = 1; cookies <= cookie::max_cookies; ++cookies)
        for (std::size_t offset = 0; offset != 5; ++offset)
            if (const auto size = first_size + (cookies - 1) * further_size + offset - 2; size <= max_size)
                sizes.push_back(size);
    return sizes;
}

} // namespace

TEST_CASE("what is split is joined again, and each cookie is small enough")
{
    for (const auto size : boundaries()) {
        CAPTURE(size);
        const auto text = text_of(size);
        const auto cookies = cookies_of(text);
        CHECK(cookies.size() <= cookie::max_cookies);
        for (const auto& cookie : cookies)
            CHECK(cookie.size() <= cookie::max_cookie_size);
        for (std::size_t i = 0; i + 1 < cookies.size(); ++i)
            CHECK(cookies[i].size() == cookie::max_cookie_size);
        ok(cookies, text);
    }
}

TEST_CASE("a name of any lawful length")
{
    for (std::size_t name_size = 1; name_size <= 137; ++name_size) {
        CHECK(cookie::count(name_size, cookie::max_text_size(name_size)) == cookie::max_cookies);
        CHECK(cookie::count(name_size, 4096 - 1 - name_size) == 1);
        CHECK(cookie::count(name_size, 4096 - name_size) == 2);
    }
}

TEST_CASE("prior art 34: too large for its cookies is an error, before anything is made")
{
    CHECK(cookie::count(name.size(), max_size) == cookie::max_cookies);
    for (const auto size : {max_size + 1, max_size + further_size, static_cast<std::size_t>(-1)}) {
        CHECK(cookie::count(name.size(), size) == 0);
        const Error error = cookie::overflow(name.size(), size);
        CHECK(error == errc::cookie_overflow);
        CHECK(error.detail().find(std::to_string(size)) != std::string::npos);
        CHECK(error.detail().find(std::to_string(max_size)) != std::string::npos);
    }
    CHECK(cookie::split(name.size(), text_of(max_size + 1), [](auto&&...) { FAIL("a cookie was made"); }) == 0);
}

TEST_CASE("a text in one cookie is not copied")
{
    const auto header = header_of(cookies_of(text_of(first_size)));
    cookie::Jar jar{name};
    jar.add(header);
    Buffer out;
    const auto text = cookie::join(jar, jar.candidates()[0], first_size, out);
    REQUIRE(text.has_value());
    CHECK(text->data() == header.data() + name.size() + 1);
    CHECK(out.empty());
}

TEST_CASE("surplus chunks of an older save do not disturb a text in one cookie")
{
    auto cookies = cookies_of(text_of(max_size, 2));
    const auto text = text_of(100, 1);
    cookies[0] = cookies_of(text)[0];
    ok(cookies, text);
}

TEST_CASE("what the buffer held before is gone")
{
    const auto text = text_of(max_size);
    const auto header = header_of(cookies_of(text));
    cookie::Jar jar{name};
    jar.add(header);
    Buffer out;
    out.append(as_bytes(text_of(max_size * 2, 2)));
    for (int i = 0; i != 2; ++i) {
        const auto joined = cookie::join(jar, jar.candidates()[0], max_size, out);
        REQUIRE(joined.has_value());
        CHECK(*joined == text);
    }
}

TEST_CASE("the order of the cookies does not matter")
{
    const auto text = text_of(max_size);
    auto cookies = cookies_of(text);
    std::mt19937 random{7};
    for (int i = 0; i != 50; ++i) {
        std::ranges::shuffle(cookies, random);
        ok(cookies, text);
    }
}

TEST_CASE("prior art 23: chunks of another save are told apart by their tag")
{
    const auto text = text_of(max_size, 1);
    const auto mine = cookies_of(text);
    const auto other = cookies_of(text_of(max_size, 2));
    for (std::size_t i = 1; i != mine.size(); ++i) {
        auto cookies = mine;
        cookies.insert(cookies.begin() + 1, other.begin() + 1, other.end());
        ok(cookies, text);

        cookies = mine;
        cookies[i] = other[i];
        bad(cookies, max_size, errc::missing_chunk);
    }
}

TEST_CASE("each of two sessions of one name finds its own chunks")
{
    const auto one = text_of(max_size, 1), two = text_of(max_size - 1, 2);
    auto cookies = cookies_of(one);
    for (auto& cookie : cookies_of(two))
        cookies.push_back(std::move(cookie));
    const auto header = header_of(cookies);
    cookie::Jar jar{name};
    jar.add(header);
    REQUIRE(jar.candidates().size() == 2);
    Buffer out;
    CHECK(*cookie::join(jar, jar.candidates()[0], one.size(), out) == one);
    CHECK(*cookie::join(jar, jar.candidates()[1], two.size(), out) == two);
}

TEST_CASE("a missing chunk")
{
    for (const auto size : {first_size + 1, first_size + further_size + 1, max_size}) {
        const auto cookies = cookies_of(text_of(size));
        for (std::size_t i = 1; i != cookies.size(); ++i) {
            auto fewer = cookies;
            fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
            bad(fewer, size, errc::missing_chunk);
        }
    }
}

TEST_CASE("a chunk that is too short, too long or has no tag")
{
    for (const auto size : {first_size + 1, first_size + further_size, max_size}) {
        const auto cookies = cookies_of(text_of(size));
        for (std::size_t i = 1; i != cookies.size(); ++i) {
            auto changed = cookies;
            changed[i].pop_back();
            bad(changed, size, errc::missing_chunk);
            changed[i] = cookies[i] + "A";
            bad(changed, size, errc::missing_chunk);
            changed[i] = std::string{name} + "." + std::to_string(i + 1) + "=A";
            bad(changed, size, errc::missing_chunk);
            changed[i] = cookies[i] + "A"; // and the good one behind it
            changed.push_back(cookies[i]);
            ok(changed, text_of(size));
        }
    }
}

TEST_CASE("prior art 25: a first cookie that is too short or too long")
{
    for (const auto size : {std::size_t{100}, first_size, first_size + 1, max_size}) {
        const auto cookies = cookies_of(text_of(size));
        auto changed = cookies;
        changed[0].pop_back();
        bad(changed, size, errc::malformed_cookie);
        changed[0] = cookies[0] + "A";
        bad(changed, size, errc::malformed_cookie);
    }
}

TEST_CASE("a size that is not the text's")
{
    const auto cookies = cookies_of(text_of(max_size));
    bad(cookies, 0, errc::malformed_cookie);
    bad(cookies, first_size - 1, errc::malformed_cookie);
    bad(cookies, max_size - 1, errc::missing_chunk);
    bad(cookies, max_size + 1, errc::malformed_cookie);
    bad(cookies, static_cast<std::size_t>(-1), errc::malformed_cookie);
    bad(cookies_of(text_of(100)), max_size, errc::malformed_cookie);
}
