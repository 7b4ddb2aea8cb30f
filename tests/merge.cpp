#include <sojourn/merge.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <deque>
#include <limits>
#include <random>
#include <set>
#include <string>
#include <unordered_set>
#include <vector>

using namespace sojourn;
using namespace std::chrono_literals;

namespace {

template <class T>
constexpr T lowest = std::numeric_limits<T>::min();
template <class T>
constexpr T highest = std::numeric_limits<T>::max();

template <class T>
T sum(T base, T mine, T theirs)
{
    return merge::sum(base, mine, theirs);
}

template <class T>
constexpr bool can_sum = requires(const T& value) { merge::sum(value, value, value); };
template <class T>
constexpr bool can_unite = requires(const T& value) { merge::unite(value, value, value); };
template <class T>
constexpr bool can_append = requires(const T& value) { merge::append(value, value, value); };

using Set = std::set<int>;
using List = std::vector<int>;

} // namespace

static_assert(merge::sum(10, 12, 15) == 17);

static_assert(can_sum<char> && can_sum<std::uint64_t> && can_sum<float> && can_sum<std::chrono::seconds>);
static_assert(!can_sum<bool> && !can_sum<std::string> && !can_sum<Set> &&
              !can_sum<std::chrono::system_clock::time_point>);
static_assert(can_unite<Set> && can_unite<std::unordered_set<int>> && can_unite<List>);
static_assert(!can_unite<int> && !can_unite<std::array<int, 2>>);
static_assert(can_append<List> && can_append<std::deque<int>> && can_append<std::string> &&
              can_append<std::vector<bool>>);
static_assert(!can_append<int> && !can_append<Set> && !can_append<std::array<int, 2>>);

TEST_CASE("take_mine takes mine")
{
    CHECK(merge::take_mine(1, 2, 3) == 2);
    CHECK(merge::take_mine(Set{1}, Set{2}, Set{3}) == Set{2});
}

TEST_CASE("sum adds both differences")
{
    CHECK(sum(10, 11, 15) == 16);
    CHECK(sum(10, 8, 15) == 13);
    CHECK(sum(10, 8, 3) == 1);
    CHECK(sum(-10, 10, -5) == 15);
    CHECK(sum(5, 6, 6) == 7); // equal changes on both sides are two changes
    CHECK(sum(0u, 3u, 4u) == 7u);
    CHECK(sum(10u, 3u, 9u) == 2u);
    CHECK(sum(1.0, 1.5, 3.0) == 3.5);
    CHECK(sum(1.0f, 0.5f, 3.0f) == 2.5f);
    CHECK(sum(10s, 70s, 15s) == 75s);
    CHECK(sum(1.5h, 2.0h, 1.0h) == 1.5h);
}

TEST_CASE("a sum that its type cannot hold stays at the end of the type's range")
{
    CHECK(sum(0, highest<int>, 1) == highest<int>);
    CHECK(sum(0, lowest<int>, -1) == lowest<int>);
    CHECK(sum(0, highest<int> - 1, 1) == highest<int>);
    CHECK(sum(lowest<int>, highest<int>, lowest<int>) == highest<int>); // a difference larger than an int
    CHECK(sum(highest<int>, lowest<int>, highest<int>) == lowest<int>);
    CHECK(sum(lowest<int>, highest<int>, highest<int>) == highest<int>);
    CHECK(sum(5u, 3u, 1u) == 0u);
    CHECK(sum(0u, highest<unsigned>, 1u) == highest<unsigned>);
    CHECK(sum(0ull, highest<unsigned long long>, 1ull) == highest<unsigned long long>);
    CHECK(sum(0ll, highest<long long>, highest<long long>) == highest<long long>);
    CHECK(sum(0s, std::chrono::seconds::max(), 1s) == std::chrono::seconds::max());
}

TEST_CASE_TEMPLATE("sum is exact for every combination of small integers", T, std::int8_t, std::uint8_t, char)
{
    std::minstd_rand random{42};
    for (int round = 0; round != 100'000; ++round) {
        const auto draw = [&] { return static_cast<T>(random() >> 7); };
        const T base = draw(), mine = draw(), theirs = draw();
        const int exact = static_cast<int>(theirs) + static_cast<int>(mine) - static_cast<int>(base);
        const int held = std::clamp<int>(exact, lowest<T>, highest<T>);
        REQUIRE(static_cast<int>(sum(base, mine, theirs)) == held);
    }
}

TEST_CASE("unite has what either side added, and not what either removed")
{
    CHECK(merge::unite(Set{1, 2}, Set{1, 2, 3}, Set{1, 2, 4}) == Set{1, 2, 3, 4});
    CHECK(merge::unite(Set{1, 2, 3}, Set{2, 3}, Set{1, 2}) == Set{2});
    CHECK(merge::unite(Set{1, 2}, Set{2, 3}, Set{1, 2, 4}) == Set{2, 3, 4});
    CHECK(merge::unite(Set{1}, Set{1, 2}, Set{1, 2}) == Set{1, 2}); // both added the same
    CHECK(merge::unite(Set{1, 2}, Set{1}, Set{1}) == Set{1});       // both removed the same
    CHECK(merge::unite(Set{1, 2}, Set{}, Set{1, 2, 3}) == Set{3});  // I removed all that I saw
    using Hashed = std::unordered_set<std::string>;
    CHECK(merge::unite(Hashed{"a", "b"}, Hashed{"b", "c"}, Hashed{"a", "b", "d"}) == Hashed{"b", "c", "d"});
}

TEST_CASE("unite of sequences keeps their order and puts what I added at the end")
{
    CHECK(merge::unite(List{3, 1}, List{3, 1, 2}, List{4, 3, 1}) == List{4, 3, 1, 2});
    CHECK(merge::unite(List{3, 1}, List{1}, List{3, 1, 5}) == List{1, 5});
    CHECK(merge::unite(List{}, List{2, 2, 1}, List{1}) == List{1, 2}); // each once
}

TEST_CASE("append puts what I appended after what they made of it")
{
    CHECK(merge::append(List{1}, List{1, 2, 3}, List{1, 4}) == List{1, 4, 2, 3});
    CHECK(merge::append(List{}, List{2}, List{2}) == List{2, 2}); // equal changes on both sides are two changes
    CHECK(merge::append(List{1, 2}, List{1, 2, 3}, List{2}) == List{2, 3}); // they removed, I appended
    CHECK(merge::append(std::string{"a"}, std::string{"ab"}, std::string{"ac"}) == "acb");
    using Bits = std::vector<bool>;
    CHECK(merge::append(Bits{true}, Bits{true, false}, Bits{true, true}) == Bits{true, true, false});
    const double nan = std::numeric_limits<double>::quiet_NaN();
    CHECK(merge::append(std::vector{nan}, std::vector{nan, 1.0}, std::vector{nan, 2.0}).size() == 3);
}

TEST_CASE("append where I did more than that: theirs after mine if they only appended, else mine")
{
    CHECK(merge::append(List{1, 2}, List{2, 9}, List{1, 2, 3}) == List{2, 9, 3});
    CHECK(merge::append(List{1, 2}, List{}, List{1, 2, 3}) == List{3});
    CHECK(merge::append(List{1, 2}, List{2}, List{1}) == List{2});
}
