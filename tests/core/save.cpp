#include <sojourn/core/save.hpp>

#include <doctest/doctest.h>

#include "machines.hpp"

#include <set>

using namespace machines;
using core::Action;
using core::Intent;
using core::Reply;
using core::State;

using Kind = Action::Kind;
using Outcome = Reply::Outcome;

namespace {

/// A world with one saved session, as a request that has opened it sees it.
struct Existing : World<StoreWire> {
    State state;
    std::string cookie;
    explicit Existing(std::string text = "old")
    {
        cookie = saved(state, std::move(text));
        state = open(cookie).state;
    }
};

} // namespace

TEST_CASE("a new session is created, never stored over another")
{
    World<StoreWire> world;
    State state;
    std::string text = "hello";
    auto machine = world.save(state, text);

    // It asks the store to create the record
    const Action create = machine.start();
    REQUIRE(create.kind == Kind::create);
    CHECK(create.key.size() == 43);
    CHECK(create.ttl == 3600s);
    CHECK(create.value.size() > text.size());

    // The state is as it was until the store has answered
    CHECK_FALSE(state.exists);
    CHECK(machine.resume({}).kind == Kind::done);
    CHECK_FALSE(machine.failure());
    CHECK(state.exists);
    CHECK(text_of(state) == "hello");
    CHECK(machine.text().size() == wire::Frame::text_size);
}

TEST_CASE("an id that is taken is an error and sends nothing")
{
    World<StoreWire> world;
    State state;
    std::string text = "hello";
    auto machine = world.save(state, text);
    machine.start();
    CHECK(machine.resume({Outcome::conflict, {}, {}}).kind == Kind::done);
    REQUIRE(machine.failure());
    CHECK(machine.failure() == errc::id_taken);
    CHECK(machine.text().empty());
    CHECK_FALSE(state.exists);
}

TEST_CASE("prior art 35, 36: an unchanged session asks the store for nothing and sends nothing")
{
    Existing world;
    std::string text = "old";
    auto machine = world.save(world.state, text);
    CHECK(machine.start().kind == Kind::done);
    CHECK(machine.text().empty());
    CHECK_FALSE(machine.failure());

    // A new one without data, likewise, even if a renewal is asked for
    State fresh;
    std::string nothing;
    for (const Intent intent : {Intent::changes, Intent::renewal}) {
        auto unborn = world.save(fresh, nothing, intent);
        CHECK(unborn.start().kind == Kind::done);
        CHECK(unborn.text().empty());
    }
}

TEST_CASE("no randomness is drawn for what is not saved")
{
    Existing world;
    const auto before = world.draws;
    std::string text = "old";
    auto machine = world.save(world.state, text);
    machine.start();
    CHECK(world.draws == before);
}

TEST_CASE("a change is one compare-and-store with the version that was read")
{
    Existing world;
    std::string text = "new";
    auto machine = world.save(world.state, text);
    const Action action = machine.start();
    REQUIRE(action.kind == Kind::store_if);
    CHECK(action.version == world.state.version);
    CHECK(action.key == world.wire.key(world.state.id).view());
    CHECK(machine.resume({}).kind == Kind::done);
    CHECK_FALSE(machine.failure());
    CHECK(machine.text().size() == wire::Frame::text_size);
}

TEST_CASE("a store that fails at step N fails the save, for every N, and leaves the state as it was")
{
    for (const Intent intent : {Intent::changes, Intent::renewal, Intent::login}) {
        for (unsigned step = 1;; ++step) {
            Existing world;
            const auto calls_before = world.store.calls;
            const auto id_before = world.state.id;
            world.store.fail_at = calls_before + step;
            const std::string sent = world.saved(world.state, "new", intent);
            if (world.store.calls < world.store.fail_at)
                break; // it has no N-th step
            REQUIRE(world.failure);
            CHECK(world.failure == errc::store_failed);
            CHECK(sent.empty());
            CHECK(world.state.id == id_before);
            CHECK(text_of(world.state) == "old");

            // and once the store is back, the client's cookie still opens and the save can be tried again
            world.store.fail_at = 0;
            CHECK(world.open(world.cookie).state.exists);
            const std::string again = world.saved(world.state, "new", intent);
            CHECK_FALSE(world.failure);
            CHECK(text_of(world.open(again).state) == "new");
        }
    }
}

