#include <sojourn/core/part.hpp>

#include <doctest/doctest.h>

#include "client.hpp"

#include <string>

using namespace sojourn;
using Codec = codec::MessagePack<shop::Cart>;
using core::Part;
using core::Payload;

namespace {

const Codec cart_codec;
const CodecLimits limits;

Payload<Codec> payload(Part<Codec>& part, bool leaves = false)
{
    return {cart_codec, limits, {.audience = "shop", .leaves = leaves}, part};
}

Buffer encoded(const Payload<Codec>& payload, BytesView body)
{
    Buffer out;
    REQUIRE(payload.encode(body, out).has_value());
    return out;
}

Buffer body_of(int visits, const std::string& user = "", const std::string& subject = "")
{
    Part<Codec> part;
    part.data.visits = visits;
    part.data.user = user;
    part.subject = subject;
    part.present = true;
    return encoded(payload(part), {});
}

Part<Codec> read(BytesView body, std::string_view audience = "shop")
{
    Part<Codec> part;
    static_cast<void>(core::read_part(cart_codec, limits, audience, body, part));
    return part;
}

} // namespace

TEST_CASE("a part that says nothing is not put into the body, and stays in it once it was there")
{
    Part<Codec> part;
    CHECK(encoded(payload(part), {}).empty());
    part.present = true;
    CHECK_FALSE(encoded(payload(part), {}).empty());
    Part<Codec> somebody;
    somebody.subject = "alice";
    CHECK(read(encoded(payload(somebody), {})).subject == "alice");
}

TEST_CASE("other audiences' entries are passed on byte for byte, in their order")
{
    Buffer body;
    core::append_entry({"blog", "bob", {}, as_bytes("not for us"), {}, {}}, body);
    body.append(body_of(1));
    core::append_entry({"wiki", "", {}, as_bytes("nor this"), {}, {}}, body);
    Part<Codec> part = read(body);
    part.data.visits = 2;
    const Buffer out = encoded(payload(part), body);
    std::vector<std::string> audiences;
    REQUIRE(core::for_each_entry(out, [&](const core::Entry& entry) {
        audiences.emplace_back(entry.audience);
        if (entry.audience == "blog")
            CHECK(as_text(entry.data) == "not for us");
        if (entry.audience == "wiki")
            CHECK(as_text(entry.data) == "nor this");
    }));
    CHECK(audiences == std::vector<std::string>{"blog", "shop", "wiki"});
    CHECK(read(out).data.visits == 2);

    const Buffer left = encoded(payload(part, true), body);
    CHECK_FALSE(read(left).present);
    CHECK(read(left, "blog").present);
}

TEST_CASE("a merge becomes the part when it is committed, and not before")
{
    const Buffer base = body_of(1);
    const Buffer theirs = body_of(1, "Alice", "alice");
    Part<Codec> part = read(base);
    part.data.visits = 2;
    auto saving = payload(part);
    REQUIRE(saving.merge(base, theirs).has_value());
    CHECK(part.data.user.empty());
    CHECK(read(encoded(saving, theirs)).data.user == "Alice");
    saving.commit();
    CHECK(part.data.user == "Alice");
    CHECK(part.data.visits == 2);
    CHECK(part.subject == "alice");
}

TEST_CASE("prior art 32: a save that gave up is tried again from where the program left it")
{
    const Buffer base = body_of(0, "nobody");
    Part<Codec> part = read(base);
    part.data.visits = 5;
    {
        auto gave_up = payload(part);
        REQUIRE(gave_up.merge(base, body_of(0, "first")).has_value());
    }
    auto again = payload(part);
    REQUIRE(again.merge(base, body_of(0, "second")).has_value());
    again.commit();
    CHECK(part.data.user == "second"); // not what the first attempt had merged
    CHECK(part.data.visits == 5);
}

TEST_CASE("who was logged out of this audience meanwhile stays so; what cannot be read of theirs gives way to ours")
{
    const Buffer base = body_of(1);
    Part<Codec> part = read(base);
    CHECK(payload(part).merge(base, {}).error() == errc::session_gone);
    CHECK(payload(part, true).merge(base, {}).has_value());
    Buffer broken;
    core::append_entry({"shop", "", {}, as_bytes("\xC1"), {}, {}}, broken);
    CHECK(payload(part).merge(base, broken).has_value());
}
