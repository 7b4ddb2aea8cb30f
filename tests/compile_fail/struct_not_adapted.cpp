// expect: a struct is adapted with BOOST_HANA_ADAPT_STRUCT
#include <sojourn/sojourn.hpp>

using namespace sojourn;

struct Cart {
    int visits = 0;
};
#ifdef SOJOURN_CONTROL
BOOST_HANA_ADAPT_STRUCT(Cart, visits);
#endif

Session<storage::Cookie, cipher::XChaCha20Poly1305, codec::MessagePack<Cart>>::Manager sessions{{}};
