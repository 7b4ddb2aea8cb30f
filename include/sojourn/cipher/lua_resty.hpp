#pragma once

#include <sojourn/bytes.hpp>
#include <sojourn/concepts.hpp>

#include <openssl/evp.h>

#include <sodium/crypto_aead_aes256gcm.h>
#include <sodium/crypto_auth_hmacsha256.h>
#include <sodium/utils.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <new>
#include <span>
#include <string_view>

namespace sojourn::inline v0::cipher {

/// The suite of lua-resty-session 4.x: AES-256-GCM (NIST SP 800-38D) and HMAC-SHA-256 (RFC 2104), both under keys of their
/// own for each session id, which HKDF-SHA-256 (RFC 5869) derives. Models `CipherPolicy`; libsodium does the work, and
/// OpenSSL's libcrypto that of PBKDF2 (RFC 8018), for remember cookies. Needs a processor with AES instructions.
///
/// `Fips`: as that library does it where OpenSSL is in FIPS mode, with PBKDF2 of one iteration in the place of HKDF. Neither
/// opens what the other sealed.
template <bool Fips>
struct LuaRestySuite {
    static constexpr std::string_view name = Fips ? "lua-resty-session (FIPS)" : "lua-resty-session";
    static constexpr std::size_t tag_size = crypto_aead_aes256gcm_ABYTES;
    static constexpr std::size_t mac_size = 16;

    static bool available() noexcept { return crypto_aead_aes256gcm_is_available() == 1; }

    /// The key and the nonce of one seal, wiped when they go.
    class SealKey {
    public:
        /// Of a session.
        SealKey(KeyView key, SealId id) noexcept { derive(key, "encryption:", id, bytes_); }
        /// Of a remember cookie, from the key material itself, as slow as `iterations` make it.
        SealKey(KeyView material, SealId id, unsigned iterations)
        {
            pbkdf2(material, salt("encryption:", id), iterations, bytes_);
        }
        SealKey(const SealKey&) = delete;
        SealKey& operator=(const SealKey&) = delete;
        ~SealKey() { sodium_memzero(bytes_.data(), bytes_.size()); }

        const unsigned char* key() const noexcept { return as_unsigned(bytes_); }
        const unsigned char* nonce() const noexcept { return as_unsigned(bytes_) + crypto_aead_aes256gcm_KEYBYTES; }

    private:
        std::array<std::byte, crypto_aead_aes256gcm_KEYBYTES + crypto_aead_aes256gcm_NPUBBYTES> bytes_;
    };

    /// What `seal`, `open` and `mac_key` take for a key, of 32 bytes of key material: the first half of HKDF, done once.
    static void prepare(KeyView material, std::span<std::byte, 32> key) noexcept
    {
        constexpr std::array<std::byte, 32> no_salt{};
        if constexpr (Fips)
            std::ranges::copy(material, key.begin());
        else
            hmac(no_salt, material, key);
    }

    static void seal(const SealKey& key, BytesView associated, BytesView plain, std::span<std::byte> out) noexcept
    {
        crypto_aead_aes256gcm_encrypt(as_unsigned(out), nullptr, as_unsigned(plain), plain.size(),
                                      as_unsigned(associated), associated.size(), nullptr, key.nonce(), key.key());
    }
    static void seal(KeyView key, SealId id, BytesView associated, BytesView plain, std::span<std::byte> out) noexcept
    {
        seal(SealKey{key, id}, associated, plain, out);
    }

    [[nodiscard]] static bool open(const SealKey& key, BytesView associated, BytesView sealed,
                                   std::span<std::byte> out) noexcept
    {
        return crypto_aead_aes256gcm_decrypt(as_unsigned(out), nullptr, nullptr, as_unsigned(sealed), sealed.size(),
                                             as_unsigned(associated), associated.size(), key.nonce(), key.key()) == 0;
    }
    [[nodiscard]] static bool open(KeyView key, SealId id, BytesView associated, BytesView sealed,
                                   std::span<std::byte> out) noexcept
    {
        return open(SealKey{key, id}, associated, sealed, out);
    }

    /// The key of this session's `mac`.
    static void mac_key(KeyView key, SealId id, std::span<std::byte, 32> out) noexcept
    {
        derive(key, "authentication:", id, out);
    }
    static void mac(KeyView key, BytesView text, std::span<std::byte> out) noexcept { hmac(key, text, out); }

private:
    static constexpr std::size_t label_size = 15; ///< at most

    /// What keys are derived for: a label, and the session's id behind it.
    class Salt {
    public:
        Salt(std::string_view label, SealId id) noexcept : size_{label.size() + id.size()}
        {
            std::ranges::copy(id, std::ranges::copy(as_bytes(label), bytes_.begin()).out);
        }
        BytesView view() const noexcept { return BytesView{bytes_}.first(size_); }

    private:
        std::array<std::byte, label_size + 32> bytes_{};
        std::size_t size_;
    };
    static Salt salt(std::string_view label, SealId id) noexcept { return {label, id}; }

    static void derive(KeyView key, std::string_view label, SealId id, std::span<std::byte> out) noexcept
    {
        if constexpr (Fips)
            pbkdf2(key, salt(label, id), 1, out);
        else
            expand(key, salt(label, id).view(), out);
    }

    /// HKDF-Expand (RFC 5869 §2.3).
    static void expand(KeyView key, BytesView info, std::span<std::byte> out) noexcept
    {
        std::array<std::byte, 32 + label_size + 32 + 1> text;
        std::array<std::byte, 32> block;
        std::size_t before = 0; // of the block before
        for (unsigned number = 1; !out.empty(); ++number) {
            auto end = std::copy_n(block.begin(), before, text.begin());
            end = std::ranges::copy(info, end).out;
            *end++ = static_cast<std::byte>(number);
            hmac(key, {text.begin(), end}, block);
            before = block.size();
            const auto taken = std::min(out.size(), block.size());
            std::copy_n(block.begin(), taken, out.begin());
            out = out.subspan(taken);
        }
        sodium_memzero(text.data(), text.size());
        sodium_memzero(block.data(), block.size());
    }

    static void pbkdf2(KeyView password, const Salt& salt, unsigned iterations, std::span<std::byte> out)
    {
        if (PKCS5_PBKDF2_HMAC(reinterpret_cast<const char*>(password.data()), static_cast<int>(password.size()),
                              as_unsigned(salt.view()), static_cast<int>(salt.view().size()),
                              static_cast<int>(iterations), EVP_sha256(), static_cast<int>(out.size()),
                              as_unsigned(out)) != 1)
            throw std::bad_alloc{}; // the only way for it to fail
    }

    /// As many bytes of it as `out` has, at most 32.
    static void hmac(KeyView key, BytesView text, std::span<std::byte> out) noexcept
    {
        std::array<unsigned char, crypto_auth_hmacsha256_BYTES> whole;
        crypto_auth_hmacsha256_state state;
        crypto_auth_hmacsha256_init(&state, as_unsigned(key), key.size());
        crypto_auth_hmacsha256_update(&state, as_unsigned(text), text.size());
        crypto_auth_hmacsha256_final(&state, whole.data());
        std::copy_n(whole.begin(), out.size(), as_unsigned(out));
        sodium_memzero(whole.data(), whole.size());
        sodium_memzero(&state, sizeof state);
    }
};

/// The suite that lua-resty-session has.
using LuaResty = LuaRestySuite<false>;
/// And where OpenSSL is in FIPS mode.
using LuaRestyFips = LuaRestySuite<true>;

} // namespace sojourn::inline v0::cipher
