// expect: Session's Cipher does not model CipherPolicy: it lacks static bool open(KeyView, SealId
#include <sojourn/codec/map.hpp>
#include <sojourn/sojourn.hpp>

using namespace sojourn;

struct Cipher : cipher::XChaCha20Poly1305 {
#ifndef SOJOURN_CONTROL
    static bool open(KeyView, SealId, BytesView, BytesView, std::span<std::byte>) { throw "a bad tag"; }
#endif
};

using Visits = Session<storage::Cookie, Cipher, codec::MessagePack<Map>>;
Visits::Manager sessions{{.secret = "a secret for the test"}};
