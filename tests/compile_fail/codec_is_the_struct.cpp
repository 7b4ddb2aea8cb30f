// expect: Session's Codec does not model CodecPolicy: it lacks a default-constructible and movable data_type
#include <sojourn/sojourn.hpp>

using namespace sojourn;

struct Cart {
    int visits = 0;
};
BOOST_HANA_ADAPT_STRUCT(Cart, visits);

#ifdef SOJOURN_CONTROL
using Codec = codec::MessagePack<Cart>;
#else
using Codec = Cart;
#endif

using Visits = Session<storage::Cookie, cipher::XChaCha20Poly1305, Codec>;
Visits::Manager sessions{{.secret = "a secret for the test"}};
