#include <sojourn/codec/message_pack.hpp>

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

using namespace sojourn;
using namespace std::string_literals;

namespace message_pack_test {

struct Point {
    int x = 0;
    double y = 0;
    std::vector<std::string> names;
};

} // namespace message_pack_test

BOOST_HANA_ADAPT_STRUCT(message_pack_test::Point, x, y, names);

using message_pack_test::Point;

namespace {

template <class T>
void ok(const T& value, const std::string& bytes)
{
    CAPTURE(bytes);
    const codec::MessagePack<T> codec;
    Buffer out, unknown;
    REQUIRE(codec.encode(value, {}, {}, out).has_value());
    CHECK(as_text({out.data(), out.size()}) == bytes);
    T back{};
    CHECK(codec.decode(as_bytes(bytes), {}, back, unknown).has_value());
    CHECK(back == value);
}

/// Not what we write, but what others may.
template <class T>
void reads(const std::string& bytes, const T& value)
{
    CAPTURE(bytes);
    T back{};
    Buffer unknown;
    CHECK(codec::MessagePack<T>{}.decode(as_bytes(bytes), {}, back, unknown).has_value());
    CHECK(back == value);
}

template <class T>
void bad(const std::string& bytes)
{
    CAPTURE(bytes);
    T data{};
    Buffer unknown;
    CHECK(codec::MessagePack<T>{}.decode(as_bytes(bytes), {}, data, unknown).error() == errc::bad_data);
}

} // namespace

TEST_CASE("MessagePack writes each value in its shortest form (spec.md, Formats)")
{
    ok(false, "\xc2");
    ok(true, "\xc3");
    ok(0, "\0"s);
    ok(127, "\x7f");
    ok(128, "\xcc\x80");
    ok(256, "\xcd\x01\0"s);
    ok(65536, "\xce\0\x01\0\0"s);
    ok(std::uint64_t{1} << 32, "\xcf\0\0\0\x01\0\0\0\0"s);
    ok(-1, "\xff");
    ok(-32, "\xe0");
    ok(-33, "\xd0\xdf");
    ok(-129, "\xd1\xff\x7f");
    ok(-32769, "\xd2\xff\xff\x7f\xff");
    ok(std::int64_t{-2147483649}, "\xd3\xff\xff\xff\xff\x7f\xff\xff\xff");
    ok(1.5F, "\xca\x3f\xc0\0\0"s);
    ok(-1.5, "\xcb\xbf\xf8\0\0\0\0\0\0"s);
    ok(""s, "\xa0");
    ok(std::string(31, 'a'), "\xbf" + std::string(31, 'a'));
    ok(std::string(32, 'a'), "\xd9\x20" + std::string(32, 'a'));
    ok(std::string(256, 'a'), "\xda\x01\0"s + std::string(256, 'a'));
    ok(std::string(65536, 'a'), "\xdb\0\x01\0\0"s + std::string(65536, 'a'));
    ok("\xff\0 not UTF-8"s, "\xac\xff\0 not UTF-8"s);
    ok(Bytes{std::byte{1}}, "\xc4\x01\x01");
    ok(Bytes(256), "\xc5\x01\0"s + std::string(256, '\0'));
    ok(Bytes(65536), "\xc6\0\x01\0\0"s + std::string(65536, '\0'));
    ok(std::vector<bool>(15), "\x9f" + std::string(15, '\xc2'));
    ok(std::vector<bool>(16), "\xdc\0\x10"s + std::string(16, '\xc2'));
    ok(std::vector<bool>(65536), "\xdd\0\x01\0\0"s + std::string(65536, '\xc2'));
    ok(std::optional<int>{}, "\xc0");
}

TEST_CASE("MessagePack reads what other encoders write")
{
    reads("\xd3\0\0\0\0\0\0\0\x05"s, std::uint8_t{5});
    reads("\xcf\0\0\0\0\0\0\0\x05"s, std::int8_t{5});
    reads("\xd0\xff", -1);
    reads("\x07", 7.0);
    reads("\xff", -1.0F);
    reads("\xca\x3f\xc0\0\0"s, 1.5);
    reads("\xd9\x01x", "x"s);
    reads("\xdb\0\0\0\x01x"s, "x"s);
    reads("\xc6\0\0\0\x01x"s, Bytes{std::byte{'x'}});
    reads("\xdd\0\0\0\x01\x01"s, std::vector<int>{1});
}

TEST_CASE("MessagePack refuses")
{
    bad<int>("");
    bad<int>("\xc1");
    bad<int>("\x01\x01"); // more than one value
    bad<int>("\xcc");
    bad<std::string>("\xa2x");
    bad<std::string>("\xc4\x01x"); // bytes are not text
    bad<Bytes>("\xa1x");
    bad<Point>("\x81\x01\x01");           // a name must be a string
    bad<Point>("\x81\xa1x\xc0");          // null is not an int
    bad<Point>("\x82\xa1x\x01\xa1x\x01"); // x twice
    bad<Point>("\x82\xa1x\x01");
    bad<Point>("\x81\xa1z\xc1");
    bad<Point>("\x90");
}

