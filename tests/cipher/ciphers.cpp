#include <sojourn/cipher/aes256_gcm.hpp>
#include <sojourn/cipher/xchacha20_poly1305.hpp>

#include <doctest/doctest.h>

#include <sojourn/crypto/secret.hpp>

#include <sodium.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <random>
#include <span>

using namespace sojourn;

static_assert(CipherPolicy<cipher::XChaCha20Poly1305>);
static_assert(CipherPolicy<cipher::Aes256Gcm>);

namespace {

using Array32 = std::array<std::byte, 32>;

Array32 filled(unsigned start)
{
    Array32 result;
    for (std::size_t i = 0; i != result.size(); ++i)
        result[i] = static_cast<std::byte>(start + i);
    return result;
}

Bytes random_bytes(std::size_t size)
{
    Bytes bytes(size + 1); // never empty, so that there is memory to fill
    randombytes_buf(bytes.data(), bytes.size());
    bytes.pop_back();
    return bytes;
}

template <class Cipher>
Bytes sealed(const Array32& key, const Array32& id, BytesView associated, BytesView plain)
{
    Bytes out(plain.size() + Cipher::tag_size);
    Cipher::seal(key, id, associated, plain, out);
    return out;
}

} // namespace

TEST_CASE_TEMPLATE("a cipher opens what it sealed, and nothing else", Cipher, cipher::XChaCha20Poly1305,
                   cipher::Aes256Gcm)
{
    crypto::initialize();
    REQUIRE(Cipher::available());
    const auto key = filled(1);
    const auto id = filled(100);
    const Bytes associated = random_bytes(50);
    for (const std::size_t size : {0U, 1U, 15U, 16U, 17U, 63U, 64U, 65U, 1000U}) {
        const Bytes plain = random_bytes(size);
        const Bytes seal = sealed<Cipher>(key, id, associated, plain);
        Bytes opened(size);
        REQUIRE(Cipher::open(key, id, associated, seal, opened));
        CHECK(opened == plain);

        const auto refused = [&](const Array32& k, const Array32& i, BytesView a, BytesView s) {
            Bytes out(s.size(), std::byte{0x55});
            const bool open = Cipher::open(k, i, a, s, out);
            if (size >= 16) // the plaintext is nowhere in what it leaves
                CHECK(std::search(out.begin(), out.end(), plain.begin(), plain.end()) == out.end());
            return !open;
        };
        for (std::size_t bit = 0; bit != seal.size() * 8; ++bit) {
            Bytes flipped = seal;
            flipped[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
            REQUIRE(refused(key, id, associated, flipped));
        }
        for (std::size_t bit = 0; bit != 256; ++bit) {
            Array32 other = key;
            other[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
            REQUIRE(refused(other, id, associated, seal));
            other = id;
            other[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
            REQUIRE(refused(key, other, associated, seal));
        }
        for (std::size_t cut = 0; cut != seal.size(); ++cut)
            REQUIRE(refused(key, id, associated, BytesView{seal}.first(cut)));
        CHECK(refused(key, id, BytesView{associated}.first(49), seal));
    }
}

TEST_CASE_TEMPLATE("a cipher works in place", Cipher, cipher::XChaCha20Poly1305, cipher::Aes256Gcm)
{
    crypto::initialize();
    const Bytes plain = random_bytes(300);
    Bytes buffer = plain;
    buffer.resize(plain.size() + Cipher::tag_size);
    const std::span<std::byte> all{buffer};
    Cipher::seal(filled(1), filled(2), {}, all.first(plain.size()), all);
    CHECK(buffer == sealed<Cipher>(filled(1), filled(2), {}, plain));
    REQUIRE(Cipher::open(filled(1), filled(2), {}, all, all));
    CHECK(std::ranges::equal(all.first(plain.size()), plain));
}

TEST_CASE_TEMPLATE("a header's MAC depends on every bit of key and text", Cipher, cipher::XChaCha20Poly1305,
                   cipher::Aes256Gcm)
{
    crypto::initialize();
    const auto mac = [](const Array32& key, BytesView text) {
        std::array<std::byte, Cipher::mac_size> out{};
        Cipher::mac(key, text, out);
        return out;
    };
    Bytes text = random_bytes(53);
    const auto reference = mac(filled(1), text);
    for (std::size_t bit = 0; bit != text.size() * 8; ++bit) {
        text[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
        CHECK(mac(filled(1), text) != reference);
        text[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
    }
    CHECK(mac(filled(2), text) != reference);
    CHECK(mac(filled(1), text) == reference);
}

TEST_CASE("XChaCha20-Poly1305 is libsodium's under the key that HChaCha20 makes of the family")
{
    crypto::initialize();
    const auto key = filled(1);
    const auto id = filled(40);
    const Bytes plain = random_bytes(100);
    std::array<unsigned char, 32> derived{};
    crypto_core_hchacha20(derived.data(), as_unsigned(std::span{id}.last<16>()), as_unsigned(key), nullptr);
    std::array<unsigned char, 24> nonce{};
    std::copy_n(as_unsigned(id), 16, nonce.begin());
    Bytes expected(plain.size() + 16);
    crypto_aead_xchacha20poly1305_ietf_encrypt(as_unsigned(std::span{expected}), nullptr, as_unsigned(plain),
                                               plain.size(), nullptr, 0, nullptr, nonce.data(), derived.data());
    CHECK(sealed<cipher::XChaCha20Poly1305>(key, id, {}, plain) == expected);
}

TEST_CASE("AES-256-GCM is libsodium's under key and nonce that BLAKE2b makes of the id")
{
    crypto::initialize();
    const auto key = filled(1);
    const auto id = filled(40);
    const Bytes plain = random_bytes(100);
    std::array<unsigned char, 44> derived{};
    crypto_generichash(derived.data(), derived.size(), as_unsigned(id), id.size(), as_unsigned(key), key.size());
    Bytes expected(plain.size() + 16);
    crypto_aead_aes256gcm_encrypt(as_unsigned(std::span{expected}), nullptr, as_unsigned(plain), plain.size(), nullptr,
                                  0, nullptr, derived.data() + 32, derived.data());
    CHECK(sealed<cipher::Aes256Gcm>(key, id, {}, plain) == expected);
}
