#include <sojourn/core/merge.hpp>

#include <sojourn/codec/map.hpp>

#include <doctest/doctest.h>

#include <array>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <variant>
#include <vector>

using namespace sojourn;
using core::detail::equal;

namespace merge_test {

struct Address {
    std::string street;
    int number = 0;
};

struct Cart {
    std::string user;
    int visits = 0;
    std::vector<std::string> items;
    Address home;
    std::map<std::string, Address> friends;
};

} // namespace merge_test

BOOST_HANA_ADAPT_STRUCT(merge_test::Address, street, number);
BOOST_HANA_ADAPT_STRUCT(merge_test::Cart, user, visits, items, home, friends);

using merge_test::Address;
using merge_test::Cart;

namespace {

template <class T>
void merges(const T& base, T mine, const T& theirs, const T& merged)
{
    core::merge(base, mine, theirs);
    CHECK(equal(mine, merged));
}

} // namespace

TEST_CASE("a plain value: who changed it wins, and I do if both did")
{
    merges(1, 1, 1, 1);
    merges(1, 1, 2, 2);
    merges(1, 2, 1, 2);
    merges(1, 2, 3, 2);
    merges<std::vector<int>>({1}, {1, 2}, {1, 3}, {1, 2}); // a sequence is one value
    merges<std::vector<int>>({1}, {1}, {1, 3}, {1, 3});
    merges<std::optional<int>>({}, {}, 3, 3);
    merges<std::optional<int>>(3, {}, 4, {});
}

TEST_CASE("prior art 32: a struct is merged member by member, at any depth")
{
    const Cart base{"ann", 1, {"tea"}, {"first", 1}, {}};
    Cart mine = base;
    mine.visits = 2;
    mine.home.street = "second";
    Cart theirs = base;
    theirs.items.push_back("milk");
    theirs.home.number = 9;
    theirs.visits = 5;
    merges(base, mine, theirs, {"ann", 2, {"tea", "milk"}, {"second", 9}, {}});
}

TEST_CASE("a map is merged key by key, its values too")
{
    using Map = std::map<std::string, Address>;
    const Map base{{"both", {"x", 1}},
                   {"i remove", {"x", 2}},
                   {"they remove", {"x", 3}},
                   {"i remove, they change", {"x", 4}},
                   {"they remove, i change", {"x", 5}},
                   {"both remove", {"x", 6}}};
    const Map mine{{"both", {"mine", 1}},
                   {"they remove", {"x", 3}},
                   {"they remove, i change", {"mine", 5}},
                   {"i add", {"x", 7}},
                   {"both add", {"mine", 8}}};
    const Map theirs{{"both", {"x", 10}},
                     {"i remove", {"x", 2}},
                     {"i remove, they change", {"theirs", 4}},
                     {"they add", {"x", 9}},
                     {"both add", {"theirs", 8}}};
    merges(base, mine, theirs,
           {{"both", {"mine", 10}},
            {"they remove, i change", {"mine", 5}},
            {"i add", {"x", 7}},
            {"they add", {"x", 9}},
            {"both add", {"mine", 8}}});
    const auto hashed = [](const Map& map) { return std::unordered_map<std::string, Address>(map.begin(), map.end()); };
    auto merged = hashed(mine);
    core::merge(hashed(base), merged, hashed(theirs));
    CHECK(merged.size() == 5);
    CHECK(merged.at("both").number == 10);
}

TEST_CASE("a sojourn::Map is merged key by key, maps within it too")
{
    const Map base{
        {"a", Value{1}}, {"b", Value{1}}, {"c", Value{1}}, {"m", Value{Map{{"x", Value{1}}, {"y", Value{1}}}}}};
    const Map mine{
        {"a", Value{2}}, {"b", Value{1}}, {"m", Value{Map{{"x", Value{2}}, {"y", Value{1}}}}}, {"n", Value{"mine"}}};
    const Map theirs{
        {"a", Value{1}}, {"b", Value{"2"}}, {"c", Value{1}}, {"m", Value{Map{{"x", Value{1}}, {"z", Value{3}}}}}};
    Map merged = mine;
    core::merge(base, merged, theirs);
    CHECK((merged == Map{{"a", Value{2}},
                         {"b", Value{"2"}},
                         {"m", Value{Map{{"x", Value{2}}, {"z", Value{3}}}}},
                         {"n", Value{"mine"}}}));
}

TEST_CASE("equality is deep and needs no operator==")
{
    const Cart cart{"ann", 1, {"tea"}, {"first", 1}, {{"bob", {"x", 1}}}};
    Cart other = cart;
    CHECK(equal(cart, other));
    other.friends["bob"].number = 2;
    CHECK(!equal(cart, other));
    other = cart;
    other.friends["eve"];
    CHECK(!equal(cart, other));

    CHECK(equal(std::vector<Address>{{"a", 1}}, std::vector<Address>{{"a", 1}}));
    CHECK(!equal(std::vector<Address>{{"a", 1}}, std::vector<Address>{{"a", 2}}));
    CHECK(!equal(std::vector<Address>{{"a", 1}}, std::vector<Address>{}));
    CHECK(!equal(std::array<Address, 1>{{{"a", 1}}}, std::array<Address, 1>{{{"a", 2}}}));
    CHECK(equal(std::vector<bool>{true, false}, std::vector<bool>{true, false}));
    CHECK(!equal(std::vector<bool>{true, false}, std::vector<bool>{true, true}));
    CHECK(!equal(std::set<int>{1}, std::set<int>{2}));
    CHECK(equal(std::optional<Address>{}, std::optional<Address>{}));
    CHECK(!equal(std::optional<Address>{Address{}}, std::optional<Address>{}));
    CHECK(!equal(std::optional<Address>{Address{"a", 1}}, std::optional<Address>{Address{"a", 2}}));
    CHECK(!equal(std::pair<int, Address>{1, {"a", 1}}, std::pair<int, Address>{1, {"a", 2}}));
    CHECK(equal(std::tuple<Address, int>{}, std::tuple<Address, int>{}));

    using Either = std::variant<int, int, Address>;
    CHECK(equal(Either{std::in_place_index<0>, 1}, Either{std::in_place_index<0>, 1}));
    CHECK(!equal(Either{std::in_place_index<0>, 1}, Either{std::in_place_index<1>, 1}));
    CHECK(!equal(Either{Address{"a", 1}}, Either{Address{"a", 2}}));

    const double nan = std::numeric_limits<double>::quiet_NaN();
    CHECK(equal(nan, nan));
    CHECK(!equal(nan, 1.0));
}
