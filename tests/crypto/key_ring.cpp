#include <sojourn/crypto/key_ring.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <set>
#include <string>
#include <vector>

using namespace sojourn;
using crypto::KeyRing;
using crypto::Purpose;

namespace {

Bytes materials(std::initializer_list<unsigned char> fills)
{
    Bytes result;
    for (const unsigned char fill : fills)
        result.insert(result.end(), 32, std::byte{fill});
    return result;
}

std::string text(KeyView key) { return std::string{as_text(key)}; }

} // namespace

TEST_CASE("each key, purpose and context has a key of its own")
{
    const KeyRing ring{materials({1, 2}), "native 1 session a"};
    const KeyRing other{materials({1, 2}), "native 1 session b"};
    std::set<std::string> keys;
    for (const KeyRing* each : {&ring, &other})
        for (std::size_t index = 0; index != 2; ++index)
            for (const Purpose purpose : {Purpose::header_mac, Purpose::cookie_seal, Purpose::record_seal})
                keys.insert(text(each->key(index, purpose)));
    CHECK(keys.size() == 12);
    CHECK(keys.count(std::string(32, '\1')) == 0);
}

TEST_CASE("keys are the same on every instance that has the same material")
{
    const KeyRing one{materials({1}), "context"};
    const KeyRing two{materials({9, 1}), "context"};
    CHECK(text(one.key(0, Purpose::header_mac)) == text(two.key(1, Purpose::header_mac)));
    CHECK(one.id(0) == two.id(1));
}

TEST_CASE("a key is found by its id and only by it")
{
    const KeyRing ring{materials({1, 2, 3}), "context"};
    for (std::size_t index = 0; index != ring.size(); ++index)
        CHECK(ring.find(ring.id(index)) == index);
    CHECK(ring.find({}) == ring.size());
    auto near = ring.id(0);
    near[3] ^= std::byte{1};
    CHECK(ring.find(near) == ring.size());
}

TEST_CASE("a secret keeps what is written and can be moved")
{
    crypto::Secret secret{32};
    std::ranges::fill(secret.bytes(), std::byte{7});
    secret.seal();
    const crypto::Secret moved = std::move(secret);
    CHECK(moved.bytes().size() == 32);
    CHECK(std::ranges::all_of(moved.bytes(), [](std::byte byte) { return byte == std::byte{7}; }));
}
