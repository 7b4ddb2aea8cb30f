// expect: sojourn: two merge rules name the same member
#include <sojourn/sojourn.hpp>

struct Cart {
    int visits = 0;
    int points = 0;
    std::vector<std::string> items;
};
BOOST_HANA_ADAPT_STRUCT(Cart, visits, points, items);

template <>
inline constexpr auto sojourn::merge_rules<Cart> =
#ifdef SOJOURN_CONTROL
    rules(rule<&Cart::visits>(merge::sum), rule<&Cart::points>(merge::take_mine));
#else
    rules(rule<&Cart::visits>(merge::sum), rule<&Cart::visits>(merge::take_mine));
#endif
