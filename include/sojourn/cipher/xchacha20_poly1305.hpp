#pragma once

#include <sojourn/bytes.hpp>
#include <sojourn/concepts.hpp>
#include <sojourn/crypto/blake2b.hpp>

#include <sodium/crypto_aead_xchacha20poly1305.h>
#include <sodium/crypto_core_hchacha20.h>
#include <sodium/utils.h>

#include <array>
#include <cstddef>
#include <cstring>
#include <span>
#include <string_view>

namespace sojourn::inline v0::cipher {

/// XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha) with a BLAKE2b-128 header MAC: fast and constant-time on every
/// processor. The default. Models `CipherPolicy`; libsodium does the work.
///
/// The last 16 bytes of the id (the session's family) give a key of their own through HChaCha20, the first 16 (fresh at
/// each seal) the nonce.
struct XChaCha20Poly1305 {
    static constexpr std::string_view name = "XChaCha20-Poly1305";
    static constexpr std::size_t tag_size = crypto_aead_xchacha20poly1305_ietf_ABYTES;
    static constexpr std::size_t mac_size = 16;

    static bool available() noexcept { return true; }

    static void seal(KeyView key, SealId id, BytesView associated, BytesView plain, std::span<std::byte> out) noexcept
    {
        const Derived derived{key, id};
        crypto_aead_xchacha20poly1305_ietf_encrypt(as_unsigned(out), nullptr, as_unsigned(plain), plain.size(),
                                                   as_unsigned(associated), associated.size(), nullptr,
                                                   derived.nonce.data(), derived.key.data());
    }

    [[nodiscard]] static bool open(KeyView key, SealId id, BytesView associated, BytesView sealed,
                                   std::span<std::byte> out) noexcept
    {
        const Derived derived{key, id};
        return crypto_aead_xchacha20poly1305_ietf_decrypt(as_unsigned(out), nullptr, nullptr, as_unsigned(sealed),
                                                          sealed.size(), as_unsigned(associated), associated.size(),
                                                          derived.nonce.data(), derived.key.data()) == 0;
    }

    static void mac(KeyView key, BytesView text, std::span<std::byte> out) noexcept { crypto::blake2b(key, text, out); }

private:
    struct Derived {
        std::array<unsigned char, crypto_core_hchacha20_OUTPUTBYTES> key;
        std::array<unsigned char, crypto_aead_xchacha20poly1305_ietf_NPUBBYTES> nonce{};

        Derived(KeyView from, SealId id) noexcept
        {
            crypto_core_hchacha20(key.data(), as_unsigned(id.last<16>()), as_unsigned(from), nullptr);
            std::memcpy(nonce.data(), id.data(), 16);
        }
        Derived(const Derived&) = delete;
        Derived& operator=(const Derived&) = delete;
        ~Derived() { sodium_memzero(key.data(), key.size()); }
    };
};

} // namespace sojourn::inline v0::cipher
