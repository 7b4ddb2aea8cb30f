// expect: sojourn: merge_rules<T> of the session's data has a rule for another struct's member
#include <sojourn/sojourn.hpp>

struct Item {
    int count = 0;
};
BOOST_HANA_ADAPT_STRUCT(Item, count);

struct Box {
    Item item;
};
BOOST_HANA_ADAPT_STRUCT(Box, item);

struct Cart {
    int visits = 0;
    Box box;
};
BOOST_HANA_ADAPT_STRUCT(Cart, visits, box);

template <>
inline constexpr auto sojourn::merge_rules<Item> =
#ifdef SOJOURN_CONTROL
    rules(rule<&Item::count>(merge::sum));
#else
    rules(rule<&Cart::visits>(merge::sum));
#endif

sojourn::Session<sojourn::storage::Cookie, sojourn::cipher::XChaCha20Poly1305,
                 sojourn::codec::MessagePack<Cart>>::Manager sessions{{}};
