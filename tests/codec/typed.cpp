#include <sojourn/codec/typed.hpp>

#include <sojourn/codec/json.hpp>
#include <sojourn/codec/map.hpp>
#include <sojourn/codec/message_pack.hpp>
#include <sojourn/core/merge.hpp>

#include <doctest/doctest.h>

#include <array>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <variant>
#include <vector>

// What holds for every format: here are the laws, in message_pack.cpp and json.cpp the formats.

using namespace sojourn;

namespace typed_test {

enum class Color : std::uint8_t { red, green };

struct Address {
    std::string street;
    std::optional<int> number;
};

struct Everything {
    bool flag = false;
    std::int8_t tiny = 0;
    std::uint64_t huge = 0;
    char letter = 'a';
    float single = 0;
    double ratio = 0;
    std::string text;
    Bytes bytes;
    std::array<std::byte, 4> four{};
    Color color = Color::red;
    std::optional<std::string> maybe;
    std::vector<Address> addresses;
    std::vector<bool> flags;
    std::deque<int> queue;
    std::array<int, 3> triple{};
    std::set<std::string> tags;
    std::map<std::string, Address> by_name;
    std::unordered_map<std::string, int> counts;
    std::variant<std::monostate, int, Address> either;
    std::pair<int, std::string> pair;
    std::tuple<bool, double, Address> tuple;
    std::chrono::sys_seconds since;
    std::chrono::system_clock::time_point exactly;
    std::chrono::milliseconds wait{};
    Address home;
};

struct Empty {};
struct Nobody {}; // neither adapted nor comparable

// The same struct in three releases.
struct First {
    std::string user = "nobody";
    int visits = 0;
};
struct Second {
    std::string user = "nobody";
    int visits = 0;
    std::vector<std::string> items;
    Address home;
};
struct Other {
    int visits = -1;
};
struct Narrow {
    std::int8_t tiny = 0;
};
struct Wide {
    std::int64_t tiny = 0;
};
struct Nested {
    std::vector<Nested> inner;
};

template <class T>
struct One {
    BOOST_HANA_DEFINE_STRUCT(One, (T, value));
};

} // namespace typed_test

BOOST_HANA_ADAPT_STRUCT(typed_test::Address, street, number);
BOOST_HANA_ADAPT_STRUCT(typed_test::Everything, flag, tiny, huge, letter, single, ratio, text, bytes, four, color,
                        maybe, addresses, flags, queue, triple, tags, by_name, counts, either, pair, tuple, since,
                        exactly, wait, home);
BOOST_HANA_ADAPT_STRUCT(typed_test::Empty);
BOOST_HANA_ADAPT_STRUCT(typed_test::First, user, visits);
BOOST_HANA_ADAPT_STRUCT(typed_test::Second, user, visits, items, home);
BOOST_HANA_ADAPT_STRUCT(typed_test::Other, visits);
BOOST_HANA_ADAPT_STRUCT(typed_test::Narrow, tiny);
BOOST_HANA_ADAPT_STRUCT(typed_test::Wide, tiny);
BOOST_HANA_ADAPT_STRUCT(typed_test::Nested, inner);

using namespace typed_test;

