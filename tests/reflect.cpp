#include <sojourn/reflect.hpp>

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

using namespace sojourn;

namespace warehouse {

/// Counts its copies: walking an object must not make any.
struct Counted {
    static inline int copies = 0;
    Counted() = default;
    Counted(const Counted&) { ++copies; }
    Counted& operator=(const Counted&) = default;
};

struct Cart {
    std::string user;
    int visits = 0;
    Counted counted;
};

struct Defined {
    BOOST_HANA_DEFINE_STRUCT(Defined, (int, first), (std::string, second));
};

struct Plain {
    int member = 0;
};

} // namespace warehouse

BOOST_HANA_ADAPT_STRUCT(warehouse::Cart, user, visits, counted);

TEST_CASE("which types are reflected")
{
    static_assert(Reflected<warehouse::Cart> && Reflected<const warehouse::Cart> && Reflected<warehouse::Defined>);
    static_assert(!Reflected<warehouse::Plain> && !Reflected<int> && !Reflected<std::vector<warehouse::Cart>>);
}

TEST_CASE("names and members are known at compile time, in the order of the adaptation")
{
    static_assert(member_count<warehouse::Cart> == 3);
    static_assert(member_name<warehouse::Cart, 0> == "user");
    static_assert(member_name<warehouse::Cart, 2> == "counted");
    static_assert(member_count<warehouse::Defined> == 2);
    static_assert(member_name<warehouse::Defined, 1> == "second");

    warehouse::Cart cart;
    member<1>(cart) = 7;
    CHECK(cart.visits == 7);
    static_assert(std::is_same_v<decltype(member<1>(std::declval<const warehouse::Cart&>())), const int&>);
}

TEST_CASE("for_each_member walks the members themselves and copies none")
{
    warehouse::Cart cart;
    warehouse::Counted::copies = 0;
    std::string names;
    const void* last = nullptr;
    for_each_member(cart, [&](std::string_view name, auto& value) {
        names.append(name) += ' ';
        last = &value;
        if constexpr (std::is_same_v<decltype(value), int&>)
            value = 9;
    });
    CHECK(names == "user visits counted ");
    CHECK(cart.visits == 9);
    CHECK(last == &cart.counted);
    CHECK(warehouse::Counted::copies == 0);
}