TEST_CASE("MessagePack skips any well-formed value of an unknown member, and gives it back")
{
    for (const auto& value : {"\x01"s,
                              "\xff"s,
                              "\xc0"s,
                              "\xc2"s,
                              "\xc4\x01x"s,
                              "\xc5\0\x01x"s,
                              "\xc6\0\0\0\x01x"s,
                              "\xc7\x01\x05x"s,
                              "\xc8\0\x01\x05x"s,
                              "\xc9\0\0\0\x01\x05x"s,
                              "\xca\0\0\0\0"s,
                              "\xcb\0\0\0\0\0\0\0\0"s,
                              "\xcc\x01"s,
                              "\xcd\0\x01"s,
                              "\xce\0\0\0\x01"s,
                              "\xcf\0\0\0\0\0\0\0\x01"s,
                              "\xd0\x01"s,
                              "\xd1\0\x01"s,
                              "\xd2\0\0\0\x01"s,
                              "\xd3\0\0\0\0\0\0\0\x01"s,
                              "\xd4\x05x"s,
                              "\xd5\x05xx"s,
                              "\xd6\x05xxxx"s,
                              "\xd7\x05xxxxxxxx"s,
                              "\xd8\x05xxxxxxxxxxxxxxxx"s,
                              "\xa1x"s,
                              "\xd9\x01x"s,
                              "\xda\0\x01x"s,
                              "\xdb\0\0\0\x01x"s,
                              "\x91\x01"s,
                              "\xdc\0\x01\x01"s,
                              "\xdd\0\0\0\x01\x01"s,
                              "\x81\x01\x02"s,
                              "\xde\0\x01\x01\x02"s,
                              "\xdf\0\0\0\x01\x91\x01\x02"s}) {
        CAPTURE(value);
        const codec::MessagePack<Point> codec;
        const auto member = "\xa1z" + value;
        Point point;
        Buffer unknown, out;
        REQUIRE(codec.decode(as_bytes("\x82\xa1x\x07" + member), {}, point, unknown).has_value());
        CHECK(point.x == 7);
        CHECK(as_text({unknown.data(), unknown.size()}) == member);
        REQUIRE(codec.encode(point, {unknown.data(), unknown.size()}, {}, out).has_value());
        CHECK(as_text({out.data(), out.size()}) == "\x84\xa1x\x07\xa1y\xcb\0\0\0\0\0\0\0\0\xa5names\x90"s + member);

        for (std::size_t size = 0; size < value.size(); ++size)
            bad<Point>("\x81\xa1z" + value.substr(0, size));
    }
}

TEST_CASE("MessagePack trusts no claimed size")
{
    bad<std::string>("\xdb\xff\xff\xff\xff");
    bad<Bytes>("\xc6\xff\xff\xff\xff");
    bad<std::vector<std::string>>("\xdd\xff\xff\xff\xff\xa0");
    bad<Point>("\xdf\xff\xff\xff\xff\xa1x\x01");
    bad<Point>("\x81\xa1z\xdd\xff\xff\xff\xff\x01");
    bad<Point>("\x81\xa1z\xdf\xff\xff\xff\xff\x01");
    bad<Point>("\x81\xa1z\xc9\xff\xff\xff\xff\x01");

    // As many elements as there are bytes may be claimed, but memory comes with the elements.
    std::vector<std::array<std::string, 64>> large;
    Buffer unknown;
    const auto claims = "\xdd\x00\x10\x00\x00"s + std::string(1 << 20, '\xc0');
    CHECK(codec::MessagePack<decltype(large)>{}.decode(as_bytes(claims), {}, large, unknown).has_error());
    CHECK(large.capacity() * sizeof(large[0]) <= claims.size() + 8 * sizeof(large[0]));
}

TEST_CASE("MessagePack refuses what is nested too deeply, also where it is only skipped")
{
    const auto nested = [](std::string_view opening, std::size_t depth) {
        std::string text{"\x81\xa1z"};
        for (std::size_t i = 0; i < depth; ++i)
            text += opening;
        return text + "\x01";
    };
    Point point;
    Buffer unknown;
    CHECK(codec::MessagePack<Point>{}.decode(as_bytes(nested("\x91", 63)), {}, point, unknown).has_value());
    bad<Point>(nested("\x91", 64));
    bad<Point>(nested("\x91", 1000000));
    bad<Point>(nested("\x81\x01", 64));
}

TEST_CASE("MessagePack: unknown members that are not in the format are not written")
{
    Buffer out;
    CHECK(codec::MessagePack<Point>{}.encode({}, as_bytes("\xa1z"), {}, out).error() == errc::bad_data);
    CHECK(out.empty());
}
