#include <sojourn/codec/map.hpp>

#include <sojourn/codec/json.hpp>
#include <sojourn/codec/message_pack.hpp>

#include <doctest/doctest.h>

#include <array>
#include <chrono>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

using namespace sojourn;
using namespace std::string_literals;

namespace map_test {

struct Item {
    std::string name;
    int count = 0;
    bool operator==(const Item&) const = default;
};

} // namespace map_test

BOOST_HANA_ADAPT_STRUCT(map_test::Item, name, count);

using map_test::Item;

namespace {

Map example()
{
    Map map;
    map.set("text", "hello");
    map.set("yes", true);
    map.set("small", -5);
    map.set("huge", std::numeric_limits<std::uint64_t>::max());
    map.set("ratio", 1.5);
    map.set("bytes", Bytes{std::byte{1}, std::byte{255}});
    map.set("nothing", std::optional<int>{});
    map.set("item", Item{"tea", 2});
    map.set("items", std::vector<Item>{{"tea", 2}, {"milk", 1}});
    map.set("nested", Map{{"b", Value{2}}, {"a", Value{"one"}}});
    return map;
}

template <class T>
void ok(const T& value)
{
    Map map;
    map.set("key", value);
    const auto got = map.get<T>("key");
    REQUIRE(got.has_value());
    REQUIRE(got->has_value());
    CHECK(**got == value);
}

template <class T>
void mismatch(const Map& map, std::string_view key)
{
    const auto got = map.get<T>(key);
    CAPTURE(key);
    REQUIRE(got.has_error());
    CHECK(got.error() == errc::type_mismatch);
    CHECK(got.error().detail() == key);
    CHECK(map.get<T>(key, T{}).error() == errc::type_mismatch);
}

} // namespace

TEST_CASE("what was set is got, as whatever a struct's member may be")
{
    ok(true);
    ok(-1);
    ok('x');
    ok(std::numeric_limits<std::uint64_t>::max());
    ok(std::numeric_limits<std::int64_t>::min());
    ok(1.5);
    ok(0.1F);
    ok("text"s);
    ok(Bytes(3));
    ok(std::array<std::byte, 2>{std::byte{7}});
    ok(std::optional<int>{});
    ok(std::optional<int>{3});
    ok(std::vector<std::vector<int>>{{1}, {}, {2, 3}});
    ok(std::map<std::string, Item>{{"a", {"tea", 1}}, {"b", {"milk", 2}}});
    ok(std::variant<int, std::string>{"x"});
    ok(std::chrono::sys_seconds{std::chrono::seconds{5}});
    ok(Item{"tea", 2});
    ok(Map{{"a", Value{1}}});
    ok(Value{Value::Array{Value{1}, Value{"x"}}});
}

TEST_CASE("text of any type is a string, and an integer the same whatever type it came from")
{
    Map map;
    map.set("a", "literal");
    map.set("b", std::string_view{"view"});
    CHECK(**map.get<std::string>("a") == "literal");
    CHECK(**map.get<std::string>("b") == "view");
    CHECK(Value{5} == Value{std::uint64_t{5}});
    CHECK(Value{std::uint64_t{1} << 63} != Value{std::numeric_limits<std::int64_t>::min()});
    CHECK(Value{"x"} == Value{"x"s});
    CHECK(Value{1} != Value{1.0});
    CHECK(Value{1.5} == Value{1.5});
    CHECK(Value{std::numeric_limits<double>::quiet_NaN()} == Value{std::numeric_limits<double>::quiet_NaN()});
    CHECK(Value{std::numeric_limits<double>::quiet_NaN()} != Value{1.5});
    CHECK(Value{1} != Value{true});
}

TEST_CASE("nothing there is no error, another type is")
{
    const auto map = example();
    const auto missing = map.get<int>("missing");
    REQUIRE(missing.has_value());
    CHECK(!missing->has_value());
    CHECK(*map.get<int>("missing", 7) == 7);
    CHECK(*map.get<int>("small", 7) == -5);

    mismatch<int>(map, "text");
    mismatch<int>(map, "ratio");
    mismatch<int>(map, "nothing");
    mismatch<unsigned>(map, "small");
    mismatch<std::int64_t>(map, "huge");
    mismatch<bool>(map, "small");
    mismatch<std::string>(map, "small");
    mismatch<Item>(map, "items");
    mismatch<std::vector<int>>(map, "items");
    mismatch<std::string>(map, "nested");

    Map large;
    large.set("d", 1e300);
    mismatch<float>(large, "d");
}

TEST_CASE("set replaces, erase removes, the order is that of the names")
{
    Map map;
    map.set("b", 1);
    map.set("c", 1);
    map.set("a", 1);
    map.set("b", "two");
    CHECK(map.size() == 3);
    std::string names;
    for (const auto& [key, value] : map)
        names += key;
    CHECK(names == "abc");
    CHECK(map.erase("b"));
    CHECK(!map.erase("b"));
    CHECK(!map.contains("b"));
    CHECK(map.contains("c"));
    CHECK(map == Map{{"c", Value{1}}, {"a", Value{1}}});
    CHECK(map != Map{{"c", Value{1}}, {"a", Value{2}}});
    map.clear();
    CHECK(map.empty());
}

TEST_CASE_TEMPLATE("a map comes back from its bytes", Codec, codec::MessagePack<Map>, codec::Json<Map>)
{
    static_assert(CodecPolicy<Codec>);
    const Codec codec;
    Buffer out, unknown;
    REQUIRE(codec.encode(example(), {}, {}, out).has_value());
    Map back;
    REQUIRE(codec.decode({out.data(), out.size()}, {}, back, unknown).has_value());
    CHECK(back.size() == example().size());
    CHECK(**back.template get<Bytes>("bytes") == Bytes{std::byte{1}, std::byte{255}});
    CHECK(**back.template get<Item>("item") == Item{"tea", 2});
    for (const auto& [key, value] : example())
        if (key != "bytes") {
            CAPTURE(key);
            REQUIRE(back.contains(key));
            CHECK((*back.find(key) == value));
        }

    Buffer again;
    REQUIRE(codec.encode(back, {}, {}, again).has_value());
    CHECK(as_text({again.data(), again.size()}) == as_text({out.data(), out.size()}));
}

TEST_CASE("names may come in any order, but not twice")
{
    const auto decode = [](std::string_view text, Map& map) {
        Buffer unknown;
        return codec::Json<Map>{}.decode(as_bytes(text), {}, map, unknown);
    };
    Map map;
    REQUIRE(decode(R"({"c":1,"a":2,"b":{"z":1.0,"y":[null,true]}})", map).has_value());
    CHECK(*map.get<int>("a", 0) == 2);
    CHECK(map.begin()->first == "a");
    CHECK(decode(R"({"c":1,"a":2,"c":1})", map).error() == errc::bad_data);
    CHECK(decode(R"({"x":{"c":1,"c":1}})", map).error() == errc::bad_data);
    CHECK(decode(R"([])", map).error() == errc::bad_data);
    CHECK(decode(R"({"a":18446744073709551616})", map).has_value()); // no 64-bit integer: a double
    CHECK(*map.get<double>("a", 0) == 18446744073709551616.0);
}

TEST_CASE("many names in the worst order do not take their number squared")
{
    std::string text = "{";
    for (int i = 400000; i-- > 100000;)
        text += '"' + std::to_string(i) + "\":0,";
    text.back() = '}';
    Map map;
    Buffer unknown;
    REQUIRE(codec::Json<Map>{}.decode(as_bytes(text), {}, map, unknown).has_value());
    CHECK(map.size() == 300000);
}
