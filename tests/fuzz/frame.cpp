// Any bytes as a cookie of the native protocol.
//
// 1. As they are, as base64url and not: refused.
// 2. With a MAC that is right, as a client cannot make it: what is read from the header is written back to the same
//    bytes, and its payload opens to nothing.
// 3. As the body of a session: sealed, written and opened again, it is the same.

#include <sojourn/cipher/xchacha20_poly1305.hpp>
#include <sojourn/protocol/native.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>

#define CHECK(condition) ((condition) ? void() : std::abort())

using namespace sojourn;
using Cipher = cipher::XChaCha20Poly1305;

namespace {

template <bool InCookie>
const protocol::NativeWire<Cipher, InCookie>& wire_of_test()
{
    static const auto wire = [] {
        protocol::Settings settings;
        settings.cookie_name = "fuzz";
        settings.remember_cookie_name = "fuzz too";
        settings.max_length = 30'000;
        return protocol::NativeWire<Cipher, InCookie>{Bytes(64, std::byte{7}), settings};
    }();
    return wire;
}

/// As a cookie of that kind whose key id, and whose MAC, are right.
void read_forged(BytesView input, wire::Kind kind)
{
    const bool own = kind == wire::Kind::session;
    const crypto::KeyRing ring{Bytes(64, std::byte{7}),
                               own ? "native 1 session fuzz" : "native 1 remember fuzz too fuzz"};
    wire::FrameBytes bytes;
    std::ranges::copy(input.first(std::min(input.size(), wire::Frame::size)), bytes.all().begin());
    std::ranges::copy(ring.id(1), bytes.all().begin() + 2);
    Cipher::mac(ring.key(1, crypto::Purpose::header_mac), bytes.maced(), bytes.mac());

    std::string text(wire::Frame::text_size, '\0');
    wire::encode(bytes.all(), text.data());
    const auto found = wire_of_test<true>().read(text, {}, kind);
    wire::Frame frame;
    const bool is_frame = wire::read_frame(bytes, frame);
    CHECK(found.has_value() == (is_frame && frame.in_cookie && frame.kind == kind));
    if (is_frame)
        CHECK(std::ranges::equal(wire::write_frame(frame).maced(), bytes.maced()));
    if (!found)
        return;
    text.resize(wire_of_test<true>().text_size(found->frame), 'A');
    auto state = wire_of_test<true>().state_of(*found);
    CHECK(!wire_of_test<true>().open_payload(*found, text, state));
}

void carry(BytesView input)
{
    core::State state;
    state.exists = true;
    Buffer body, text;
    body.append(input);
    const auto written = wire_of_test<true>().write(state, body, text);
    CHECK(written.has_value() == (input.size() + Cipher::tag_size <= wire_of_test<true>().settings().max_length));
    if (!written)
        return;
    const auto found = wire_of_test<true>().read(as_text(text));
    CHECK(found.has_value());
    auto opened = wire_of_test<true>().state_of(*found);
    CHECK(wire_of_test<true>().open_payload(*found, as_text(text), opened).has_value());
    CHECK(equal(opened.body, input));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    crypto::initialize();
    const auto input = std::as_bytes(std::span{data, size});
    std::string text(wire::encoded_size(size), '\0');
    wire::encode(input, text.data());
    for (const std::string_view cookie : {std::string_view{text}, as_text(input)}) {
        CHECK(!wire_of_test<true>().read(cookie));
        CHECK(!wire_of_test<false>().read(cookie));
        CHECK(!wire_of_test<true>().read(cookie, {}, wire::Kind::remember));
    }
    read_forged(input, wire::Kind::session);
    read_forged(input, wire::Kind::remember);
    carry(input);
    return 0;
}
