#pragma once

#include <sojourn/bytes.hpp>
#include <sojourn/concepts.hpp>
#include <sojourn/wire/base64url.hpp>
#include <sojourn/wire/frame.hpp>

#include <sodium/randombytes.h>

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace bench {

/// What an operation on a cookie session cannot do without, called directly and with memory that is there already: key
/// derivation and AEAD, the header's MAC, random bytes, base64url, the codec.
template <sojourn::CipherPolicy Cipher, sojourn::CodecPolicy Codec>
class Floor {
public:
    using Data = typename Codec::data_type;

    explicit Floor(const Data& data) : data_{data} { save(); }

    std::string_view save()
    {
        plain_.clear();
        static_cast<void>(codec_.encode(data_, {}, limits_, plain_));
        std::array<std::byte, 48> random;
        randombytes_buf(random.data(), random.size());
        sealed_.resize(plain_.size() + Cipher::tag_size);
        Cipher::seal(key_, id_, frame_.fixed(), plain_, sealed_);
        Cipher::mac(key_, frame_.maced(), frame_.mac());
        text_.resize(sojourn::wire::encoded_size(sojourn::wire::Frame::size + sealed_.size()));
        sojourn::wire::encode(frame_.all(), text_.data());
        sojourn::wire::encode(sealed_, text_.data() + sojourn::wire::Frame::text_size);
        return text_;
    }

    bool open()
    {
        std::array<std::byte, Cipher::mac_size> mac;
        const std::string_view text{text_};
        Data data{};
        bool good = sojourn::wire::decode(text.substr(0, sojourn::wire::Frame::text_size), frame_.all().data());
        Cipher::mac(key_, frame_.maced(), mac);
        good = sojourn::wire::decode(text.substr(sojourn::wire::Frame::text_size), sealed_.data()) && good;
        good = Cipher::open(key_, id_, frame_.fixed(), sealed_, sealed_) && good;
        return codec_.decode({sealed_.data(), plain_.size()}, limits_, data, unknown_) && good;
    }

private:
    Data data_;
    Codec codec_{};
    sojourn::CodecLimits limits_{};
    std::array<std::byte, 32> key_{};
    std::array<std::byte, 32> id_{};
    sojourn::wire::FrameBytes frame_{};
    sojourn::Buffer plain_, sealed_, unknown_;
    std::string text_;
};

} // namespace bench
