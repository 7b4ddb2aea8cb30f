#include <sojourn/cookie/attributes.hpp>

#include <sojourn/error.hpp>

#include <doctest/doctest.h>

#include <string>
#include <string_view>

using namespace sojourn;
using cookie::Attributes;
using cookie::Prefix;
using cookie::SameSite;

namespace {

void ok(const Attributes& attributes, std::string_view name = "session")
{
    CAPTURE(name);
    CHECK(cookie::check(attributes, name).has_value());
}

/// Refused with a detail that begins with the option's name.
void bad(const Attributes& attributes, std::string_view option, std::string_view name = "session")
{
    CAPTURE(name);
    CAPTURE(option);
    const auto checked = cookie::check(attributes, name);
    REQUIRE(checked.has_error());
    CHECK(checked.error() == errc::unlawful_option);
    CHECK(checked.error().detail().starts_with(std::string{option} + " "));
}

void named(const Attributes& attributes, std::string_view expected)
{
    CHECK(cookie::check(attributes, "s").has_value());
    CHECK(cookie::prefixed_name(attributes, "s") == expected);
}

} // namespace

TEST_CASE("the defaults are lawful and strict")
{
    const Attributes defaults;
    ok(defaults);
    CHECK(defaults.path == "/");
    CHECK(defaults.domain.empty());
    CHECK(defaults.http_only);
    CHECK(defaults.secure);
    CHECK(defaults.same_site == SameSite::lax);
    CHECK(defaults.priority == cookie::Priority::unset);
    CHECK_FALSE(defaults.partitioned);
    CHECK_FALSE(defaults.same_party);
    named(defaults, "__Host-s");
}

TEST_CASE("names")
{
    ok({}, "s");
    ok({}, std::string(128, 's'));
    ok({}, "a.b");
    ok({}, "s2");
    ok({}, "s.1");
    ok({}, "s.10");
    ok({}, "s.22");
    ok({}, "!#$%&'*+-.^_`|~");
    ok({}, "Host-s");
    ok({}, "x__Host-s");

    bad({}, "cookie_name", "");
    bad({}, "cookie_name", std::string(129, 's'));
    for (const std::string_view name : {"a b", " a", "a=b", "a;b", "a,b", "a\"", "a\t", "a\x7f", "\xc3\xa4", "a/b",
                                        "(a)", "[a]", "{a}", "a@b", "a:b", "a?b", "a\\b", "a\r\nb"})
        bad({}, "cookie_name", name);
    bad({}, "cookie_name", std::string_view{"a\0b", 3});
}

TEST_CASE("prior art 23: a name that could be a continuation cookie's")
{
    for (char number = '2'; number <= '9'; ++number)
        bad({}, "cookie_name", std::string{"s."} + number);
    bad({}, "cookie_name", ".2");
}

TEST_CASE("a prefix is an option, not part of the name")
{
    for (const std::string_view name :
         {"__Host-s", "__host-s", "__HOST-", "__Secure-s", "__sEcUrE-s", "__Http-s", "__Host-Http-s"})
        bad({}, "cookie_name", name);
}

TEST_CASE("paths")
{
    ok({.path = "/"});
    ok({.path = "/shop/~a%20b"});
    ok({.path = "/" + std::string(1023, 'a')});
    bad({.path = "/" + std::string(1024, 'a')}, "cookie_path");
    for (const std::string_view path :
         {"", "shop", "*", "/a;b", "/a; Secure", "/a b", "/a ", "/a\t", "/a\r\nX: y", "/\x7f", "/\xc3\xa4"})
        bad({.path = std::string{path}}, "cookie_path");
    bad({.path = std::string("/a\0b", 4)}, "cookie_path");
}

TEST_CASE("domains")
{
    for (const std::string_view domain : {"example.com", "EXAMPLE.com", "a.b-c.example", "xn--bcher-kva.example",
                                          "intranet", "localhost", "127.0.0.1", "1.example"})
        ok({.domain = std::string{domain}});
    ok({.domain = std::string(63, 'a') + ".example"});
    bad({.domain = std::string(64, 'a') + ".example"}, "cookie_domain");

    std::string longest;
    while (longest.size() < 252)
        longest += "a.";
    ok({.domain = longest + "a"});
    bad({.domain = longest + "aa"}, "cookie_domain");

    for (const std::string_view domain :
         {".", ".example.com", "example.com.", "a..b", "-a.example", "a-.example", "a_b.example", "a b", "a;b", "a\r\n",
          "a,b", "*.example.com", "example.com:80", "[::1]", "http://a", "b\xc3\xbc.example"})
        bad({.domain = std::string{domain}}, "cookie_domain");
}

TEST_CASE("localhost is no domain")
{
    CHECK(cookie::effective_domain({.domain = "LocalHost"}).empty());
    CHECK(cookie::effective_domain({.domain = "my.localhost"}) == "my.localhost");
    CHECK(cookie::effective_domain({.domain = "localhos"}) == "localhos");
    named({.domain = "localhost"}, "__Host-s");
    named({.domain = "localhost", .prefix = Prefix::host}, "__Host-s");
}

TEST_CASE("what needs Secure")
{
    ok({.secure = false});
    ok({.secure = false, .same_site = SameSite::unset});
    ok({.secure = false, .same_site = SameSite::strict});
    ok({.secure = false, .prefix = Prefix::none});
    bad({.secure = false, .same_site = SameSite::none}, "cookie_same_site");
    bad({.secure = false, .partitioned = true}, "cookie_partitioned");
    bad({.secure = false, .same_party = true}, "cookie_same_party");
    bad({.secure = false, .prefix = Prefix::host}, "cookie_prefix");
    bad({.secure = false, .prefix = Prefix::secure}, "cookie_prefix");

    ok({.same_site = SameSite::none});
    ok({.partitioned = true});
    ok({.same_party = true});
    ok({.prefix = Prefix::secure});
}

TEST_CASE("SameParty and SameSite")
{
    for (const auto same_site : {SameSite::unset, SameSite::lax, SameSite::none})
        ok({.same_site = same_site, .same_party = true});
    bad({.same_site = SameSite::strict, .same_party = true}, "cookie_same_party");
    ok({.same_site = SameSite::strict});
}

TEST_CASE("__Host- needs the path / and no domain")
{
    ok({.prefix = Prefix::host});
    bad({.path = "/shop", .prefix = Prefix::host}, "cookie_prefix");
    bad({.domain = "example.com", .prefix = Prefix::host}, "cookie_prefix");
    ok({.path = "/shop", .domain = "example.com", .prefix = Prefix::secure});
    ok({.path = "/shop", .domain = "example.com", .prefix = Prefix::automatic});
}

TEST_CASE("the prefix in the full name")
{
    named({.prefix = Prefix::automatic}, "__Host-s");
    named({.path = "/shop"}, "s");
    named({.domain = "example.com"}, "s");
    named({.secure = false}, "s");
    named({.prefix = Prefix::none}, "s");
    named({.prefix = Prefix::host}, "__Host-s");
    named({.prefix = Prefix::secure}, "__Secure-s");
}
