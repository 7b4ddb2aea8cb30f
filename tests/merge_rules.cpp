#include <sojourn/merge_rules.hpp>

#include <sojourn/codec/map.hpp>
#include <sojourn/core/merge.hpp>
#include <sojourn/merge.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

using namespace sojourn;

namespace merge_rules_test {

struct Item {
    std::string name;
    int count = 0;
};

struct Span {
    int from = 0;
    int to = 0;
};

struct Account {
    int visits = 0;
    long points = 0;
    int best = 0;
    std::vector<std::string> log = {};
    std::set<std::string> tags = {};
    std::map<std::string, int> counts = {};
    std::string name = {};
};

struct Shop {
    Account account = {};
    std::map<std::string, Item> items = {};
    std::unordered_map<std::string, std::map<std::string, Item>> shelves = {};
    Span whole = {};
    Span parts = {};
    int asked = 0;
};

// A base and what inherits from it: each adapted.
struct Based : Span {
    int own = 0;
};

inline int questions = 0;

int ask(const int& base, const int& mine, const int& theirs)
{
    ++questions;
    return base * 100 + mine * 10 + theirs;
}

} // namespace merge_rules_test

BOOST_HANA_ADAPT_STRUCT(merge_rules_test::Item, name, count);
BOOST_HANA_ADAPT_STRUCT(merge_rules_test::Span, from, to);
BOOST_HANA_ADAPT_STRUCT(merge_rules_test::Account, visits, points, best, log, tags, counts, name);
BOOST_HANA_ADAPT_STRUCT(merge_rules_test::Shop, account, items, shelves, whole, parts, asked);
BOOST_HANA_ADAPT_STRUCT(merge_rules_test::Based, from, to, own);

using namespace merge_rules_test;

template <>
inline constexpr auto sojourn::merge_rules<Item> = rules(rule<&Item::count>(merge::sum));
template <>
inline constexpr auto sojourn::merge_rules<Account> =
    rules(rule<&Account::visits, &Account::points, &Account::counts>(merge::sum), rule<&Account::log>(merge::append),
          rule<&Account::tags>(merge::unite),
          rule<&Account::best>([](int, int mine, int theirs) { return std::max(mine, theirs); }));
template <>
inline constexpr auto sojourn::merge_rules<Shop> = rules(rule<&Shop::whole>(merge::take_mine), rule<&Shop::asked>(ask));
template <>
inline constexpr auto sojourn::merge_rules<Based> = rules(rule<&Based::to, &Based::own>(merge::sum));

namespace {

template <class T>
T merged(const T& base, T mine, const T& theirs)
{
    core::merge(base, mine, theirs);
    return mine;
}

/// What comes of two changes of the same.
template <class T, class Mine, class Theirs>
T both(const T& base, Mine change_mine, Theirs change_theirs)
{
    T mine = base;
    T theirs = base;
    change_mine(mine);
    change_theirs(theirs);
    return merged(base, mine, theirs);
}

} // namespace

TEST_CASE("each member that both changed follows its rule; the others are merged as ever")
{
    const Account base{.visits = 1, .points = 10, .best = 5, .log = {"in"}, .tags = {"a", "b"}, .counts = {{"tea", 1}}};
    const auto account = both(
        base,
        [](Account& mine) {
            mine = {2, 15, 7, {"in", "mine"}, {"a", "c"}, {{"tea", 3}, {"milk", 1}}, "me"};
        },
        [](Account& theirs) {
            theirs = {4, 8, 9, {"in", "theirs"}, {"b", "d"}, {{"tea", 2}, {"milk", 2}}, "they"};
        });
    CHECK(account.visits == 5);
    CHECK(account.points == 13);
    CHECK(account.best == 9);
    CHECK(account.log == std::vector<std::string>{"in", "theirs", "mine"});
    CHECK(account.tags == std::set<std::string>{"c", "d"});
    CHECK(account.counts == std::map<std::string, int>{{"tea", 4}, {"milk", 3}});
    CHECK(account.name == "me"); // no rule
}

TEST_CASE("a rule is asked only for what both changed, so none can lose what one changed alone")
{
    const Shop base{.asked = 1};
    const auto leave = [](Shop&) {};
    const auto set = [](int value) { return [value](Shop& shop) { shop.asked = value; }; };
    questions = 0;
    CHECK(both(base, leave, leave).asked == 1);
    CHECK(both(base, set(2), leave).asked == 2);
    CHECK(both(base, leave, set(3)).asked == 3);
    CHECK(questions == 0);
    CHECK(both(base, set(2), set(3)).asked == 123);
    CHECK(both(base, set(2), set(2)).asked == 122); // equal changes are changes of both
    CHECK(questions == 2);
}

