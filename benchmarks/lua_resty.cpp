// The protocol of lua-resty-session with the cookie storage, beside the primitives that it is made of.

#include "cart.hpp"
#include "measure.hpp"
#include "ours.hpp"

#include <sojourn/bytes.hpp>
#include <sojourn/codec/cjson.hpp>
#include <sojourn/protocol/lua_resty.hpp>
#include <sojourn/sojourn.hpp>
#include <sojourn/wire/base64url.hpp>

#include <benchmark/benchmark.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <sodium/crypto_aead_aes256gcm.h>
#include <sodium/randombytes.h>
#include <sodium/utils.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <memory>
#include <span>
#include <string>
#include <string_view>

using namespace sojourn;

namespace {

using Key = std::array<unsigned char, 32>;

unsigned char* raw(std::byte* bytes) { return reinterpret_cast<unsigned char*>(bytes); }

/// OpenSSL's HMAC-SHA-256, the fastest that is packaged, with what it needs at hand.
class Hmac {
public:
    Hmac()
    {
        std::string digest = "SHA256";
        const std::array<OSSL_PARAM, 2> parameters{
            OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0), OSSL_PARAM_construct_end()};
        EVP_MAC_CTX_set_params(context_.get(), parameters.data());
    }
    void operator()(const Key& key, std::span<const unsigned char> text, Key& out)
    {
        std::size_t size = 0;
        EVP_MAC_init(context_.get(), key.data(), key.size(), nullptr);
        EVP_MAC_update(context_.get(), text.data(), text.size());
        EVP_MAC_final(context_.get(), out.data(), &size, out.size());
    }

private:
    std::unique_ptr<EVP_MAC, decltype(&EVP_MAC_free)> mac_{EVP_MAC_fetch(nullptr, "HMAC", nullptr), EVP_MAC_free};
    std::unique_ptr<EVP_MAC_CTX, decltype(&EVP_MAC_CTX_free)> context_{EVP_MAC_CTX_new(mac_.get()), EVP_MAC_CTX_free};
};

/// Of a header of 82 bytes: the id is bytes 3 to 34, the associated data 0 to 46, the tag follows; the MAC is of bytes 0 to 65.
class Floor {
public:
    using Codec = codec::Cjson<bench::Cart>;

    explicit Floor(const bench::Cart& data) : data_{data}
    {
        deflateInit2(&deflate_, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY);
        inflateInit2(&inflate_, -15);
        save();
    }
    Floor(const Floor&) = delete;
    Floor& operator=(const Floor&) = delete;
    ~Floor()
    {
        deflateEnd(&deflate_);
        inflateEnd(&inflate_);
    }

    /// cjson, deflate where used, random bytes, HKDF and AEAD, HKDF and MAC of the header, base64url.
    void save()
    {
        std::array<unsigned char, 32> random;
        json_.clear();
        static_cast<void>(codec_.encode(data_, {}, {}, json_));
        const BytesView plain = compresses() ? deflated() : BytesView{json_};
        randombytes_buf(random.data(), random.size());
        std::ranges::copy(std::as_bytes(std::span{random}), &header_[3]);
        sealed_.resize(plain.size() + 16);
        derive_seal_key();
        crypto_aead_aes256gcm_encrypt(raw(sealed_.data()), nullptr, as_unsigned(plain), plain.size(),
                                      raw(header_.data()), 47, nullptr, &seal_key_[32], seal_key_.data());
        std::copy_n(sealed_.data() + sealed_.size() - 16, 16, &header_[47]);
        header();
        text_.resize(header_text + wire::encoded_size(plain.size()));
        wire::encode(BytesView{sealed_}.first(plain.size()), text_.data() + header_text);
    }

