#pragma once

#include "stored.hpp"

#include <sojourn/bytes.hpp>
#include <sojourn/cipher/aes256_gcm.hpp>
#include <sojourn/cipher/xchacha20_poly1305.hpp>
#include <sojourn/concepts.hpp>
#include <sojourn/wire/base64url.hpp>
#include <sojourn/wire/frame.hpp>

#include <benchmark/benchmark.h>

#include <sodium/crypto_aead_aes256gcm.h>
#include <sodium/crypto_aead_xchacha20poly1305.h>
#include <sodium/crypto_core_hchacha20.h>
#include <sodium/crypto_generichash.h>
#include <sodium/randombytes.h>
#include <sodium/utils.h>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

// What an operation cannot do without, called directly, one after the other, with memory that is there already.

namespace bench {

using Bytes32 = std::array<unsigned char, 32>;

/// libsodium's functions that a suite is made of.
template <class Cipher>
struct Primitives;

template <>
struct Primitives<sojourn::cipher::XChaCha20Poly1305> {
    std::array<unsigned char, 24> nonce{};
    Bytes32 derived{};

    void derive(const Bytes32& key, const unsigned char* id)
    {
        crypto_core_hchacha20(derived.data(), id + 16, key.data(), nullptr);
        std::copy_n(id, 16, nonce.begin());
    }
    void seal(unsigned char* out, const unsigned char* plain, std::size_t size, const unsigned char* ad,
              std::size_t ad_size) const
    {
        crypto_aead_xchacha20poly1305_ietf_encrypt(out, nullptr, plain, size, ad, ad_size, nullptr, nonce.data(),
                                                   derived.data());
    }
    bool open(unsigned char* out, const unsigned char* sealed, std::size_t size, const unsigned char* ad,
              std::size_t ad_size) const
    {
        return crypto_aead_xchacha20poly1305_ietf_decrypt(out, nullptr, nullptr, sealed, size, ad, ad_size,
                                                          nonce.data(), derived.data()) == 0;
    }
};

template <>
struct Primitives<sojourn::cipher::Aes256Gcm> {
    std::array<unsigned char, 32 + 12> derived{};

    void derive(const Bytes32& key, const unsigned char* id)
    {
        crypto_generichash(derived.data(), derived.size(), id, 32, key.data(), key.size());
    }
    void seal(unsigned char* out, const unsigned char* plain, std::size_t size, const unsigned char* ad,
              std::size_t ad_size) const
    {
        crypto_aead_aes256gcm_encrypt(out, nullptr, plain, size, ad, ad_size, nullptr, &derived[32], derived.data());
    }
    bool open(unsigned char* out, const unsigned char* sealed, std::size_t size, const unsigned char* ad,
              std::size_t ad_size) const
    {
        return crypto_aead_aes256gcm_decrypt(out, nullptr, nullptr, sealed, size, ad, ad_size, &derived[32],
                                             derived.data()) == 0;
    }
};

/// The system calls that reading a file takes, and those that replace it whole while nobody else does.
class FileCalls {
public:
    explicit FileCalls(const std::filesystem::path& folder)
        : folder_{folder}, path_{folder / "record"}, draft_{folder / "draft"}
    {
    }

    /// As large as that.
    bool read(void* out, std::size_t size) const
    {
        struct stat status = {};
        const int file = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
        const bool good = ::fstat(file, &status) == 0 && ::read(file, out, size) == static_cast<ssize_t>(size);
        return ::close(file) == 0 && good;
    }
    bool write(const void* in, std::size_t size) const
    {
        const int file = ::open(draft_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        const bool good = ::write(file, in, size) == static_cast<ssize_t>(size);
        return ::close(file) == 0 && ::rename(draft_.c_str(), path_.c_str()) == 0 && good;
    }
    /// `seen` has room for what stands there.
    bool replace(const void* in, std::size_t size, void* seen) const
    {
        const int lock = ::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        const bool good = ::flock(lock, LOCK_EX) == 0 && read(seen, size) && write(in, size);
        return ::close(lock) == 0 && good;
    }

private:
    std::string folder_, path_, draft_;
};

template <Place place, sojourn::CipherPolicy Cipher, sojourn::CodecPolicy Codec>
class Floor {
public:
    using Data = typename Codec::data_type;