TEST_CASE("rules apply in nested structs, and in the values of maps at any depth")
{
    Shop base;
    base.account.visits = 1;
    base.items = {{"tea", {"tea", 1}}};
    base.shelves["a"] = {{"jam", {"jam", 5}}};
    const auto more = [](int count) {
        return [count](Shop& shop) {
            shop.account.visits += count;
            shop.items["tea"].count += count;
            shop.shelves["a"]["jam"].count -= count;
        };
    };
    const auto shop = both(base, more(2), more(3));
    CHECK(shop.account.visits == 6);
    CHECK(shop.items.at("tea").count == 6);
    CHECK(shop.shelves.at("a").at("jam").count == 0);
}

TEST_CASE("what both add under one key is merged too, from nothing")
{
    const auto add = [](int count) {
        return [count](Shop& shop) {
            shop.items["tea"] = {"tea", count};
            shop.shelves["a"]["jam"] = {"jam", count};
            shop.account.counts["clicks"] = count;
        };
    };
    const auto shop = both(Shop{}, add(1), add(2));
    CHECK(shop.items.at("tea").name == "tea");
    CHECK(shop.items.at("tea").count == 3);
    CHECK(shop.shelves.at("a").at("jam").count == 3);
    CHECK(shop.account.counts.at("clicks") == 3);
}

TEST_CASE(
    "a key that one removes and the other changes: as without rules, it stays with who changed or removed it here")
{
    Shop base;
    base.items = {{"tea", {"tea", 1}}};
    const auto remove = [](Shop& shop) { shop.items.clear(); };
    const auto change = [](Shop& shop) { ++shop.items["tea"].count; };
    CHECK(both(base, remove, change).items.empty());
    CHECK(both(base, change, remove).items.at("tea").count == 2);
    CHECK(both(base, remove, [](Shop&) {}).items.empty());
    CHECK(both(
              base, [](Shop&) {}, remove)
              .items.empty());
}

TEST_CASE("a struct whose rule is take_mine is one value; without a rule it is merged by its members")
{
    const auto shop = both(
        Shop{}, [](Shop& mine) { mine.whole.from = mine.parts.from = 1; },
        [](Shop& theirs) { theirs.whole.to = theirs.parts.to = 2; });
    CHECK(shop.parts.from == 1);
    CHECK(shop.parts.to == 2);
    CHECK(shop.whole.from == 1);
    CHECK(shop.whole.to == 0);
}

TEST_CASE("rules name inherited members")
{
    const auto grow = [](Based& based) { ++based.from, ++based.to, ++based.own; };
    const Based based = both(Based{}, grow, grow);
    CHECK(based.from == 1);
    CHECK(based.to == 2);
    CHECK(based.own == 2);
}

TEST_CASE("a merge whose result is merged again counts each change once")
{
    // A save that finds another version twice merges twice: with what it merged first as the new base.
    const Account base{.visits = 10, .log = {"x"}, .tags = {"a", "b"}};
    Account mine{.visits = 11, .log = {"x", "mine"}, .tags = {"b", "c"}};
    const Account first{.visits = 15, .log = {"x", "first"}, .tags = {"a", "b", "d"}};
    const Account second{.visits = 12, .log = {"x", "first", "second"}, .tags = {"a", "d"}};
    core::merge(base, mine, first);
    core::merge(first, mine, second);
    CHECK(mine.visits == 13);
    CHECK(mine.log == std::vector<std::string>{"x", "first", "second", "mine"});
    CHECK(mine.tags == std::set<std::string>{"c", "d"});
}

TEST_CASE("maps that both put under one new key of a sojourn::Map are merged")
{
    const Map mine{{"cart", Value{Map{{"tea", Value{1}}}}}};
    const Map theirs{{"cart", Value{Map{{"milk", Value{2}}}}}};
    CHECK((merged(Map{}, mine, theirs) == Map{{"cart", Value{Map{{"milk", Value{2}}, {"tea", Value{1}}}}}}));
    CHECK((merged(Map{{"cart", Value{"none"}}}, mine, theirs) == mine)); // another value is a value
}
