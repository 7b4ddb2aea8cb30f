#include <sojourn/cookie/set_cookie.hpp>

#include <sojourn/cookie/lines.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

using namespace sojourn;
using namespace std::chrono;
using cookie::Attributes;
using cookie::Prefix;
using cookie::Priority;
using cookie::SameSite;
using cookie::SetCookie;

namespace {

template <class Add>
std::string only(Add add)
{
    cookie::Lines lines;
    add(lines);
    REQUIRE(lines.size() == 1);
    return std::string{*lines.begin()};
}
std::string line(const SetCookie& set_cookie, unsigned number, std::string_view tag, std::string_view part)
{
    return only([&](cookie::Lines& lines) { set_cookie.add(lines, number, tag, part); });
}
std::string expired(const SetCookie& set_cookie, unsigned number)
{
    return only([&](cookie::Lines& lines) { set_cookie.add_expired(lines, number); });
}
std::string persistent(const SetCookie& set_cookie, unsigned number, std::string_view tag, std::string_view part,
                       seconds max_age, sys_seconds now)
{
    return only([&](cookie::Lines& lines) { set_cookie.add_persistent(lines, number, tag, part, max_age, now); });
}

void attributes(const Attributes& given, std::string_view expected)
{
    REQUIRE(cookie::check(given, "s").has_value());
    const SetCookie set_cookie{given, "s"};
    CHECK(line(set_cookie, 1, "", "v") == set_cookie.name() + "=v" + std::string{expected});
}

void date(sys_seconds time, std::string_view expected)
{
    const auto text = cookie::detail::http_date(time);
    CHECK(std::string_view{text.data(), text.size()} == expected);
}

sys_seconds at(int y, unsigned m, unsigned d, int seconds_of_day = 0)
{
    return sys_days{year{y} / month{m} / day{d}} + seconds{seconds_of_day};
}

constexpr int time_of_day = 8 * 3600 + 49 * 60 + 37;

} // namespace

TEST_CASE("the default line")
{
    const SetCookie set_cookie{{}, "session"};
    CHECK(set_cookie.name() == "__Host-session");
    CHECK(line(set_cookie, 1, "", "abc") == "__Host-session=abc; Path=/; SameSite=Lax; Secure; HttpOnly");
}

TEST_CASE("continuation cookies carry their number in the name and the tag before the value")
{
    const SetCookie set_cookie{{.prefix = Prefix::none}, "session"};
    CHECK(line(set_cookie, 2, "TAGTAGTA", "abc") == "session.2=TAGTAGTAabc; Path=/; SameSite=Lax; Secure; HttpOnly");
    CHECK(line(set_cookie, 9, "TAGTAGTA", "abc") == "session.9=TAGTAGTAabc; Path=/; SameSite=Lax; Secure; HttpOnly");
}

TEST_CASE("each attribute, and their order")
{
    attributes({.path = "/shop"}, "; Path=/shop; SameSite=Lax; Secure; HttpOnly");
    attributes({.domain = "example.com"}, "; Domain=example.com; Path=/; SameSite=Lax; Secure; HttpOnly");
    attributes({.domain = "localhost"}, "; Path=/; SameSite=Lax; Secure; HttpOnly");
    attributes({.http_only = false}, "; Path=/; SameSite=Lax; Secure");
    attributes({.secure = false}, "; Path=/; SameSite=Lax; HttpOnly");
    attributes({.same_site = SameSite::unset}, "; Path=/; Secure; HttpOnly");
    attributes({.same_site = SameSite::strict}, "; Path=/; SameSite=Strict; Secure; HttpOnly");
    attributes({.same_site = SameSite::none}, "; Path=/; SameSite=None; Secure; HttpOnly");
    attributes({.priority = Priority::low}, "; Path=/; SameSite=Lax; Priority=Low; Secure; HttpOnly");
    attributes({.priority = Priority::medium}, "; Path=/; SameSite=Lax; Priority=Medium; Secure; HttpOnly");
    attributes({.priority = Priority::high}, "; Path=/; SameSite=Lax; Priority=High; Secure; HttpOnly");
    attributes({.partitioned = true}, "; Path=/; SameSite=Lax; Partitioned; Secure; HttpOnly");
    attributes({.same_party = true}, "; Path=/; SameSite=Lax; SameParty; Secure; HttpOnly");
    attributes({.http_only = false, .secure = false, .same_site = SameSite::unset}, "; Path=/");
    attributes({.path = "/p",
                .domain = "d.example",
                .same_site = SameSite::none,
                .priority = Priority::high,
                .partitioned = true,
                .same_party = true},
               "; Domain=d.example; Path=/p; SameSite=None; Priority=High; SameParty; Partitioned; Secure; HttpOnly");
}

