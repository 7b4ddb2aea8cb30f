#include <sojourn/codec/zstd.hpp>

#include <sojourn/codec/json.hpp>
#include <sojourn/codec/message_pack.hpp>
#include <sojourn/codec/zstd_dictionary.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <string>
#include <thread>
#include <vector>

using namespace sojourn;
using namespace std::string_literals;

namespace {

using Text = codec::Zstd<codec::MessagePack<std::string>>;

const std::string long_text(5000, 'x');

Bytes encoded(const Text& codec, const std::string& data, const CodecLimits& limits = {})
{
    Buffer out;
    REQUIRE(codec.encode(data, {}, limits, out).has_value());
    return {out.data(), out.data() + out.size()};
}

Result<std::string> decoded(const Text& codec, BytesView bytes, const CodecLimits& limits = {})
{
    std::string data;
    Buffer unknown;
    if (auto result = codec.decode(bytes, limits, data, unknown); !result)
        return result.error();
    return data;
}

/// A frame as `frame` makes it, behind the byte that says so.
Bytes tagged(std::string_view frame)
{
    Bytes bytes{std::byte{1}};
    for (const char c : frame)
        bytes.push_back(static_cast<std::byte>(c));
    return bytes;
}

std::string frame_of(std::string_view text)
{
    std::string frame(ZSTD_compressBound(text.size()), '\0');
    frame.resize(ZSTD_compress(frame.data(), frame.size(), text.data(), text.size(), 1));
    return frame;
}

std::vector<std::string> samples(const std::string& word)
{
    std::vector<std::string> all;
    for (int i = 0; i < 1000; ++i)
        all.push_back(word + " number " + std::to_string(i * 7919) + " of user " + std::to_string(i * 31) +
                      " in the shop of " + word);
    return all;
}

std::string dictionary(const std::string& word)
{
    return codec::train_dictionary<codec::MessagePack<std::string>>(samples(word), 2048).value();
}

} // namespace

TEST_CASE("compression begins above the threshold and is kept where it saves something")
{
    static_assert(CodecPolicy<Text>);
    const Text codec;
    const std::string data(100, 'x'); // 102 bytes of MessagePack
    CHECK(encoded(codec, data, {.compression_threshold = 102})[0] == std::byte{0});
    CHECK(encoded(codec, data, {.compression_threshold = 102}).size() == 103);
    CHECK(encoded(codec, data, {.compression_threshold = 101})[0] == std::byte{1});
    CHECK(encoded(codec, data, {.compression_threshold = 101}).size() < 40);
    CHECK(encoded(codec, long_text, {.compression_threshold = 0})[0] == std::byte{0});

    std::string noise;
    for (unsigned i = 0, state = 1; i < 5000; ++i)
        noise.push_back(static_cast<char>((state = state * 1664525 + 1013904223) >> 24));
    CHECK(encoded(codec, noise)[0] == std::byte{0});

    for (const auto& text : {""s, data, long_text, noise}) {
        CHECK(decoded(codec, encoded(codec, text)).value() == text);
        CHECK(encoded(codec, text) == encoded(codec, text));
    }
}

TEST_CASE("what one level or threshold wrote, another reads")
{
    for (const int level : {-5, 1, 19})
        CHECK(decoded(Text{}, encoded(Text{{.level = level}}, long_text)).value() == long_text);
    CHECK(decoded(Text{}, encoded(Text{}, long_text), {.compression_threshold = 0}).value() == long_text);
}

TEST_CASE("unpacking is bounded by max_length before anything is unpacked")
{
    const auto bytes = encoded(Text{}, long_text);
    CHECK(decoded(Text{}, bytes, {.max_length = 5003}).value() == long_text);
    CHECK(decoded(Text{}, bytes, {.max_length = 5002}).error() == errc::too_large);

    const auto bomb = tagged(frame_of(std::string(64 << 20, '\0')));
    CHECK(bomb.size() < 10000);
    CHECK(decoded(Text{}, bomb).error() == errc::too_large);
}

