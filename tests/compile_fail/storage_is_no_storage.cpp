// expect: Session's Storage does not model StoragePolicy: it lacks Result<std::optional<Record>> load(std::string_view key)
#include <sojourn/codec/map.hpp>
#include <sojourn/sojourn.hpp>

#include <map>

using namespace sojourn;

#ifdef SOJOURN_CONTROL
using Storage = storage::Cookie;
#else
using Storage = std::map<std::string, std::string>;
#endif

using Visits = Session<Storage, cipher::XChaCha20Poly1305, codec::MessagePack<Map>>;
Visits::Manager sessions{{.secret = "a secret for the test"}};
