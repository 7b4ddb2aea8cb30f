#pragma once

#include <sojourn/bytes.hpp>
#include <sojourn/concepts.hpp>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <sodium/crypto_aead_aes256gcm.h>
#include <sodium/utils.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <new>
#include <span>
#include <string_view>

namespace sojourn::inline v0::cipher {

/// The suite of lua-resty-session 4.x: AES-256-GCM (NIST SP 800-38D) and HMAC-SHA-256 (RFC 2104), both under keys of their
/// own for each session id, which HKDF-SHA-256 (RFC 5869) derives. Models `CipherPolicy`; libsodium does the work of AES, and
/// OpenSSL's libcrypto, which knows the processor's SHA instructions, that of HMAC and of PBKDF2 (RFC 8018), for remember
/// cookies. Needs a processor with AES instructions. OpenSSL's context belongs to the thread and keeps the key that it was
/// last used with.
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
        require(PKCS5_PBKDF2_HMAC(reinterpret_cast<const char*>(password.data()), static_cast<int>(password.size()),
                                  as_unsigned(salt.view()), static_cast<int>(salt.view().size()),
                                  static_cast<int>(iterations), EVP_sha256(), static_cast<int>(out.size()),
                                  as_unsigned(out)) == 1);
    }

    /// As many bytes of it as `out` has, at most 32. To make a context takes longer than to use it.
    static void hmac(KeyView key, BytesView text, std::span<std::byte> out) noexcept
    {
        struct Free {
            void operator()(EVP_MAC* algorithm) const noexcept { EVP_MAC_free(algorithm); }
            void operator()(EVP_MAC_CTX* context) const noexcept { EVP_MAC_CTX_free(context); }
        };
        thread_local const std::unique_ptr<EVP_MAC_CTX, Free> context = [] {
            std::array<char, 7> digest{"SHA256"};
            const std::array<OSSL_PARAM, 2> parameters{
                OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0), OSSL_PARAM_construct_end()};
            const std::unique_ptr<EVP_MAC, Free> algorithm{EVP_MAC_fetch(nullptr, "HMAC", nullptr)};
            std::unique_ptr<EVP_MAC_CTX, Free> made{EVP_MAC_CTX_new(algorithm.get())};
            require(made && EVP_MAC_CTX_set_params(made.get(), parameters.data()) == 1);
            return made;
        }();
        std::array<unsigned char, 32> whole;
        std::size_t size = 0;
        require(EVP_MAC_init(context.get(), as_unsigned(key), key.size(), nullptr) == 1 &&
                EVP_MAC_update(context.get(), as_unsigned(text), text.size()) == 1 &&
                EVP_MAC_final(context.get(), whole.data(), &size, whole.size()) == 1);
        std::copy_n(whole.begin(), out.size(), as_unsigned(out));
        sodium_memzero(whole.data(), whole.size());
    }

    /// There is no other way for OpenSSL to fail here.
    static void require(bool enough_memory)
    {
        if (!enough_memory)
            throw std::bad_alloc{};
    }
};

/// The suite that lua-resty-session has.
using LuaResty = LuaRestySuite<false>;
/// And where OpenSSL is in FIPS mode.
using LuaRestyFips = LuaRestySuite<true>;

} // namespace sojourn::inline v0::cipher