namespace {

struct MessagePack {
    template <class T>
    using codec = codec::MessagePack<T>;
};
struct Json {
    template <class T>
    using codec = codec::Json<T>;
};

constexpr CodecLimits limits{};

BytesView view(const Buffer& buffer) { return {buffer.data(), buffer.size()}; }

template <class Format, class T>
Bytes encoded(const T& data, BytesView unknown = {})
{
    Buffer out;
    typename Format::template codec<T> codec;
    REQUIRE(codec.encode(data, unknown, limits, out).has_value());
    return {out.data(), out.data() + out.size()};
}

template <class Format, class T>
Result<T> decoded(BytesView bytes, Buffer& unknown)
{
    T data{};
    typename Format::template codec<T> codec;
    if (auto result = codec.decode(bytes, limits, data, unknown); !result)
        return result.error();
    return data;
}

template <class Format, class T>
Result<T> decoded(BytesView bytes)
{
    Buffer unknown;
    return decoded<Format, T>(bytes, unknown);
}

/// What one release wrote, another reads.
template <class Format, class To, class From>
Result<To> as(const From& data)
{
    return decoded<Format, To>(encoded<Format>(data));
}

template <class Format, class T>
void ok(const T& value)
{
    const One<T> data{value};
    const auto bytes = encoded<Format>(data);
    const auto back = decoded<Format, One<T>>(bytes);
    CAPTURE(as_text(bytes));
    REQUIRE(back.has_value());
    CHECK(core::detail::equal(back->value, value));
}

Everything everything()
{
    Everything all;
    all.flag = true;
    all.tiny = -128;
    all.huge = std::numeric_limits<std::uint64_t>::max();
    all.letter = '\xff';
    all.single = 0.1F;
    all.ratio = 0.1;
    all.text = "quote \" backslash \\ newline \n NUL \0 snow \xe2\x98\x83 music \xf0\x9d\x84\x9e";
    all.bytes = {std::byte{0}, std::byte{255}, std::byte{7}};
    all.four = {std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}};
    all.color = Color{200}; // of a later release
    all.maybe = "";
    all.addresses = {{"one", 1}, {"two", std::nullopt}};
    all.flags = {true, false, true};
    all.queue = {-1, 300, -70000};
    all.triple = {1, 2, 3};
    all.tags = {"a", "b"};
    all.by_name = {{"", {"empty", 0}}, {"x", {"y", 2}}};
    all.counts = {{"one", 1}, {"two", 2}};
    all.either = Address{"here", 3};
    all.pair = {4, "four"};
    all.tuple = {true, 2.0, {"there", 5}};
    all.since = std::chrono::sys_seconds{std::chrono::seconds{1700000000}};
    all.exactly = std::chrono::system_clock::time_point{std::chrono::system_clock::duration{-12345}};
    all.wait = std::chrono::milliseconds{250};
    all.home = {"home", 6};
    return all;
}

} // namespace

TEST_CASE_TEMPLATE("each supported type comes back as it was", Format, MessagePack, Json)
{
    static_assert(CodecPolicy<typename Format::template codec<Everything>>);
    const auto back = as<Format, Everything>(everything());
    REQUIRE(back.has_value());
    for_each_member(*back, [original = everything()](std::string_view name, const auto& value) {
        CAPTURE(name);
        for_each_member(original, [&](std::string_view other_name, const auto& other) {
            if constexpr (std::is_same_v<decltype(value), decltype(other)>)
                if (name == other_name)
                    CHECK(core::detail::equal(value, other));
        });
    });
    CHECK(core::detail::equal(*as<Format, Everything>(Everything{}), Everything{}));
    CHECK(as<Format, Empty>(Empty{}).has_value());
}

TEST_CASE_TEMPLATE("a struct without members is null, and whom a variant holds", Format, MessagePack, Json)
{
    using Who = One<std::variant<Nobody, Address, std::monostate>>;
    for (const Who& who : {Who{Nobody{}}, Who{Address{"here", 3}}, Who{std::monostate{}}}) {
        const auto back = as<Format, Who>(who);
        REQUIRE(back.has_value());
        CHECK(back->value.index() == who.value.index());
        CHECK(core::detail::equal(*back, who));
    }
    CHECK(!core::detail::equal(Who{Nobody{}}, Who{std::monostate{}}));
    CHECK(encoded<Format>(One<Nobody>{}) == encoded<Format>(One<std::optional<int>>{}));
}

namespace {

template <class Format, class T>
constexpr bool is_carried = std::is_void_v<typename Format::template codec<One<T>>::unsupported_type>;

enum Open { left, right };
enum Closed : short { up, down };

} // namespace

TEST_CASE_TEMPLATE("a type whose values would not all come back is no session data", Format, MessagePack, Json)
{
    static_assert(is_carried<Format, Closed> && is_carried<Format, Color>);
    static_assert(!is_carried<Format, Open>, "a number beyond left and right is undefined behaviour");
    static_assert(is_carried<Format, std::optional<Address>>);
    static_assert(!is_carried<Format, std::optional<std::optional<int>>>, "there is one null");
    static_assert(!is_carried<Format, std::vector<std::optional<std::monostate>>>);
    static_assert(!is_carried<Format, std::optional<Value>>, "a Value may be null");
    static_assert(is_carried<Format, std::string> && is_carried<Format, signed char>);
    static_assert(!is_carried<Format, wchar_t> && !is_carried<Format, std::u8string> &&
                  !is_carried<Format, std::u16string> && !is_carried<Format, std::vector<char32_t>>);
}