TEST_CASE("an expired cookie keeps its attributes, for a client removes it by name, domain and path")
{
    const SetCookie set_cookie{{.path = "/p", .domain = "d.example"}, "session"};
    CHECK(expired(set_cookie, 1) == "session=; Domain=d.example; Path=/p; SameSite=Lax; Secure; HttpOnly"
                                    "; Expires=Thu, 01 Jan 1970 00:00:01 GMT; Max-Age=0");
    CHECK(expired(set_cookie, 3).starts_with("session.3=; Domain=d.example; Path=/p; "));
}

TEST_CASE("a persistent cookie")
{
    const SetCookie set_cookie{{.secure = false}, "remember"};
    CHECK(persistent(set_cookie, 1, "", "abc", days{7}, at(1994, 10, 30, time_of_day)) ==
          "remember=abc; Path=/; SameSite=Lax; HttpOnly; Expires=Sun, 06 Nov 1994 08:49:37 GMT; Max-Age=604800");
    CHECK(persistent(set_cookie, 2, "TAGTAGTA", "abc", days{7}, at(1994, 10, 30))
              .starts_with("remember.2=TAGTAGTAabc; "));
}

TEST_CASE("prior art 20: Expires and Max-Age tell the same end, and never more than 400 days")
{
    const SetCookie set_cookie{{}, "remember"};
    const auto now = at(2024, 1, 1);
    const auto ends = [&](seconds max_age, std::string_view expected) {
        CHECK(persistent(set_cookie, 1, "", "", max_age, now).ends_with(expected));
    };
    ends(seconds{1}, "; Expires=Mon, 01 Jan 2024 00:00:01 GMT; Max-Age=1");
    ends(days{400}, "; Expires=Tue, 04 Feb 2025 00:00:00 GMT; Max-Age=34560000");
    ends(days{400} + seconds{1}, "; Expires=Tue, 04 Feb 2025 00:00:00 GMT; Max-Age=34560000");
    ends(seconds::max(), "; Expires=Tue, 04 Feb 2025 00:00:00 GMT; Max-Age=34560000");
    ends(seconds{0}, "; Expires=Mon, 01 Jan 2024 00:00:00 GMT; Max-Age=0");
    ends(seconds{-5}, "; Expires=Mon, 01 Jan 2024 00:00:00 GMT; Max-Age=0");
}

TEST_CASE("dates")
{
    date(at(1994, 11, 6, time_of_day), "Sun, 06 Nov 1994 08:49:37 GMT"); // RFC 9110's example
    date(at(1970, 1, 1), "Thu, 01 Jan 1970 00:00:00 GMT");
    date(at(2000, 2, 29, 86399), "Tue, 29 Feb 2000 23:59:59 GMT");
    date(at(2023, 12, 31), "Sun, 31 Dec 2023 00:00:00 GMT");
    date(at(2038, 1, 19, 3 * 3600 + 14 * 60 + 8), "Tue, 19 Jan 2038 03:14:08 GMT");
    date(at(2100, 3, 1), "Mon, 01 Mar 2100 00:00:00 GMT");
    date(at(9999, 12, 31, 86399), "Fri, 31 Dec 9999 23:59:59 GMT");
}

TEST_CASE("dates that have no four-digit year")
{
    date(sys_seconds{seconds{-1}}, "Thu, 01 Jan 1970 00:00:00 GMT");
    date(sys_seconds::min(), "Thu, 01 Jan 1970 00:00:00 GMT");
    date(at(9999, 12, 31, 86400), "Fri, 31 Dec 9999 23:59:59 GMT");
    date(sys_seconds::max(), "Fri, 31 Dec 9999 23:59:59 GMT");
}

TEST_CASE("each month and weekday is written as its own")
{
    constexpr std::string_view months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                           "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    constexpr std::string_view weekdays[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    for (unsigned m = 1; m <= 12; ++m) {
        const auto text = cookie::detail::http_date(at(2023, m, 15));
        CHECK(std::string_view{text.data() + 8, 3} == months[m - 1]);
    }
    for (unsigned d = 1; d <= 7; ++d) { // 1 January 2024 was a Monday
        const auto text = cookie::detail::http_date(at(2024, 1, d));
        CHECK(std::string_view{text.data(), 3} == weekdays[d - 1]);
    }
}

TEST_CASE("the lines of one response, in their order")
{
    const SetCookie set_cookie{{}, "session"};
    cookie::Lines lines;
    CHECK(lines.empty());
    set_cookie.add(lines, 1, "", "abc");
    set_cookie.add(lines, 2, "TAGTAGTA", "def");
    set_cookie.add_expired(lines, 3);
    CHECK(std::vector<std::string>(lines.begin(), lines.end()) ==
          std::vector{line(set_cookie, 1, "", "abc"), line(set_cookie, 2, "TAGTAGTA", "def"), expired(set_cookie, 3)});
}
