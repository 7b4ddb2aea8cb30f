// expect: Session's Storage does not model StoragePolicy: it lacks Result<bool> erase(std::string_view key)
#include <sojourn/codec/map.hpp>
#include <sojourn/sojourn.hpp>

using namespace sojourn;

struct Store {
    Result<std::optional<Record>> load(std::string_view key);
    Result<bool> create(std::string_view key, BytesView value, TimeToLive ttl);
    Result<bool> store(std::string_view key, BytesView value, TimeToLive ttl);
    Result<bool> expire(std::string_view key, TimeToLive ttl);
#ifdef SOJOURN_CONTROL
    Result<bool> erase(std::string_view key);
#endif
};

using Visits = Session<Store, cipher::XChaCha20Poly1305, codec::MessagePack<Map>>;
Visits::Manager sessions{{.secret = "a secret for the test"}};
