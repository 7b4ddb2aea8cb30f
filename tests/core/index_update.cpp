#include <sojourn/core/index_update.hpp>

#include <doctest/doctest.h>

#include "machines.hpp"

#include <sojourn/wire/bytes_io.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

using namespace machines;
using core::Action;
using core::Index;
using core::IndexEntry;
using core::Reply;

using Kind = Action::Kind;
using Outcome = Reply::Outcome;

namespace {

/// As `Draw`, and with chances that are spread evenly.
struct Dice : Draw {
    core::Randomness operator()() const
    {
        auto random = Draw::operator()();
        wire::Writer{random.remember.data()}.integer<8>(*count * 0x9E3779B97F4A7C15U >> 16);
        return random;
    }
};

using Update = core::IndexUpdate<StoreWire, Dice>;

IndexEntry entry(std::string key, std::uint32_t sequence, std::string label = "a browser",
                 core::Time expires = start + 1h)
{
    return {std::move(key), sequence, false, start - 5s, start, expires, std::move(label)};
}

struct Indexed : World<StoreWire> {
    explicit Indexed(bool appends = false) { wire = make_listing_wire(appends); }

    protocol::StorageKey alice = wire.index_key("shop", "alice");

    Update update() { return Update{wire, now, Dice{{&draws}}}; }
    Update update_with(const IndexEntry& what)
    {
        auto machine = update();
        machine.put(alice, what);
        return machine;
    }
    /// The storage's calls that it took, a letter each.
    std::string put(const IndexEntry& what)
    {
        store.kinds.clear();
        auto machine = update_with(what);
        REQUIRE(machine.prepare().has_value());
        store.run(machine);
        failure = machine.failure();
        return store.kinds;
    }
    Bytes& log() { return store.records.find(alice.view())->second.value; }
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
        Index index;
        REQUIRE(core::read_index(plain, index));
        return index;
    }
};

} // namespace

TEST_CASE("an index is created, changed and, when nobody is left in it, gone")
{
    Indexed world;
    world.put(entry("one", 1));
    world.put(entry("two", 1));
    world.put(entry("one", 2, "renamed"));
    CHECK_FALSE(world.failure);
    CHECK(world.stands().size() == 2);
    CHECK(world.stands()[0].label == "renamed");
    world.forget("one");
    world.forget("never there");
    CHECK(world.stands().size() == 1);
    world.forget("two");
    CHECK(world.store.records.empty());
    world.forget("two");
    CHECK_FALSE(world.failure);
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
    CHECK_FALSE(ours.failure());
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
            const std::string salt{as_text(action.value.subspan(9, 16))};
            CHECK(salt != last_salt);
            last_salt = salt;
            world.put(entry("one", 1 + stores));
        }
        action = machine.resume(world.store.answer(action));
    }
    CHECK(stores == Update::max_attempts);
    REQUIRE(machine.failure());
    CHECK(machine.failure() == errc::conflict);
}