TEST_CASE("bytes that are no such frame are bad data")
{
    const auto bad = [](const Bytes& bytes) { CHECK(decoded(Text{}, bytes).error() == errc::bad_data); };
    bad({});
    bad({std::byte{0}});
    bad({std::byte{1}});
    bad({std::byte{2}, std::byte{0xa0}});

    const auto good = encoded(Text{}, long_text);
    for (std::size_t size = 0; size < good.size(); ++size)
        bad(Bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size)));
    auto trailing = good;
    trailing.push_back(std::byte{0});
    bad(trailing);

    bad(tagged(frame_of("")));
    const auto frame = frame_of("\xa1x");
    CHECK(decoded(Text{}, tagged(frame)).value() == "x");
    bad(tagged(frame + frame));                            // two frames
    bad(tagged("\x50\x2a\x4d\x18\x01\0\0\0x"s));           // a skippable frame
    bad(tagged("\x50\x2a\x4d\x18\x01\0\0\0x"s + frame));   // ... before one
    bad(tagged("\x28\xb5\x2f\xfd\0\x58\x11\0\0\xa1x"s));   // a frame that does not tell its size
    bad(tagged("\x28\xb5\x2f\xfd\x20\x03\x11\0\0\xa1x"s)); // ... that tells another
}

TEST_CASE("a dictionary makes small sessions smaller; another one, or none, is bad data")
{
    const CodecLimits limits{.compression_threshold = 1};
    const Text tea{{.dictionary = dictionary("tea")}}, milk{{.dictionary = dictionary("milk")}}, none;
    REQUIRE(tea.check().has_value());
    const auto text = samples("tea")[500];
    const auto bytes = encoded(tea, text, limits);
    CHECK(bytes.size() < encoded(none, text, limits).size() * 3 / 4);
    CHECK(decoded(tea, bytes).value() == text);
    CHECK(decoded(milk, bytes).error() == errc::bad_data);
    CHECK(decoded(none, bytes).error() == errc::bad_data);
    CHECK(decoded(tea, encoded(none, long_text)).value() == long_text); // from before there was a dictionary
    CHECK(encoded(tea, text, limits) == bytes);
}

TEST_CASE("an option that zstd does not know is said, not used")
{
    const auto unlawful = [](const Text& codec, std::string_view what) {
        Buffer out;
        CHECK(codec.check().error() == errc::unlawful_option);
        CHECK(codec.check().error().detail() == what);
        CHECK(codec.encode("x", {}, {}, out).error() == errc::unlawful_option);
        CHECK(decoded(codec, encoded(Text{}, "x")).error() == errc::unlawful_option);
    };
    unlawful(Text{{.level = 1000}}, "zstd level");
    unlawful(Text{{.dictionary = "not trained"}}, "zstd dictionary");
    CHECK(Text{}.check().has_value());
}

TEST_CASE("a codec moves, and its errors are the inner one's")
{
    Text from{{.dictionary = dictionary("tea")}};
    const auto bytes = encoded(from, long_text);
    const Text to{std::move(from)};
    CHECK(decoded(to, bytes).value() == long_text);

    Buffer out;
    out.append(as_bytes("before"));
    const codec::Zstd<codec::Json<std::string>> json;
    CHECK(json.encode("\xff", {}, {}, out).error() == errc::bad_data);
    CHECK(as_text({out.data(), out.size()}) == "before");
    CHECK(decoded(Text{}, tagged(frame_of("\xc0"))).error() == errc::bad_data);
}

TEST_CASE("one codec serves concurrent threads")
{
    const Text codec{{.dictionary = dictionary("tea")}};
    std::vector<std::thread> threads;
    std::vector<int> good(4);
    for (auto& count : good)
        threads.emplace_back([&codec, &count] {
            for (int i = 0; i < 200; ++i) {
                Buffer out, unknown;
                std::string back;
                const auto text = long_text + std::to_string(i);
                count += codec.encode(text, {}, {}, out).has_value() &&
                         codec.decode({out.data(), out.size()}, {}, back, unknown).has_value() && back == text;
            }
        });
    for (auto& thread : threads)
        thread.join();
    CHECK(good == std::vector<int>(4, 200));
}