TEST_CASE_TEMPLATE("integers at the ends of their types", Format, MessagePack, Json)
{
    const auto both_ends = []<class... T>(std::tuple<T...>) {
        (ok<Format>(std::numeric_limits<T>::min()), ...);
        (ok<Format>(std::numeric_limits<T>::max()), ...);
    };
    both_ends(std::tuple<std::int8_t, std::int16_t, std::int32_t, std::int64_t, std::uint8_t, std::uint16_t,
                         std::uint32_t, std::uint64_t, char, bool>{});
    for (int bit = 0; bit < 64; ++bit)
        for (const std::uint64_t around : {~std::uint64_t{0}, std::uint64_t{0}, std::uint64_t{1}}) {
            ok<Format>((std::uint64_t{1} << bit) + around);
            ok<Format>(static_cast<std::int64_t>((std::uint64_t{1} << bit) + around));
        }
}

TEST_CASE_TEMPLATE("doubles and floats come back exactly", Format, MessagePack, Json)
{
    for (const double value : {0.0, 1.0, -1.5, 0.1, 1.0 / 3, 1e15, 1e23, 5e-324, 2.2250738585072014e-308,
                               1.7976931348623157e308, 9007199254740993.0})
        for (const double sign : {1.0, -1.0})
            ok<Format>(sign * value);
    for (const float value : {0.1F, 16777216.0F, 1e-45F, 3.4028235e38F, 8589973000.0F})
        ok<Format>(value);
    CHECK(std::signbit(decoded<Format, One<double>>(encoded<Format>(One<double>{-0.0}))->value));
}

TEST_CASE_TEMPLATE("an integer that does not fit is bad data, and so is a double", Format, MessagePack, Json)
{
    CHECK(as<Format, Narrow>(Wide{127})->tiny == 127);
    CHECK(as<Format, Narrow>(Wide{128}).error() == errc::bad_data);
    CHECK(as<Format, Narrow>(Wide{-129}).error() == errc::bad_data);
    CHECK(as<Format, One<std::uint8_t>>(One<int>{-1}).error() == errc::bad_data);
    CHECK(as<Format, One<std::int64_t>>(One<std::uint64_t>{std::uint64_t{1} << 63}).error() == errc::bad_data);
    CHECK(as<Format, One<float>>(One<double>{1e300}).error() == errc::bad_data);
    CHECK(as<Format, One<float>>(One<double>{-1e300}).error() == errc::bad_data);
    CHECK(as<Format, One<double>>(One<int>{3})->value == 3.0);
}

TEST_CASE_TEMPLATE("a known member of another type is bad data and named", Format, MessagePack, Json)
{
    const auto bad = []<class To>(To, const auto& from) {
        const auto result = as<Format, One<To>>(One<std::decay_t<decltype(from)>>{from});
        REQUIRE(result.has_error());
        CHECK(result.error() == errc::bad_data);
        CHECK(result.error().detail() == "value");
    };
    bad(int{}, std::string{"7"});
    bad(int{}, 7.0);
    bad(int{}, true);
    bad(bool{}, 1);
    bad(std::string{}, 1);
    bad(std::string{}, std::optional<int>{});
    bad(Bytes{}, 1);
    bad(std::vector<int>{}, std::map<std::string, int>{});
    bad(std::map<std::string, int>{}, std::vector<int>{});
    bad(std::array<int, 2>{}, std::vector<int>{1});
    bad(std::array<int, 2>{}, std::vector<int>{1, 2, 3});
    bad(std::array<std::byte, 2>{}, Bytes(3));
    bad(std::pair<int, int>{}, std::vector<int>{1, 2, 3});
    bad(std::set<int>{}, std::vector<int>{1, 1});
    bad(std::variant<int, bool>{}, std::vector<int>{2, 0}); // no such alternative
    bad(std::variant<int, bool>{}, std::vector<int>{1, 0});
    bad(std::monostate{}, 0);
    bad(Address{}, 0);
}

TEST_CASE_TEMPLATE("missing members keep what data holds", Format, MessagePack, Json)
{
    const auto bytes = encoded<Format>(Other{5});
    Second data{"kept", 0, {"kept too"}, {"street", 1}};
    Buffer unknown;
    REQUIRE(typename Format::template codec<Second>{}.decode(bytes, limits, data, unknown).has_value());
    CHECK(data.user == "kept");
    CHECK(data.visits == 5);
    CHECK(data.items == std::vector<std::string>{"kept too"});
    CHECK(data.home.number == 1);
    CHECK(unknown.empty());
}

