#include <sojourn/core/save.hpp>

#include <doctest/doctest.h>

#include "machines.hpp"

#include <functional>

using namespace machines;
using core::Action;
using core::Intent;
using core::Reply;
using core::State;

using Kind = Action::Kind;

namespace {

/// A session that two requests have opened: one that logs in, and another.
struct TwoRequests : World<StoreWire> {
    State ours;
    std::string cookie;
    TwoRequests()
    {
        State state;
        cookie = saved(state, "old");
        ours = open(cookie).state;
    }

    /// Logs in with the text; `meanwhile(calls)` happens before the store is asked for the n-th time.
    std::string log_in(const std::function<void(unsigned)>& meanwhile)
    {
        std::string text = "mine";
        auto machine = save(ours, text, Intent::login);
        unsigned calls = 0;
        for (Action action = machine.start(); action.kind != Kind::done;) {
            meanwhile(++calls);
            action = machine.resume(store.answer(action));
        }
        failure = machine.failure();
        conflicts = machine.conflicts();
        return std::string{as_text(machine.text())};
    }
    void other_saves(const std::string& text)
    {
        auto state = open(cookie).state;
        const auto before = failure;
        saved(state, text);
        REQUIRE_FALSE(failure);
        failure = before;
    }

    unsigned conflicts = 0;
};

} // namespace

TEST_CASE("a login loses no update: what another request saves meanwhile is in the new session, whenever it comes")
{
    for (const unsigned moment : {1U, 2U}) {
        TwoRequests world;
        const auto cookie = world.log_in([&](unsigned call) {
            if (call == moment)
                world.other_saves("theirs");
        });
        REQUIRE_FALSE(world.failure);
        CHECK(text_of(world.open(cookie).state) == "theirs+mine");
        CHECK(world.conflicts == 1);
        CHECK(world.store.records.size() == 1); // neither the old session nor what was begun in vain
        CHECK(world.open(world.cookie).reason == errc::not_found);
    }
}

TEST_CASE("a login that is overtaken again and again merges each time, and gives up in the end with nothing lost")
{
    for (const unsigned times : {5U, 1000U}) {
        TwoRequests world;
        unsigned done = 0;
        const auto cookie = world.log_in([&](unsigned call) {
            if (call % 3 == 2 && done < times)
                world.other_saves("theirs " + std::to_string(++done));
        });
        if (times == 5) {
            REQUIRE_FALSE(world.failure);
            CHECK(world.conflicts == 5);
            const auto text = text_of(world.open(cookie).state);
            CHECK(text.starts_with("theirs 5+"));
            CHECK(text.ends_with("mine"));
        } else {
            REQUIRE(world.failure);
            CHECK(world.failure == errc::conflict);
            CHECK(cookie.empty());
            CHECK(text_of(world.open(world.cookie).state) == "theirs " + std::to_string(done));
        }
    }
}

TEST_CASE("a late save after a login finds nothing to store into")
{
    TwoRequests world;
    auto late = world.open(world.cookie).state;
    world.log_in([](unsigned) {});
    REQUIRE_FALSE(world.failure);
    CHECK(world.saved(late, "late").empty());
    REQUIRE(world.failure);
    CHECK(world.failure == errc::session_gone);
}

TEST_CASE("two logins of one session at once are two sessions; what both came from is dead")
{
    TwoRequests world;
    auto other = world.open(world.cookie).state;
    const auto one = world.log_in([](unsigned) {});
    const auto two = world.saved(other, "other", Intent::login);
    CHECK_FALSE(world.failure);
    CHECK(text_of(world.open(one).state) == "mine");
    CHECK(text_of(world.open(two).state) == "other");
    CHECK(world.open(world.cookie).reason == errc::not_found);
}

TEST_CASE("a login that is overtaken and whose store fails at step N fails, for every N, and the old session is whole")
{
    for (unsigned step = 1;; ++step) {
        TwoRequests world;
        bool failed = false;
        const auto cookie = world.log_in([&](unsigned call) {
            if (call == 2)
                world.other_saves("theirs");
            if (call == step) {
                world.store.fail_at = world.store.calls + 1;
                failed = true;
            }
        });
        world.store.fail_at = 0;
        if (!failed)
            break;
        CAPTURE(step);
        REQUIRE(world.failure);
        CHECK(world.failure == errc::store_failed);
        CHECK(cookie.empty());
        CHECK(text_of(world.open(world.cookie).state) == (step == 1 ? "old" : "theirs"));

        const auto again = world.log_in([](unsigned) {});
        REQUIRE_FALSE(world.failure);
        CHECK(text_of(world.open(again).state).ends_with("mine"));
        CHECK(world.open(world.cookie).reason == errc::not_found);
    }
}

TEST_CASE("with metadata, a store that fails at step N fails the save, for every N; it can be tried again")
{
    const auto body = [](std::string_view subject, std::string_view data) {
        Buffer bytes;
        core::append_entry({"shop", subject, {}, as_bytes(data), {}, {}}, bytes);
        return std::string{as_text(bytes)};
    };
    struct Case {
        Intent intent;
        bool appends, batches;
        unsigned last; ///< the step after which the new session is in place, and the old one is dead
    };
    for (const auto& [intent, appends, batches, last] :
         {Case{Intent::changes, false, false, 5}, Case{Intent::login, false, false, 4},
          Case{Intent::changes, true, false, 3}, Case{Intent::login, true, false, 3},
          Case{Intent::changes, true, true, 1}, Case{Intent::login, true, true, 2}}) {
        for (unsigned step = 1;; ++step) {
            World<StoreWire> world;
            world.wire = make_listing_wire(appends);
            world.store.batches = batches;
            State state;
            const auto cookie = world.saved(state, body("alice", "old"));
            state = world.open(cookie).state;
            world.store.fail_at = world.store.calls + step;
            const auto sent = world.saved(state, body("bob", "new"), intent);
            const bool failed = world.store.calls >= world.store.fail_at;
            world.store.fail_at = 0;
            CAPTURE(step);

            // What is in vain in an index harms nobody
            CHECK(bool{world.failure} == (failed && step <= last));
            CHECK((failed || step == (intent == Intent::changes ? last + 1 : last + 3)));
            CHECK(sent.empty() == bool{world.failure});
            CHECK(world.open(cookie).state.exists == (intent == Intent::changes || sent.empty()));

            const auto again = sent.empty() ? world.saved(state, body("bob", "new"), intent) : sent;
            CHECK_FALSE(again.empty());
            const auto opened = world.open(again);
            CHECK(text_of(opened.state).find("new") != std::string::npos);
            const auto bobs = world.wire.index_key("shop", "bob");
            REQUIRE(world.store.records.contains(bobs.view()));
            Buffer plain;
            REQUIRE(world.wire.open_index(bobs.view(), world.store.records.find(bobs.view())->second.value, plain)
                        .has_value());
            bool listed = false;
            core::Index index;
            REQUIRE(core::read_index(plain, index));
            for (const auto& entry : index)
                listed = listed || (entry.key == world.wire.key(opened.state.id).view() && !entry.left);
            CHECK(listed);
            if (!failed)
                break;
        }
    }
}