TEST_CASE("prior art 7, 8, 31: a session destroyed meanwhile stays dead")
{
    Existing world;
    world.store.records.clear();
    CHECK(world.saved(world.state, "late").empty());
    REQUIRE(world.failure);
    CHECK(world.failure == errc::session_gone);
    CHECK(world.store.records.empty());
}

TEST_CASE("prior art 32: a conflict merges with what stands there and tries again")
{
    Existing world;
    auto other = world.open(world.cookie).state;
    const std::string their_cookie = world.saved(other, "theirs");
    const std::string our_cookie = world.saved(world.state, "ours");
    CHECK_FALSE(world.failure);
    CHECK(text_of(world.open(our_cookie).state) == "theirs+ours");
    // and both responses carry the same id, so that it does not matter which arrives last
    CHECK(world.open(their_cookie).state.id == world.open(our_cookie).state.id);
    CHECK(world.wire.read(their_cookie)->frame.id == world.wire.read(our_cookie)->frame.id);
}

TEST_CASE("conflicts are retried a bounded number of times, each time under another salt")
{
    Existing world;
    std::string text = "ours";
    auto machine = world.save(world.state, text);
    std::set<std::string> salts;
    Action action = machine.start();
    unsigned attempts = 0;
    while (action.kind != Kind::done) {
        REQUIRE(action.kind == Kind::store_if);
        ++attempts;
        salts.insert(std::string{as_text(action.value.subspan(5, 16))});
        // somebody else was faster, each time
        auto other = world.open(world.cookie).state;
        world.saved(other, "theirs " + std::to_string(attempts));
        action = machine.resume(world.store.answer(action));
    }
    CHECK(attempts == decltype(machine)::max_attempts);
    CHECK(salts.size() == attempts);
    REQUIRE(machine.failure());
    CHECK(machine.failure() == errc::conflict);
    CHECK(machine.text().empty());
}

TEST_CASE("a record that was replaced by something that does not open fails the save")
{
    Existing world;
    world.store.records.begin()->second = {Bytes(100, std::byte{7}), ++world.store.last};
    CHECK(world.saved(world.state, "new").empty());
    REQUIRE(world.failure);
    CHECK(world.failure == errc::bad_record);
}

TEST_CASE("prior art 9: after a login the old id is dead at once, without grace")
{
    Existing world;
    const std::string cookie = world.saved(world.state, "logged in", Intent::login);
    CHECK_FALSE(world.failure);
    CHECK(world.store.records.size() == 1);
    CHECK(world.open(world.cookie).reason == errc::not_found);
    CHECK(text_of(world.open(cookie).state) == "logged in");
    const auto before = world.wire.read(world.cookie)->frame;
    const auto after = world.wire.read(cookie)->frame;
    CHECK(before.id.family != after.id.family);
    CHECK(before.id.generation != after.id.generation);
}

TEST_CASE("a login creates before it ends what was, so that a failing store loses nothing")
{
    Existing world;
    std::string text = "logged in";
    auto machine = world.save(world.state, text, Intent::login);
    CHECK(machine.start().kind == Kind::create);
    const Action end = machine.resume({});
    REQUIRE(end.kind == Kind::store_if);
    CHECK(end.key == world.wire.key(world.wire.read(world.cookie)->frame.id).view());
    CHECK(end.ttl == 0s);
    CHECK(machine.resume({Outcome::nothing, {}, {}}).kind == Kind::done);
    CHECK_FALSE(machine.failure());
}

TEST_CASE("two saves in one request carry one id")
{
    World<StoreWire> world;
    State state;
    const std::string first = world.saved(state, "one");
    const std::string second = world.saved(state, "one two");
    CHECK_FALSE(world.failure);
    CHECK(world.wire.read(first)->frame.id == world.wire.read(second)->frame.id);
    CHECK(text_of(world.open(second).state) == "one two");
}

