// expect: sojourn: a merge rule does not fit its member's type
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
    rules(rule<&Cart::items>(merge::append));
#else
    rules(rule<&Cart::items>(merge::sum));
#endif
