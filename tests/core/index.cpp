#include <sojourn/core/index.hpp>

#include <doctest/doctest.h>

#include "machines.hpp"

#include <cstddef>
#include <string>

using namespace machines;
using core::Index;
using core::IndexEntry;

namespace {

IndexEntry entry(std::string key, std::uint32_t sequence, std::string label = "a browser",
                 core::Time expires = start + 1h)
{
    return {std::move(key), sequence, false, start - 5s, start, expires, std::move(label)};
}

} // namespace

TEST_CASE("an index is read as it was written, and nothing shorter is one")
{
    const Index index{entry("first", 1),
                      entry("second", 0xFFFFFFFF, std::string(300, 'x')),
                      {"third", 3, true, core::Time{}, start, start + 400h, {}}};
    Buffer bytes;
    core::append_index(index, bytes);
    Index read;
    REQUIRE(core::read_index(bytes, read));
    REQUIRE(read.size() == index.size());
    for (std::size_t i = 0; i != index.size(); ++i) {
        CHECK(read[i].key == index[i].key);
        CHECK(read[i].sequence == index[i].sequence);
        CHECK(read[i].left == index[i].left);
        CHECK(read[i].created == index[i].created);
        CHECK(read[i].seen == index[i].seen);
        CHECK(read[i].expires == index[i].expires);
        CHECK(read[i].label == index[i].label);
    }
    int whole = 0;
    for (std::size_t size = 0; size != bytes.size(); ++size) {
        Index part;
        whole += core::read_index(BytesView{bytes}.first(size), part) ? 1 : 0;
    }
    CHECK(whole == 3); // nothing, one entry, two entries
}

TEST_CASE("what is newer replaces what is older, in whichever order they come")
{
    Index index;
    core::put_newer(index, entry("k", 2, "two"));
    core::put_newer(index, entry("k", 1, "one"));
    CHECK(index.size() == 1);
    CHECK(index[0].label == "two");
    core::put_newer(index, entry("k", 3, "three"));
    core::put_newer(index, entry("other", 1));
    CHECK(index.size() == 2);
    CHECK(index[0].label == "three");
}

TEST_CASE("moments lie in one period or not")
{
    CHECK(core::same_period(core::Time{60s}, core::Time{119s}, 60s));
    CHECK_FALSE(core::same_period(core::Time{119s}, core::Time{120s}, 60s));
    CHECK_FALSE(core::same_period(core::Time{60s}, core::Time{60s}, 0s)); // no period: tell it each time
}

TEST_CASE("index keys tell audiences, subjects and their borders apart, and other cookie names")
{
    const World<StoreWire> world;
    const auto key = [&](std::string_view audience, std::string_view subject) {
        return std::string{world.wire.index_key(audience, subject).view()};
    };
    CHECK(key("shop", "alice") == key("shop", "alice"));
    CHECK(key("shop", "alice") != key("shop", "bob"));
    CHECK(key("shop", "alice") != key("blog", "alice"));
    CHECK(key("shopa", "lice") != key("shop", "alice"));
    CHECK(key("shop", "alice") != make_wire<StoreWire>(1, "other").index_key("shop", "alice").view());
    CHECK(key("shop", "alice") == make_wire<StoreWire>(9).index_key("shop", "alice").view()); // keys rotate
}
