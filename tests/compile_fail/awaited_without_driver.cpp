// expect: sojourn: this storage is awaited: #include <sojourn/drive_asio.hpp>
#include <sojourn/codec/map.hpp>
#include <sojourn/sojourn.hpp>
#ifdef SOJOURN_CONTROL
#include <sojourn/drive_asio.hpp>
#endif

#include <boost/asio/awaitable.hpp>

using namespace sojourn;

struct Store {
    template <class T>
    using Awaitable = boost::asio::awaitable<T>;
    Awaitable<Result<std::optional<Record>>> load(std::string_view key);
    Awaitable<Result<bool>> create(std::string_view key, BytesView value, TimeToLive ttl);
    Awaitable<Result<bool>> store(std::string_view key, BytesView value, TimeToLive ttl);
    Awaitable<Result<bool>> expire(std::string_view key, TimeToLive ttl);
    Awaitable<Result<bool>> erase(std::string_view key);
};

using Visits = Session<Store, cipher::XChaCha20Poly1305, codec::MessagePack<Map>>;
Visits::Manager sessions{{.secret = "a secret for the test"}};
inline auto visits() { return sessions.start(""); }