TEST_CASE("a session opened with a fallback key is sealed with the primary one at its next save, changed or not")
{
    Existing world;
    auto rotated = make_wire<StoreWire>(9);
    // the key that was primary is the fallback now: open under keys {9, 2} what was made under {2}
    World<StoreWire> old;
    old.wire = make_wire<StoreWire>(2);
    State state;
    const std::string cookie = old.saved(state, "text");
    old.wire = std::move(rotated);
    auto opened = old.open(cookie).state;
    REQUIRE(opened.exists);
    CHECK(opened.key == 1);
    const std::string renewed = old.saved(opened, "text");
    CHECK_FALSE(renewed.empty());
    CHECK(old.wire.read(renewed)->key == 0);
    CHECK(old.open(renewed).state.key == 0);
}

TEST_CASE("what is longer than max_length is refused before the store is asked")
{
    Existing world;
    const auto calls = world.store.calls;
    CHECK(world.saved(world.state, std::string(40000, 'x')).empty());
    REQUIRE(world.failure);
    CHECK(world.failure == errc::too_large);
    CHECK(world.store.calls == calls);

    World<CookieWire> cookies;
    State state;
    CHECK(cookies.saved(state, std::string(30000, 'x')).empty());
    REQUIRE(cookies.failure);
    CHECK(cookies.failure == errc::cookie_overflow);
    CHECK_FALSE(state.exists);
}

TEST_CASE("with the cookie storage a save asks nobody and each has an id of its own")
{
    World<CookieWire> world;
    State state;
    const std::string first = world.saved(state, "one");
    const std::string second = world.saved(state, "two");
    CHECK(world.store.calls == 0);
    const auto one = world.wire.read(first)->frame.id;
    const auto two = world.wire.read(second)->frame.id;
    CHECK(one.family == two.family);
    CHECK(one.generation != two.generation);
    CHECK(text_of(world.open(second).state) == "two");
}

TEST_CASE("what is stored on the side keeps the id, the times and the client's cookie")
{
    Existing world;
    const auto generation = world.state.id.generation;
    const auto saved_at = world.state.times.saved;
    world.now += 100s;
    std::string text = "side";
    auto machine = world.save(world.state, text, Intent::side);
    const Action store = machine.start();
    REQUIRE(store.kind == Kind::store_if);
    CHECK(store.ttl == 3500s); // what is left, no more
    CHECK(machine.resume(world.store.answer(store)).kind == Kind::done);
    CHECK(machine.stored());
    CHECK(machine.text().empty());
    const auto opened = world.open(world.cookie).state;
    CHECK(text_of(opened) == "side");
    CHECK(opened.id.generation == generation);
    CHECK(opened.times.saved == saved_at);

    // unchanged: nothing, whatever else would be due
    auto again = world.open(world.cookie).state;
    again.key = 1;
    auto idle = world.save(again, text, Intent::side);
    CHECK(idle.start().kind == Kind::done);
    CHECK_FALSE(idle.stored());
}

TEST_CASE("on the side: a conflict merges, a session that is gone stays gone, a failure at step N is one, for every N")
{
    Existing world;
    const State read = world.open(world.cookie).state;
    State theirs = world.open(world.cookie).state;
    world.saved(theirs, "theirs");
    for (const unsigned fail_at : {1U, 2U, 0U}) {
        State state = world.open(world.cookie).state;
        state.version = read.version;
        state.body.clear();
        state.body.append(as_bytes("old"));
        std::string text = "mine";
        world.store.calls = 0;
        world.store.fail_at = fail_at;
        auto machine = world.save(state, text, Intent::side);
        auto action = machine.start();
        while (action.kind != Kind::done)
            action = machine.resume(world.store.answer(action));
        CHECK(bool{machine.failure()} == (fail_at != 0));
        CHECK(machine.stored() == (fail_at == 0));
        CHECK(machine.text().empty());
    }
    world.store.fail_at = 0;
    CHECK(text_of(world.open(world.cookie).state) == "theirs+mine");

    State late = world.open(world.cookie).state;
    world.store.records.clear();
    std::string text = "late";
    auto machine = world.save(late, text, Intent::side);
    machine.resume(world.store.answer(machine.start()));
    REQUIRE(machine.failure());
    CHECK(machine.failure() == errc::session_gone);
    CHECK(world.store.records.empty());

    auto refused = world.save(late, text, Intent::side);
    refused.refuse(errc::session_closed);
    CHECK(refused.start().kind == Kind::done);
    CHECK(refused.failure());
}
