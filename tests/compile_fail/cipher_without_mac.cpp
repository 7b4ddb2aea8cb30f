// expect: Session's Cipher does not model CipherPolicy: it lacks static void mac(KeyView, BytesView text
#include <sojourn/codec/map.hpp>
#include <sojourn/sojourn.hpp>

using namespace sojourn;

struct Cipher {
    static constexpr std::string_view name = "of the test";
    static constexpr std::size_t tag_size = 16;
    static constexpr std::size_t mac_size = 16;
    static bool available() noexcept { return true; }
    static void seal(KeyView, SealId, BytesView, BytesView, std::span<std::byte>) noexcept {}
    static bool open(KeyView, SealId, BytesView, BytesView, std::span<std::byte>) noexcept { return false; }
#ifdef SOJOURN_CONTROL
    static void mac(KeyView, BytesView, std::span<std::byte>) noexcept {}
#endif
};

using Visits = Session<storage::Cookie, Cipher, codec::MessagePack<Map>>;
Visits::Manager sessions{{.secret = "a secret for the test"}};
