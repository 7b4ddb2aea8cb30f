// expect: secret_fallback
#include <sojourn/codec/map.hpp>
#include <sojourn/sojourn.hpp>

using namespace sojourn;

using Visits = Session<storage::Cookie, cipher::XChaCha20Poly1305, codec::MessagePack<Map>>;
#ifdef SOJOURN_CONTROL
Visits::Manager sessions{{.secret = "a secret for the test", .secret_fallbacks = {"an older secret for the test"}}};
#else
Visits::Manager sessions{{.secret = "a secret for the test", .secret_fallback = {"an older secret for the test"}}};
#endif
