#include <sojourn/core/index.hpp>

#include <doctest/doctest.h>

#include "machines.hpp"

#include <cstddef>
#include <string>

using namespace machines;
using core::Action;
using core::Index;
using core::IndexEntry;
using core::Reply;

using Kind = Action::Kind;
using Outcome = Reply::Outcome;
using Update = core::IndexUpdate<StoreWire, Draw>;

namespace {

IndexEntry entry(std::string key, std::uint32_t sequence, std::string label = "a browser",
                 core::Time expires = start + 1h)
{
    return {std::move(key), sequence, false, start - 5s, start, expires, std::move(label)};
}

struct Indexed : World<StoreWire> {
    protocol::StorageKey alice = wire.index_key("shop", "alice");

    Update update() { return Update{wire, now, Draw{&draws}}; }
    void put(const IndexEntry& what)
    {
        auto machine = update();
        machine.put(alice, what);
        store.run(machine);
        failure = machine.failure();
    }
    void forget(std::string_view key)
    {
        auto machine = update();
        machine.forget(alice, key);
        store.run(machine);
        failure = machine.failure();
    }
    Index stands() const
    {
        const auto found = store.records.find(alice.view());
        if (found == store.records.end())
            return {};
        Buffer plain;
        REQUIRE(wire.open_index(alice.view(), found->second.value, plain).has_value());
        return core::read_index(plain).value();
    }
};

} // namespace

TEST_CASE("an index is read as it was written, and nothing shorter is one")
{
    const Index index{entry("first", 1),
                      entry("second", 0xFFFFFFFF, std::string(300, 'x')),
                      {"third", 3, true, core::Time{}, start, start + 400h, {}}};
    Buffer bytes;
    core::append_index(index, bytes);
    const auto read = core::read_index(bytes).value();
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
    for (std::size_t size = 0; size != bytes.size(); ++size)
        whole += core::read_index(BytesView{bytes}.first(size)).has_value() ? 1 : 0;
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

TEST_CASE("an index is created, changed and, when nobody is left in it, gone")
{
    Indexed world;
    world.put(entry("one", 1));
    world.put(entry("two", 1));
    world.put(entry("one", 2, "renamed"));
    CHECK_FALSE(world.failure.has_value());
    CHECK(world.stands().size() == 2);
    CHECK(world.stands()[0].label == "renamed");
    world.forget("one");
    world.forget("never there");
    CHECK(world.stands().size() == 1);
    world.forget("two");
    CHECK(world.store.records.empty());
    world.forget("two");
    CHECK_FALSE(world.failure.has_value());
    CHECK(world.store.records.empty());
}

TEST_CASE("entries whose sessions are over go with the next change")
{
    Indexed world;
    world.put(entry("over soon", 1, "", start + 10s));
    world.now += 11s;
    world.put(entry("new", 1, "", world.now + 1h));
    REQUIRE(world.stands().size() == 1);
    CHECK(world.stands()[0].key == "new");
}

TEST_CASE("an index lives as long as the longest of its sessions")
{
    Indexed world;
    auto machine = world.update();
    machine.put(world.alice, entry("short", 1, "", start + 10s));
    machine.put(world.alice, entry("long", 1, "", start + 1000s));
    CHECK(machine.start().kind == Kind::load);
    const Action create = machine.resume({Outcome::nothing, {}, {}});
    CHECK(create.kind == Kind::create);
    CHECK(create.ttl >= 1000s);
    CHECK(create.ttl <= 1002s);
}

TEST_CASE("a change that others overtake is made to what stands then")
{
    Indexed world;
    // both find nothing; the other one creates it first
    auto ours = world.update();
    ours.put(world.alice, entry("ours", 1));
    const auto load = world.store.answer(ours.start());
    const Action create = ours.resume(load);
    world.put(entry("theirs", 1));
    const Action reload = ours.resume(world.store.answer(create));
    CHECK(reload.kind == Kind::load);
    // and changes it again before we have
    const Action store = ours.resume(world.store.answer(reload));
    REQUIRE(store.kind == Kind::store_if);
    world.put(entry("third", 1));
    const Action again = ours.resume(world.store.answer(store));
    REQUIRE(again.kind == Kind::store_if);
    // and it expires
    const auto kept = world.store.records;
    world.store.records.clear();
    const Action anew = ours.resume(world.store.answer(again));
    REQUIRE(anew.kind == Kind::create);
    CHECK(ours.resume(world.store.answer(anew)).kind == Kind::done);
    CHECK_FALSE(ours.failure().has_value());
    REQUIRE(world.stands().size() == 1);
    CHECK(world.stands()[0].key == "ours");
}

TEST_CASE("a change is tried a bounded number of times, each sealed under another salt")
{
    Indexed world;
    world.put(entry("one", 1));
    auto machine = world.update();
    machine.put(world.alice, entry("two", 1));
    unsigned stores = 0;
    std::string last_salt;
    for (Action action = machine.start(); action.kind != Kind::done;) {
        if (action.kind == Kind::store_if) {
            ++stores;
            const std::string salt{as_text(action.value.subspan(5, 16))};
            CHECK(salt != last_salt);
            last_salt = salt;
            world.put(entry("one", 1 + stores));
        }
        action = machine.resume(world.store.answer(action));
    }
    CHECK(stores == Update::max_attempts);
    REQUIRE(machine.failure().has_value());
    CHECK(*machine.failure() == errc::conflict);
}

TEST_CASE("an index that does not open is replaced by a change: its sessions come back as they are saved")
{
    Indexed world;
    world.put(entry("one", 1));
    world.store.records.begin()->second.value[30] ^= std::byte{1};
    world.put(entry("two", 1));
    CHECK_FALSE(world.failure.has_value());
    REQUIRE(world.stands().size() == 1);
    CHECK(world.stands()[0].key == "two");
}

TEST_CASE("a sealed index opens whole, under its own key only")
{
    Indexed world;
    world.put(entry("one", 1));
    const Bytes record = world.store.records.begin()->second.value;
    Buffer plain;
    const auto opens = [&](std::string_view key, BytesView bytes) {
        return world.wire.open_index(key, bytes, plain).has_value();
    };
    CHECK(opens(world.alice.view(), record));
    CHECK_FALSE(opens(world.wire.index_key("shop", "bob").view(), record));
    for (std::size_t bit = 0; bit != record.size() * 8; ++bit) {
        Bytes flipped = record;
        flipped[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
        REQUIRE_FALSE(opens(world.alice.view(), flipped));
    }
    for (std::size_t size = 0; size != record.size(); ++size)
        REQUIRE_FALSE(opens(world.alice.view(), BytesView{record}.first(size)));

    // a session's record is no index and an index no session's record
    core::State state;
    state.id.family = {};
    CHECK_FALSE(world.wire.open_record(record, state).has_value());
    std::string text = "text";
    core::State other;
    world.saved(other, text);
    for (const auto& [key, stored] : world.store.records)
        if (key != world.alice.view())
            CHECK_FALSE(opens(world.alice.view(), stored.value));
}

TEST_CASE("index keys tell audiences, subjects and their borders apart, and other cookie names")
{
    const Indexed world;
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
