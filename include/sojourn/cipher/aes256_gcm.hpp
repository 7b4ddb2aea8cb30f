#pragma once

#include <sojourn/bytes.hpp>
#include <sojourn/concepts.hpp>
#include <sojourn/crypto/blake2b.hpp>

#include <sodium/crypto_aead_aes256gcm.h>
#include <sodium/utils.h>

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

namespace sojourn::inline v0::cipher {

/// AES-256-GCM (NIST SP 800-38D) with a BLAKE2b-128 header MAC: about twice as fast as XChaCha20-Poly1305 where the
/// processor has AES instructions; elsewhere `available()` is false and the manager refuses to be built.
/// Models `CipherPolicy`; libsodium does the work.
///
/// Key and nonce are both derived from the id with keyed BLAKE2b, so that GCM's short nonce never bounds how many
/// sessions a key may seal.
struct Aes256Gcm {
    static constexpr std::string_view name = "AES-256-GCM";
    static constexpr std::size_t tag_size = crypto_aead_aes256gcm_ABYTES;
    static constexpr std::size_t mac_size = 16;

    static bool available() noexcept { return crypto_aead_aes256gcm_is_available() == 1; }

    static void seal(KeyView key, SealId id, BytesView associated, BytesView plain, std::span<std::byte> out) noexcept
    {
        const Derived derived{key, id};
        crypto_aead_aes256gcm_encrypt(as_unsigned(out), nullptr, as_unsigned(plain), plain.size(),
                                      as_unsigned(associated), associated.size(), nullptr, derived.nonce(),
                                      derived.key());
    }

    [[nodiscard]] static bool open(KeyView key, SealId id, BytesView associated, BytesView sealed,
                                   std::span<std::byte> out) noexcept
    {
        const Derived derived{key, id};
        return crypto_aead_aes256gcm_decrypt(as_unsigned(out), nullptr, nullptr, as_unsigned(sealed), sealed.size(),
                                             as_unsigned(associated), associated.size(), derived.nonce(),
                                             derived.key()) == 0;
    }

    static void mac(KeyView key, BytesView text, std::span<std::byte> out) noexcept { crypto::blake2b(key, text, out); }

private:
    struct Derived {
        std::array<std::byte, crypto_aead_aes256gcm_KEYBYTES + crypto_aead_aes256gcm_NPUBBYTES> bytes;

        Derived(KeyView from, SealId id) noexcept { crypto::blake2b(from, id, bytes); }
        Derived(const Derived&) = delete;
        Derived& operator=(const Derived&) = delete;
        ~Derived() { sodium_memzero(bytes.data(), bytes.size()); }

        const unsigned char* key() const noexcept { return as_unsigned(bytes); }
        const unsigned char* nonce() const noexcept { return as_unsigned(bytes) + crypto_aead_aes256gcm_KEYBYTES; }
    };
};

} // namespace sojourn::inline v0::cipher
