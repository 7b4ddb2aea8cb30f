#include <sojourn/wire/frame.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>

using namespace sojourn;
using namespace std::chrono_literals;
using wire::Frame;
using wire::Time;

namespace {

Frame example()
{
    Frame frame;
    frame.in_cookie = true;
    frame.key_id = {std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}};
    frame.id.generation.fill(std::byte{0xAA});
    frame.id.family.fill(std::byte{0xBB});
    frame.times.created = Time{1'700'000'000s};
    frame.times.saved = frame.times.created + 1000s;
    frame.times.seen = frame.times.saved + 60s;
    frame.payload_size = 0x012345;
    return frame;
}

std::uint64_t integer_at(BytesView bytes, std::size_t offset, std::size_t size)
{
    std::uint64_t value = 0;
    for (std::size_t i = size; i-- != 0;)
        value = value << 8 | std::to_integer<std::uint64_t>(bytes[offset + i]);
    return value;
}

} // namespace

TEST_CASE("a frame lies byte by byte as its table says")
{
    const auto written = wire::write_frame(example());
    const BytesView bytes = written.all();
    REQUIRE(bytes.size() == 69);
    CHECK(integer_at(bytes, 0, 1) == 1);
    CHECK(integer_at(bytes, 1, 1) == 0x11);
    CHECK(integer_at(bytes, 2, 4) == 0x04030201);
    CHECK(std::ranges::all_of(bytes.subspan(6, 16), [](std::byte byte) { return byte == std::byte{0xAA}; }));
    CHECK(std::ranges::all_of(bytes.subspan(22, 16), [](std::byte byte) { return byte == std::byte{0xBB}; }));
    CHECK(integer_at(bytes, 38, 5) == 1'700'000'000);
    CHECK(integer_at(bytes, 43, 4) == 1000);
    CHECK(integer_at(bytes, 47, 3) == 0x012345);
    CHECK(integer_at(bytes, 50, 3) == 60);
    CHECK(Frame::text_size == 92);
}

TEST_CASE("a frame reads back as it was written")
{
    const auto frame = example();
    Frame read;
    REQUIRE(wire::read_frame(wire::write_frame(frame), read));
    CHECK(read.in_cookie == frame.in_cookie);
    CHECK(read.key_id == frame.key_id);
    CHECK(read.id == frame.id);
    CHECK(read.times.created == frame.times.created);
    CHECK(read.times.saved == frame.times.saved);
    CHECK(read.times.seen == frame.times.seen);
    CHECK(read.payload_size == frame.payload_size);
}

TEST_CASE("spans that ran backwards are none, spans too long are the longest")
{
    auto frame = example();
    frame.times.saved = frame.times.created - 5s;
    frame.times.seen = frame.times.saved - 5s;
    Frame read;
    REQUIRE(wire::read_frame(wire::write_frame(frame), read));
    CHECK(read.times.saved == frame.times.created);
    CHECK(read.times.seen == frame.times.created);

    frame.times.saved = frame.times.created;
    frame.times.seen = frame.times.saved + std::chrono::years{10};
    REQUIRE(wire::read_frame(wire::write_frame(frame), read));
    CHECK(read.times.seen == frame.times.saved + std::chrono::seconds{(1 << 24) - 1});
}

TEST_CASE("another format, kind or flag is unknown")
{
    auto bytes = wire::write_frame(example());
    Frame frame;
    for (unsigned format = 0; format != 256; ++format) {
        bytes.all()[0] = static_cast<std::byte>(format);
        CHECK(wire::read_frame(bytes, frame) == (format == 1));
    }
    bytes.all()[0] = std::byte{1};
    for (unsigned flags = 0; flags != 256; ++flags) {
        bytes.all()[1] = static_cast<std::byte>(flags);
        CHECK(wire::read_frame(bytes, frame) == (flags == 0x01 || flags == 0x11 || flags == 0x02 || flags == 0x12));
    }
}

TEST_CASE("the views of a frame are the ranges that cryptography works on")
{
    auto bytes = wire::write_frame(example());
    const auto* const begin = bytes.all().data();
    CHECK(std::as_const(bytes).fixed().data() == begin);
    CHECK(bytes.fixed().size() == 50);
    CHECK(bytes.maced().size() == 53);
    CHECK(bytes.mac().data() == begin + 53);
    CHECK(bytes.mac().size() == 16);
    CHECK(bytes.seal_id().data() == begin + 6);
}
