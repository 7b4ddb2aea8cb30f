#pragma once

// What the fuzz targets of the codecs share: types of all kinds, and what has to hold of each that was read.

#include <sojourn/codec/map.hpp>
#include <sojourn/core/merge.hpp>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#define CHECK(condition) ((condition) ? void() : std::abort())

namespace fuzz {

struct Inner {
    std::string s;
    std::optional<double> d;
};

enum class Color : std::int8_t { red, green };

struct Tree {
    std::vector<Tree> c;
};

struct Outer {
    bool b = false;
    std::int8_t i = 0;
    std::uint64_t u = 0;
    float f = 0;
    std::string s;
    sojourn::Bytes r;
    std::vector<Inner> v;
    std::map<std::string, std::vector<int>> m;
    std::set<std::string> t;
    std::variant<std::monostate, int, Inner> e;
    std::array<std::byte, 3> a{};
    Inner n;
    Color c = Color::red;
    Tree x;
    std::pair<std::int64_t, std::tuple<double, std::string>> p;
    std::array<std::uint16_t, 2> w{};
    std::unordered_map<std::string, bool> h;
    std::chrono::system_clock::time_point z;
    std::optional<std::vector<sojourn::Bytes>> o;
    char k = 'k';
};

struct Empty {};

} // namespace fuzz

BOOST_HANA_ADAPT_STRUCT(fuzz::Inner, s, d);
BOOST_HANA_ADAPT_STRUCT(fuzz::Tree, c);
BOOST_HANA_ADAPT_STRUCT(fuzz::Outer, b, i, u, f, s, r, v, m, t, e, a, n, c, x, p, w, h, z, o, k);
BOOST_HANA_ADAPT_STRUCT(fuzz::Empty);

namespace fuzz {

/// What `Codec` reads from the input, as written again; empty if it reads nothing.
///
/// Whatever is read is written again to bytes that read the same, unknown members included. What was written is canonical:
/// reading and writing it once more changes nothing.
template <class Codec>
std::string round_trip(sojourn::BytesView input)
{
    using sojourn::as_text;
    const Codec codec;
    typename Codec::data_type first{}, second{};
    sojourn::Buffer unknown, bytes, unknown_again, bytes_again;
    if (!codec.decode(input, {}, first, unknown))
        return {};
    CHECK(codec.encode(first, unknown, {}, bytes).has_value());
    CHECK(codec.decode(bytes, {}, second, unknown_again).has_value());
    CHECK(sojourn::core::detail::equal(first, second));
    CHECK(as_text(unknown) == as_text(unknown_again));
    CHECK(codec.encode(second, unknown_again, {}, bytes_again).has_value());
    CHECK(as_text(bytes) == as_text(bytes_again));
    return std::string{as_text(bytes)};
}

} // namespace fuzz
