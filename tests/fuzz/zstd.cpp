// Any bytes as a compressed session, and any bytes as a session to compress.
//
// 1. Decoding answers, within its bound; what it accepts is written again and reads the same.
// 2. What is encoded, with a dictionary or without, decodes to what it was.

#include <sojourn/codec/message_pack.hpp>
#include <sojourn/codec/zstd.hpp>
#include <sojourn/codec/zstd_dictionary.hpp>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#define CHECK(condition) ((condition) ? void() : std::abort())

using namespace sojourn;

namespace {

using Inner = codec::MessagePack<std::string>;
using Codec = codec::Zstd<Inner>;

constexpr CodecLimits limits{.compression_threshold = 1, .max_length = 1 << 16};

Codec with_dictionary()
{
    std::vector<std::string> samples;
    for (int i = 0; i < 500; ++i)
        samples.push_back("user " + std::to_string(i * 7919) +
                          " of the shop, language en, theme dark, zone Europe/Berlin");
    return Codec{{.dictionary = codec::train_dictionary<Inner>(samples, 1024).value()}};
}

void round_trip(const Codec& codec, const std::string& text)
{
    Buffer bytes, unknown;
    std::string back;
    const auto encoded = codec.encode(text, {}, limits, bytes);
    CHECK(encoded.has_value() == (text.size() + 5 <= limits.max_length));
    if (!encoded)
        return;
    CHECK(codec.decode({bytes.data(), bytes.size()}, limits, back, unknown).has_value());
    CHECK(back == text);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    static const Codec plain, trained = with_dictionary();
    if (size > 1 << 15)
        return 0;
    for (const auto* codec : {&plain, &trained}) {
        std::string text;
        Buffer unknown;
        if (codec->decode(std::as_bytes(std::span{data, size}), limits, text, unknown)) {
            CHECK(text.size() <= limits.max_length);
            if (text.size() + 5 <= limits.max_length)
                round_trip(*codec, text);
        }
        round_trip(*codec, {reinterpret_cast<const char*>(data), size});
    }
    return 0;
}
