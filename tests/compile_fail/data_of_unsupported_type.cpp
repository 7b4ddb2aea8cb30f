// expect: its data_type holds a type that it cannot carry
#include <sojourn/sojourn.hpp>

#include <map>

using namespace sojourn;

struct Item {
#ifdef SOJOURN_CONTROL
    int price = 0;
#else
    int* price = nullptr;
#endif
};
BOOST_HANA_ADAPT_STRUCT(Item, price);

struct Cart {
    std::map<std::string, std::vector<std::optional<Item>>> items;
};
BOOST_HANA_ADAPT_STRUCT(Cart, items);

Session<storage::Cookie, cipher::XChaCha20Poly1305, codec::MessagePack<Cart>>::Manager sessions{{}};
