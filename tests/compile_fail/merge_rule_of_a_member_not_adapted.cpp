// expect: sojourn: a merge rule names a member that is not adapted
#include <sojourn/sojourn.hpp>

struct Cart {
    int visits = 0;
    int points = 0;
    std::vector<std::string> items;
};
#ifdef SOJOURN_CONTROL
BOOST_HANA_ADAPT_STRUCT(Cart, visits, points, items);
#else
BOOST_HANA_ADAPT_STRUCT(Cart, points, items);
#endif

template <>
inline constexpr auto sojourn::merge_rules<Cart> = rules(rule<&Cart::visits>(merge::sum));