    explicit Floor(const Data& data) : data_{data}, file_{folder_.path()}
    {
        static_cast<void>(codec_.encode(data_, {}, {}, plain_));
        sealed_.resize(plain_.size() + Cipher::tag_size);
        text_.resize(header_text + sojourn::wire::encoded_size(sealed_.size()));
        seen_.resize(sealed_.size());
        file_.write(sealed_.data(), sealed_.size());
        save();
    }

    /// Codec, random bytes, key derivation and AEAD, the header's MAC, base64url.
    void save()
    {
        std::array<unsigned char, place == Place::cookie ? 16 : 32> random;
        plain_.clear();
        static_cast<void>(codec_.encode(data_, {}, {}, plain_));
        randombytes_buf(random.data(), random.size());
        if constexpr (place != Place::cookie)
            storage_key();
        seal();
        header();
        if constexpr (place == Place::file)
            file_.replace(sealed_.data(), sealed_.size(), seen_.data());
    }

    bool open()
    {
        Data data{};
        std::array<unsigned char, 16> mac;
        const std::string_view text{text_};
        bool good = sojourn::wire::decode(text.substr(0, header_text), frame_.data());
        crypto_generichash(mac.data(), mac.size(), bytes(frame_.data()), maced, mac_key_.data(), mac_key_.size());
        good = sodium_memcmp(mac.data(), bytes(frame_.data()) + maced, mac.size()) == 0 && good;
        if constexpr (place == Place::cookie)
            good = sojourn::wire::decode(text.substr(header_text), sealed_.data()) && good;
        else
            storage_key();
        if constexpr (place == Place::file)
            good = file_.read(sealed_.data(), sealed_.size()) && good;
        primitives_.derive(seal_key_, bytes(frame_.data()) + id);
        good = primitives_.open(bytes(plain_.data()), bytes(sealed_.data()), sealed_.size(), bytes(frame_.data()),
                                fixed) &&
               good;
        good = codec_.decode(plain_, {}, data, unknown_) && good;
        benchmark::DoNotOptimize(data);
        return good;
    }

    /// What a cookie carries is sealed again: the session keeps its plaintext only.
    void touch()
    {
        if constexpr (place == Place::cookie)
            seal();
        header();
    }

private:
    static constexpr std::size_t header_text = sojourn::wire::Frame::text_size;
    static constexpr std::size_t id = 6;
    static constexpr std::size_t fixed = sojourn::wire::Frame::fixed_size;
    static constexpr std::size_t maced = sojourn::wire::Frame::maced_size;

    static unsigned char* bytes(std::byte* data) { return reinterpret_cast<unsigned char*>(data); }

    void seal()
    {
        primitives_.derive(seal_key_, bytes(frame_.data()) + id);
        primitives_.seal(bytes(sealed_.data()), bytes(plain_.data()), plain_.size(), bytes(frame_.data()), fixed);
        if constexpr (place == Place::cookie)
            sojourn::wire::encode(sealed_, text_.data() + header_text);
    }
    void header()
    {
        crypto_generichash(bytes(frame_.data()) + maced, 16, bytes(frame_.data()), maced, mac_key_.data(),
                           mac_key_.size());
        sojourn::wire::encode(frame_, text_.data());
    }
    void storage_key()
    {
        std::array<unsigned char, 32> hash;
        std::array<char, sojourn::wire::encoded_size(32)> text;
        crypto_generichash(hash.data(), hash.size(), bytes(frame_.data()) + id + 16, 16, nullptr, 0);
        sojourn::wire::encode(std::as_bytes(std::span{hash}), text.data());
        benchmark::DoNotOptimize(text);
    }

    Data data_;
    Codec codec_{};
    Folder folder_;
    FileCalls file_;
    Primitives<Cipher> primitives_;
    Bytes32 mac_key_{}, seal_key_{};
    std::array<std::byte, sojourn::wire::Frame::size> frame_{};
    sojourn::Buffer plain_, sealed_, unknown_, seen_;
    std::string text_;
};

} // namespace bench