TEST_CASE_TEMPLATE("prior art 33: a release that lacks members gives them back when it saves", Format, MessagePack,
                   Json)
{
    const Second newer{"ann", 3, {"tea", "milk"}, {"street", 1}};
    Buffer unknown;
    auto older = decoded<Format, First>(encoded<Format>(newer), unknown);
    REQUIRE(older.has_value());
    CHECK(older->user == "ann");
    ++older->visits;

    const auto back = decoded<Format, Second>(encoded<Format>(*older, view(unknown)));
    REQUIRE(back.has_value());
    CHECK(core::detail::equal(*back, Second{"ann", 4, {"tea", "milk"}, {"street", 1}}));

    // ... over several releases, and from none of its members to all.
    unknown.clear();
    const auto nothing = decoded<Format, Empty>(encoded<Format>(newer), unknown);
    REQUIRE(nothing.has_value());
    CHECK(core::detail::equal(*decoded<Format, Second>(encoded<Format>(*nothing, view(unknown))), newer));
}

TEST_CASE_TEMPLATE("members unknown inside a nested struct are dropped", Format, MessagePack, Json)
{
    Buffer unknown;
    const auto older = decoded<Format, One<First>>(encoded<Format>(One<Second>{{"ann", 3, {"tea"}, {}}}), unknown);
    REQUIRE(older.has_value());
    CHECK(older->value.visits == 3);
    CHECK(unknown.empty());
}

TEST_CASE_TEMPLATE("only a struct takes unknown members", Format, MessagePack, Json)
{
    Buffer unknown, out;
    REQUIRE(decoded<Format, Empty>(encoded<Format>(Other{5}), unknown).has_value());
    const typename Format::template codec<std::vector<int>> codec;
    CHECK(codec.encode({1}, view(unknown), limits, out).error() == errc::bad_data);
    CHECK(out.empty());
}

TEST_CASE_TEMPLATE("equal data gives equal bytes, whatever order a hash table is in", Format, MessagePack, Json)
{
    One<std::unordered_map<std::string, int>> one, other;
    for (int i = 0; i < 100; ++i)
        one.value[std::to_string(i)] = i;
    other.value.reserve(5000);
    for (int i = 100; i-- > 0;)
        other.value[std::to_string(i)] = i;
    CHECK(encoded<Format>(one) == encoded<Format>(other));
}

TEST_CASE_TEMPLATE("each truncation and each byte more is bad data", Format, MessagePack, Json)
{
    const auto whole = encoded<Format>(everything());
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const Bytes part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
        CAPTURE(size);
        CHECK(decoded<Format, Everything>(part).error() == errc::bad_data);
        CHECK(decoded<Format, Empty>(part).error() == errc::bad_data);
    }
    auto more = whole;
    more.push_back(whole.front());
    CHECK(decoded<Format, Everything>(more).error() == errc::bad_data);
}

TEST_CASE_TEMPLATE("max_length bounds both ways; a failed encode leaves nothing behind", Format, MessagePack, Json)
{
    const typename Format::template codec<std::string> codec;
    const auto size = encoded<Format>(std::string(50, 'x')).size();
    Buffer out;
    out.append(as_bytes("before"));
    CHECK(codec.encode(std::string(50, 'x'), {}, {.max_length = size - 1}, out).error() == errc::too_large);
    CHECK(as_text(view(out)) == "before");
    CHECK(codec.encode(std::string(50, 'x'), {}, {.max_length = size}, out).has_value());
    CHECK(out.size() == 6 + size);

    std::string data;
    Buffer unknown;
    CHECK(codec.decode(view(out).subspan(6), {.max_length = size - 1}, data, unknown).error() == errc::too_large);
    CHECK(codec.decode(view(out).subspan(6), {.max_length = size}, data, unknown).has_value());
}

TEST_CASE_TEMPLATE("what is too deep to be decoded is not encoded", Format, MessagePack, Json)
{
    const auto nested = [](int depth) {
        Nested root;
        for (int i = 1; i < depth; ++i) {
            Nested outer;
            outer.inner.push_back(std::move(root));
            root = std::move(outer);
        }
        return root;
    };
    CHECK(as<Format, Nested>(nested(codec::detail::max_depth / 2)).has_value());
    Buffer out;
    const typename Format::template codec<Nested> codec;
    CHECK(codec.encode(nested(codec::detail::max_depth / 2 + 1), {}, limits, out).error() == errc::bad_data);
}
