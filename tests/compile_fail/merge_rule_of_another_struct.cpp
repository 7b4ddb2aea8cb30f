// expect: sojourn: merge_rules<T> of the session's data has a rule for another struct's member
#include <sojourn/sojourn.hpp>

struct Cart {
    int visits = 0;
    int points = 0;
    std::vector<std::string> items;
};
BOOST_HANA_ADAPT_STRUCT(Cart, visits, points, items);

struct Item {
    int count = 0;
};
BOOST_HANA_ADAPT_STRUCT(Item, count);

template <>
inline constexpr auto sojourn::merge_rules<Cart> =
#ifdef SOJOURN_CONTROL
    rules(rule<&Cart::visits>(merge::sum));
#else
    rules(rule<&Item::count>(merge::sum));
#endif

sojourn::Session<sojourn::storage::Cookie, sojourn::cipher::XChaCha20Poly1305,
                 sojourn::codec::MessagePack<Cart>>::Manager sessions{{}};