    bool open()
    {
        bench::Cart data;
        const std::string_view text{text_};
        bool good = wire::decode(text.substr(0, header_text), header_.data());
        derive(authentication_, mac_key_);
        hmac_(mac_key_, {raw(header_.data()), 66}, mac_);
        good = sodium_memcmp(mac_.data(), raw(header_.data()) + 66, 16) == 0 && good;
        good = wire::decode(text.substr(header_text), sealed_.data()) && good;
        std::copy_n(&header_[47], 16, sealed_.data() + sealed_.size() - 16);
        derive_seal_key();
        good = crypto_aead_aes256gcm_decrypt(raw(sealed_.data()), nullptr, nullptr, raw(sealed_.data()), sealed_.size(),
                                             raw(header_.data()), 47, &seal_key_[32], seal_key_.data()) == 0 &&
               good;
        const auto plain = BytesView{sealed_}.first(sealed_.size() - 16);
        good = codec_.decode(compresses() ? inflated(plain) : plain, {}, data, unknown_) && good;
        benchmark::DoNotOptimize(data);
        return good;
    }

    /// The payload's text is at hand.
    void touch() { header(); }

private:
    static constexpr std::size_t header_text = 110;

    bool compresses() const { return json_.size() > Options{}.compression_threshold; }

    BytesView deflated()
    {
        packed_.resize(json_.size());
        deflateReset(&deflate_);
        deflate_.next_in = raw(json_.data());
        deflate_.avail_in = static_cast<uInt>(json_.size());
        deflate_.next_out = raw(packed_.data());
        deflate_.avail_out = static_cast<uInt>(packed_.size());
        ::deflate(&deflate_, Z_FINISH);
        return BytesView{packed_}.first(deflate_.total_out);
    }
    BytesView inflated(BytesView packed)
    {
        json_.resize(json_.size());
        inflateReset(&inflate_);
        inflate_.next_in = const_cast<unsigned char*>(as_unsigned(packed));
        inflate_.avail_in = static_cast<uInt>(packed.size());
        inflate_.next_out = raw(json_.data());
        inflate_.avail_out = static_cast<uInt>(json_.size());
        ::inflate(&inflate_, Z_FINISH);
        return BytesView{json_}.first(inflate_.total_out);
    }

    /// The first block of HKDF-Expand; its extraction is done once for each key.
    void derive(std::span<unsigned char> info, Key& out)
    {
        std::copy_n(raw(header_.data()) + 3, 32, info.end() - 33);
        info.back() = 1;
        hmac_(prepared_, info, out);
    }
    void derive_seal_key()
    {
        Key block;
        std::span<unsigned char> info{encryption_};
        derive(info.subspan(32), block);
        std::ranges::copy(block, seal_key_.begin());
        std::ranges::copy(block, encryption_.begin());
        encryption_.back() = 2;
        hmac_(prepared_, encryption_, block);
        std::copy_n(block.begin(), 12, &seal_key_[32]);
    }
    void header()
    {
        derive(authentication_, mac_key_);
        hmac_(mac_key_, {raw(header_.data()), 66}, mac_);
        std::copy_n(std::as_bytes(std::span{mac_}).begin(), 16, &header_[66]);
        text_.resize(std::max(text_.size(), header_text));
        wire::encode(header_, text_.data());
    }

    bench::Cart data_;
    Codec codec_{};
    Hmac hmac_;
    z_stream deflate_{}, inflate_{};
    Key prepared_{}, mac_key_{}, mac_{};
    std::array<unsigned char, 15 + 32 + 1> authentication_{};  // the label, the id and the block's number
    std::array<unsigned char, 32 + 11 + 32 + 1> encryption_{}; // the block before, and the same
    std::array<unsigned char, 32 + 12> seal_key_{};
    std::array<std::byte, 82> header_{};
    Buffer json_, packed_, sealed_, unknown_;
    std::string text_;
};

struct InCookie {
    storage::Cookie storage;
};

} // namespace

void bench::add_all()
{
    if (!cipher::LuaResty::available()) {
        std::cerr << "this processor cannot do " << cipher::LuaResty::name << '\n';
        return;
    }
    auto options = lua_resty::defaults();
    options.ikm = std::string(32, '\0');
    const std::vector<std::int64_t> sizes{200, 1000, 3000};
    add_ours<lua_resty::Session<storage::Cookie, Cart>, InCookie>("cookie lua-resty-session cjson", sizes, options);
    add_floor<Floor>("cookie lua-resty-session cjson", sizes);
}
