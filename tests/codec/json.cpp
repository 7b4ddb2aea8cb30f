#include <sojourn/codec/json.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

using namespace sojourn;
using namespace std::string_literals;

namespace json_test {

struct Point {
    int x = 0;
    double y = 0;
    std::vector<std::string> names;
};

} // namespace json_test

BOOST_HANA_ADAPT_STRUCT(json_test::Point, x, y, names);

using json_test::Point;

namespace {

std::string text_of(const Buffer& buffer) { return std::string{as_text({buffer.data(), buffer.size()})}; }

template <class T>
void reads(const std::string& text, const T& value)
{
    CAPTURE(text);
    T back{};
    Buffer unknown;
    CHECK(codec::Json<T>{}.decode(as_bytes(text), {}, back, unknown).has_value());
    CHECK(back == value);
}

template <class T>
void ok(const T& value, const std::string& text)
{
    Buffer out;
    REQUIRE(codec::Json<T>{}.encode(value, {}, {}, out).has_value());
    CHECK(text_of(out) == text);
    reads(text, value);
}

template <class T>
void bad(const std::string& text)
{
    CAPTURE(text);
    T data{};
    Buffer unknown;
    CHECK(codec::Json<T>{}.decode(as_bytes(text), {}, data, unknown).error() == errc::bad_data);
}

template <class T>
void cannot_write(const T& value)
{
    Buffer out;
    CHECK(codec::Json<T>{}.encode(value, {}, {}, out).error() == errc::bad_data);
    CHECK(out.empty());
}

} // namespace

TEST_CASE("JSON is written without spaces, numbers in their shortest form")
{
    ok(true, "true");
    ok(-7, "-7");
    ok(std::numeric_limits<std::uint64_t>::max(), "18446744073709551615");
    ok(std::numeric_limits<std::int64_t>::min(), "-9223372036854775808");
    ok(0.1, "0.1");
    ok(2.0, "2.0"); // never looks like an integer
    ok(1e23, "1e+23");
    ok(0.1F, "0.1");
    ok(std::optional<int>{}, "null");
    ok(std::vector<int>{}, "[]");
    ok(std::vector<std::vector<int>>{{}, {1, 2}, {}}, "[[],[1,2],[]]");
    ok(std::map<std::string, int>{{"", 1}, {"a", 2}}, R"({"":1,"a":2})");
    ok(Bytes{}, R"("")");
    ok(Bytes{std::byte{0xfb}, std::byte{0xff}}, R"("-_8")");
    ok("\"\\/\b\f\n\r\t\x01\x1f\x7f"s, R"("\"\\/\b\f\n\r\t\u0001\u001f)"
                                       "\x7f\"");
    ok("\0"s, R"("\u0000")");
    ok("\xc3\xa9\xe2\x98\x83\xf0\x9d\x84\x9e"s, "\"\xc3\xa9\xe2\x98\x83\xf0\x9d\x84\x9e\"");
    for (std::size_t size = 0; size < 20; ++size) // an escape at each place of a word of eight
        ok(std::string(size, 'x') + '"' + std::string(19 - size, 'y'),
           '"' + std::string(size, 'x') + "\\\"" + std::string(19 - size, 'y') + '"');
}

TEST_CASE("JSON reads what other encoders write (RFC 8259)")
{
    reads(" \t\r\n[ 1 , 2 ] ", std::vector<int>{1, 2});
    reads(R"({ "a" : 1 , "b" : 2 })", std::map<std::string, int>{{"a", 1}, {"b", 2}});
    reads("-0", 0);
    reads("1", 1.0);
    reads("1E2", 100.0);
    reads("1.5e-1", 0.15);
    reads(R"("\u0041\/\u00e9\u20AC\ud834\udd1e")", "A/\xc3\xa9\xe2\x82\xac\xf0\x9d\x84\x9e"s);
    reads(R"({"\u0061":1})", std::map<std::string, int>{{"a", 1}});
}

TEST_CASE("JSON refuses numbers that are none (RFC 8259 section 6)")
{
    for (const auto* text : {"",
                             "-",
                             "+1",
                             "01",
                             "-01",
                             ".5",
                             "1.",
                             "1.e1",
                             "1e",
                             "1e+",
                             "0x1",
                             "NaN",
                             "Infinity",
                             "-Infinity",
                             "1 2",
                             "1,",
                             "1_0",
                             "\xef\xbb\xbf"
                             "1",
                             "1e400",
                             "-1e400"})
        bad<double>(text);
    for (const auto* text : {"1.0", "1e2", "9223372036854775808", "true", "\"1\"", "null"})
        bad<std::int64_t>(text);
}