TEST_CASE("an index that does not open is replaced by a change: its sessions come back as they are saved")
{
    Indexed world;
    world.put(entry("one", 1));
    world.store.records.begin()->second.value[30] ^= std::byte{1};
    world.put(entry("two", 1));
    CHECK_FALSE(world.failure);
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

TEST_CASE("where the storage appends, what is put is added, and an index is read as what is newest in it")
{
    Indexed world{true};
    CHECK(world.put(entry("one", 1)) == "a");
    CHECK(world.put(entry("two", 1)) == "a");
    CHECK(world.put(entry("one", 3, "renamed")) == "a");
    CHECK(world.put(entry("one", 2, "late")) == "a");
    REQUIRE(world.stands().size() == 2);
    CHECK(world.stands()[0].label == "renamed");
    CHECK(world.stands()[1].key == "two");
    world.forget("one"); // by a load and a compare-and-store, of which one segment is left
    CHECK(world.stands().size() == 1);
    const auto length = world.log().size();
    world.forget("nobody");
    CHECK(world.log().size() == length);
    world.forget("two");
    CHECK(world.store.records.empty());
}

TEST_CASE("an addition lives as long as its entry, and has a salt of its own")
{
    Indexed world{true};
    auto machine = world.update_with(entry("short", 1, "", start + 10s));
    machine.put(world.alice, entry("long", 1, "", start + 1000s));
    machine.put(world.wire.index_key("blog", "alice"), entry("short", 1, "", start + 10s));
    REQUIRE(machine.prepare().has_value());
    REQUIRE(machine.additions().size() == 2);
    CHECK(machine.additions()[0].key == world.alice.view());
    CHECK(machine.additions()[0].ttl == 1001s);
    CHECK(machine.additions()[1].ttl == 11s);
    const auto salt = [](const Addition& addition) { return std::string{as_text(addition.value.subspan(4, 16))}; };
    CHECK(salt(machine.additions()[0]) != salt(machine.additions()[1]));
    CHECK(as_text(machine.additions()[0].head) == as_text(BytesView{world.wire.index_head()}));
}

TEST_CASE("what an append finds in its place that is no log, or one under another key, is written anew")
{
    Indexed world{true};
    world.store.records[std::string{world.alice.view()}] = {Bytes(10, std::byte{'x'}), 77};
    CHECK(world.put(entry("one", 1)) == "als");
    CHECK(world.stands().size() == 1);

    Bytes materials(32, std::byte{9}); // a new primary key, and that of before as a fallback
    materials.insert(materials.end(), 32, std::byte{1});
    Indexed rotated{true};
    rotated.wire = make_listing_wire(true, 36864, materials);
    rotated.store = world.store;
    CHECK(rotated.put(entry("two", 1)) == "als");
    CHECK(rotated.stands().size() == 2);
    CHECK(rotated.put(entry("three", 1)) == "a");
    CHECK(rotated.stands().size() == 3);
    Buffer plain;
    CHECK_FALSE(world.wire.open_index(world.alice.view(), rotated.log(), plain).has_value());
}

TEST_CASE("an append that fails, or one of which it is not known, fails the change")
{
    Indexed world{true};
    world.store.fail_at = 1;
    world.put(entry("one", 1));
    REQUIRE(world.failure);
    CHECK(world.failure == errc::store_failed);
}

TEST_CASE("an index that is added to stays a few KiB longer than what it says, and loses nothing")
{
    Indexed world{true};
    constexpr std::uint32_t sessions = 40;
    std::string kinds;
    std::size_t longest = 0;
    for (std::uint32_t n = 0; n != 4000; ++n) {
        kinds += world.put(entry("a key of a session, and that of another " + std::to_string(n % sessions), n));
        REQUIRE_FALSE(world.failure);
        longest = std::max(longest, world.log().size());
    }
    REQUIRE(world.stands().size() == sessions);
    for (const auto& one : world.stands())
        CHECK(one.sequence >= 4000 - sessions);
    CHECK(longest > Update::short_length);
    CHECK(longest < 6 * Update::short_length);
    const auto compactions = std::ranges::count(kinds, 'l');
    CHECK(compactions > 40);
    CHECK(compactions < 400);
    CHECK(std::ranges::count(kinds, 'a') == 4000);
    CHECK(std::ranges::count(kinds, 's') == compactions);
}

TEST_CASE("a compaction that others get ahead of, or that fails, is left to a later one; it fails no change")
{
    Indexed world{true};
    // until one comes to it
    const auto compaction = [&](auto answer) {
        for (std::uint32_t n = 0; n != 1000; ++n) {
            auto machine = world.update_with(entry("key " + std::to_string(n), n, std::string(200, 'x')));
            REQUIRE(machine.prepare().has_value());
            Action action = machine.resume(world.store.answer(machine.start()));
            if (action.is_done())
                continue;
            CHECK(action.kind == Kind::load);
            unsigned stores = 0;
            while (!action.is_done()) {
                stores += action.kind == Kind::store_if ? 1U : 0U;
                action = machine.resume(answer(action));
            }
            CHECK_FALSE(machine.failure());
            CHECK(world.stands().size() >= n);
            return stores;
        }
        FAIL("none in a thousand");
        return 0U;
    };
    CHECK(compaction([&](const Action& action) { return world.store.answer(action); }) == 1);
    CHECK(compaction([&](const Action& action) {
              if (action.kind == Kind::store_if)
                  world.store.append(std::array{Addition{world.alice.view(), {}, {}, 1h}}); // a new version
              return world.store.answer(action);
          }) == Update::max_compacting_attempts);
    CHECK(compaction([&](const Action&) { return Reply::failed({errc::store_failed, "down"}); }) == 0);
    CHECK(compaction([&](const Action& action) {
              return action.kind == Kind::store_if ? Reply::failed({errc::store_failed, "down"})
                                                   : world.store.answer(action);
          }) == 1);
    world.store.records.clear();
    CHECK(compaction([&](const Action&) { return Reply{Outcome::nothing, {}, {}}; }) == 0); // erased meanwhile
}

TEST_CASE("an index longer than max_length is compacted at once, and what does not get shorter is too large")
{
    Indexed world{true};
    world.wire = make_listing_wire(true, 5000);
    for (std::uint32_t n = 0; n != 100; ++n) {
        world.put(entry("one", n, std::string(200, 'x')));
        REQUIRE_FALSE(world.failure);
        CHECK(world.log().size() <= 5000);
    }
    std::uint32_t told = 0;
    for (; !world.failure; ++told)
        world.put(entry("key " + std::to_string(told), 1, std::string(200, 'x')));
    CHECK(world.failure == errc::too_large);
    CHECK(told > 10);
    CHECK(told < 25);
}

TEST_CASE("a save hands what its indexes are told to a storage that stores both at once, sealed anew at each attempt")
{
    Indexed world{true};
    const auto body = [](std::string_view blog) {
        Buffer bytes;
        core::append_entry({"shop", "alice", "a phone", as_bytes("x"), {}, {}}, bytes);
        core::append_entry({"blog", blog, "a phone", as_bytes("x"), {}, {}}, bytes);
        return std::string{as_text(bytes)};
    };
    const auto names = [&](std::string_view audience, std::string_view subject) {
        const auto key = world.wire.index_key(audience, subject);
        const auto found = world.store.records.find(key.view());
        Buffer plain;
        if (found == world.store.records.end())
            return std::string{"nothing"};
        REQUIRE(world.wire.open_index(key.view(), found->second.value, plain).has_value());
        std::string all;
        Index index;
        REQUIRE(core::read_index(plain, index));
        for (const auto& one : index)
            all += one.left ? "left " : "in ";
        return all;
    };
    for (const bool batches : {true, false}) {
        world.store = {};
        world.store.batches = batches;
        core::State state;
        world.saved(state, body("bob"));
        CHECK(world.store.kinds == (batches ? "c" : "caa"));
        CHECK(names("shop", "alice") == "in ");
        CHECK(names("blog", "bob") == "in ");
        CHECK(names("blog", "ann") == "nothing");

        // Nothing is due, then one changes, then all are
        state.version = world.store.last - (batches ? 2 : 2);
        state = [&] {
            core::State opened = std::move(state);
            for (const auto& [key, record] : world.store.records)
                if (key == world.wire.key(opened.id).view())
                    opened.version = record.version;
            return opened;
        }();
        world.store.kinds.clear();
        std::string text = body("ann");
        auto machine = world.save(state, text);
        const Action first = machine.start();
        REQUIRE(first.additions.size() == 2); // ann comes and bob goes; alice stays and was told just now
        const std::string sealed{as_text(first.additions[0].value)};

        // A conflict: nothing was added, and all is sealed anew
        auto other = state.version;
        for (auto& [key, record] : world.store.records)
            if (key == world.wire.key(state.id).view())
                other = record.version = ++world.store.last;
        const Action second = machine.resume(world.store.answer(first));
        REQUIRE(second.kind == Kind::store_if);
        CHECK(second.version == other);
        REQUIRE(second.additions.size() == 2);
        CHECK(as_text(second.additions[0].value) != sealed);
        CHECK(names("blog", "ann") == "nothing");
        for (Action action = second; !action.is_done();)
            action = machine.resume(world.store.answer(action));
        CHECK_FALSE(machine.failure());
        CHECK(world.store.kinds == (batches ? "ss" : "ssaa"));
        CHECK(names("blog", "ann") == "in ");
        CHECK(names("blog", "bob") == "left ");
    }
}