TEST_CASE("JSON refuses strings that are none (RFC 8259 section 7)")
{
    for (const auto* text :
         {R"(")", R"("x)", R"("\")", R"("\x")", R"("\u12")", R"("\u12g4")", R"("\u-123")", R"("\ud834")",
          R"("\ud834x")", R"("\ud834\u0041")", R"("\udd1e")", R"("\ud834\)", R"('x')", "\"\n\"", "\"\x1f\""})
        bad<std::string>(text);
    bad<std::string>("\"\0\""s);
    bad<std::string>("\"\\\0\""s);
}

TEST_CASE("JSON refuses what is not UTF-8 (Unicode, table 3-7), both ways")
{
    for (const auto& text :
         {"\x80"s, "\xbf"s, "\xc0\x80"s, "\xc1\xbf"s, "\xc2"s, "\xc2x"s, "\xe0\x9f\xbf"s, "\xe2\x98"s, "\xed\xa0\x80"s,
          "\xed\xbf\xbf"s, "\xf0\x8f\xbf\xbf"s, "\xf4\x90\x80\x80"s, "\xf5\x80\x80\x80"s, "\xf0\x9d\x84"s, "\xff"s}) {
        bad<std::string>('"' + text + '"');
        cannot_write(text);
        cannot_write(std::map<std::string, int>{{text, 1}});
    }
    for (const auto& text : {"\xc2\x80"s, "\xdf\xbf"s, "\xe0\xa0\x80"s, "\xed\x9f\xbf"s, "\xee\x80\x80"s,
                             "\xef\xbf\xbf"s, "\xf0\x90\x80\x80"s, "\xf4\x8f\xbf\xbf"s})
        ok(text, '"' + text + '"');
}

TEST_CASE("JSON refuses structures that are none")
{
    for (const auto* text : {"[", "[1", "[1,", "[1,]", "[,]", "[1 2]", "]", "[1}", "[]]"})
        bad<std::vector<int>>(text);
    for (const auto* text : {"{", "{}}", R"({"x"})", R"({"x":})", R"({"x":1,})", R"({"x":1 "y":2})", R"({x:1})",
                             R"({1:1})", R"({"x":1,"x":1})", R"({"x":1,"\u0078":1})", R"({"z":tru})", R"({"z":nul})",
                             R"({"z":[1,]})", R"({"z":"\x"})", R"({"z":01})", R"([])", "null"})
        bad<Point>(text);
}

TEST_CASE("JSON refuses bytes that are not canonical base64url")
{
    for (const auto* text : {R"("A")", R"("AA==")", R"("AB")", R"("+/8")", R"("\u0041A")", R"("AA ")"})
        bad<Bytes>(text);
    bad<std::array<std::byte, 2>>(R"("AA")");
}

TEST_CASE("JSON has no NaN, no infinity")
{
    cannot_write(std::numeric_limits<double>::quiet_NaN());
    cannot_write(std::numeric_limits<double>::infinity());
    cannot_write(-std::numeric_limits<float>::infinity());
    cannot_write(std::vector<double>{1, std::numeric_limits<double>::infinity()});
}

TEST_CASE("JSON keeps the text of unknown members")
{
    const codec::Json<Point> codec;
    Point point;
    Buffer unknown, out;
    REQUIRE(codec
                .decode(as_bytes(R"( { "p" : 1.50 , "x" : 7 , "q" : [ {"n":1e400} ] , "\u0072" : null } )"), {}, point,
                        unknown)
                .has_value());
    CHECK(point.x == 7);
    CHECK(text_of(unknown) == R"("p":1.50,"q":[ {"n":1e400} ],"r":null)");
    REQUIRE(codec.encode(point, {unknown.data(), unknown.size()}, {}, out).has_value());
    CHECK(text_of(out) == R"({"x":7,"y":0.0,"names":[],"p":1.50,"q":[ {"n":1e400} ],"r":null})");
}

TEST_CASE("JSON keeps an unknown member that is there twice as it is: who knows the name refuses it")
{
    Point point;
    Buffer unknown;
    REQUIRE(codec::Json<Point>{}.decode(as_bytes(R"({"z":1,"\u007a":2})"), {}, point, unknown).has_value());
    CHECK(text_of(unknown) == R"("z":1,"z":2)");
}

TEST_CASE("JSON behind other bytes of the buffer")
{
    for (const std::string_view before : {"[", "x", "\1"}) {
        Buffer out;
        out.append(as_bytes(before));
        REQUIRE(codec::Json<Point>{}.encode({1, 2, {"n"}}, {}, {}, out).has_value());
        CHECK(text_of(out) == std::string{before} + R"({"x":1,"y":2.0,"names":["n"]})");
    }
}

TEST_CASE("JSON refuses what is nested too deeply, also where it is only skipped")
{
    const auto nested = [](std::size_t depth) {
        return R"({"z":)" + std::string(depth, '[') + std::string(depth, ']') + "}";
    };
    Point point;
    Buffer unknown;
    CHECK(codec::Json<Point>{}.decode(as_bytes(nested(63)), {}, point, unknown).has_value());
    bad<Point>(nested(64));
    bad<Point>(nested(1000000));
}
