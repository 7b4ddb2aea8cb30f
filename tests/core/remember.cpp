#include <sojourn/core/generations.hpp>

#include <doctest/doctest.h>

#include "remembering.hpp"

#include <sojourn/core/destroy.hpp>

#include <chrono>
#include <string>
#include <utility>

using namespace remembering;
using Kind = core::Action::Kind;

namespace {

/// The client has no session any more, for this reason.
template <class Wire>
void forgotten(Remembered<Wire>& world, errc why)
{
    const auto opened = world.return_visit();
    CHECK_FALSE(opened.state.exists);
    CHECK_FALSE(opened.state.restored);
    CHECK(opened.state.body.empty());
    CHECK(opened.reason == why);
    CHECK_FALSE(opened.failure);
}

} // namespace

TEST_CASE_TEMPLATE("a session has a remember cookie if it is to have one, and keeps it", Wire, StoreWire, CookieWire)
{
    World<Wire> world;
    State state;
    std::string text = "hello";
    auto plain = world.save(state, text);
    world.store.run(plain);
    CHECK(plain.remember_text().empty());
    CHECK_FALSE(state.remembered());

    // It is switched on: saved although its data is as it was
    state.to_remember = core::Remembering::yes;
    CHECK(state.remembered());
    auto on = world.save(state, text);
    world.store.run(on);
    CHECK(on.remember_text().size() >= wire::Frame::text_size);
    CHECK(state.to_remember == core::Remembering::as_it_is);
    REQUIRE(state.remember.exists);
    CHECK(state.remember.id.family == state.id.family);
    CHECK(state.remember.id.generation != state.id.generation);
    CHECK(state.remember.times.created == world.now);

    // As it is: nothing to do
    auto unchanged = world.save(state, text);
    CHECK(unchanged.start().kind == Kind::done);
    CHECK(unchanged.text().empty());
    CHECK(unchanged.remember_text().empty());
}

TEST_CASE_TEMPLATE("the remember cookie restores the session, as often as it is asked to", Wire, StoreWire, CookieWire)
{
    Remembered<Wire> world;
    const auto own = world.request();
    CHECK_FALSE(own.state.restored);
    const auto records = world.store.records.size();
    const auto version = world.store.last;
    for (int i = 0; i != 3; ++i) {
        const auto opened = world.return_visit();
        CHECK(opened.state.exists);
        CHECK(opened.state.restored);
        CHECK(opened.state.remembered());
        CHECK(opened.reason == errc{});
        CHECK(text_of(opened.state) == "old");
        CHECK(opened.state.id.family == own.state.id.family);
        CHECK(opened.state.remember_cookies == 1);
        CHECK(opened.state.cookies == 0);
    }
    CHECK(world.store.records.size() == records);
    CHECK(world.store.last == version);
}

TEST_CASE_TEMPLATE("a restored session begins anew when its time is over, and the time to remember it does not", Wire,
                   StoreWire, CookieWire)
{
    Remembered<Wire> world;
    world.now = start + 100'000s;
    auto opened = world.request();
    REQUIRE(opened.state.restored);
    CHECK(opened.state.times.created == world.now);
    const auto response = world.respond(opened.state, "old"); // the data is as it was
    CHECK_FALSE(response.session.empty());
    CHECK_FALSE(response.remember.empty());
    CHECK_FALSE(opened.state.restored);
    CHECK(opened.state.times.created == world.now);
    CHECK(opened.state.remember.times.created == start);
    CHECK(opened.state.remember.times.saved == world.now);
    world.take(response);
    CHECK_FALSE(world.request().state.restored);
    world.now += 901s;
    CHECK(world.request().state.restored);
}

TEST_CASE_TEMPLATE("its rolling timeout ends it", Wire, StoreWire, CookieWire)
{
    Remembered<Wire> world;
    world.now = start + 604'800s;
    CHECK(world.return_visit().state.restored);
    world.now += 1s;
    forgotten(world, errc::rolling_timeout);
}

TEST_CASE_TEMPLATE("its absolute timeout ends it, however often it was restored", Wire, StoreWire, CookieWire)
{
    Remembered<Wire> world;
    for (int days = 5; days <= 30; days += 5) {
        world.now = start + std::chrono::hours{24 * days};
        auto opened = world.return_visit();
        REQUIRE(opened.state.restored);
        world.take(world.respond(opened.state, "old"));
    }
    CHECK(world.return_visit().state.restored);
    world.now += 1s;
    forgotten(world, errc::absolute_timeout);

    // A session that lives on is no longer remembered: the cookie is to go
    auto opened = world.request();
    REQUIRE(opened.state.exists);
    REQUIRE_FALSE(opened.state.restored);
    const auto response = world.respond(opened.state, "new");
    CHECK(response.remember.empty());
    CHECK(response.forgets);
}

TEST_CASE_TEMPLATE("a restored session whose timeouts are all switched off begins when it is restored, or has begun",
                   Wire, StoreWire, CookieWire)
{
    Remembered<Wire> world;
    world.wire = make_wire<Wire>(1, "session", {0s, 0s, 0s});
    world.now = start + 5000s;
    const auto opened = world.return_visit();
    REQUIRE(opened.state.restored);
    CHECK(opened.state.times.created >= start);
    CHECK(opened.state.times.saved >= opened.state.times.created);
}

TEST_CASE("the record lives as long as the session or its remember cookie, whichever is longer")
{
    World<StoreWire> world;
    State state;
    std::string text = "hello";
    state.to_remember = core::Remembering::yes;
    auto machine = world.save(state, text);
    CHECK(machine.start().ttl == 604'800s);
    REQUIRE(machine.resume({}).kind == Kind::done);

    // Near the end of the remember cookie the session's own time is the longer one
    state.remember.times = {start - 2'591'000s, start - 2000s, start - 2000s};
    state.remember.presented = state.remember.id.generation;
    text = "changed";
    auto later = world.save(state, text);
    CHECK(later.start().ttl == 3600s);
}

TEST_CASE("the store's remember cookie is sent again when an eighth of its time is spent, or when the client lacks it")
{
    Remembered<StoreWire> world;
    const std::string first = world.remember;
    const auto saved_at = [&](std::chrono::seconds age, std::string text) {
        world.now = start + age;
        auto opened = world.request();
        REQUIRE_FALSE(opened.state.restored);
        return world.respond(opened.state, std::move(text));
    };
    const auto keep_alive = [&](std::chrono::seconds until) {
        for (auto age = world.now - start; age < until; age += 800s)
            world.take(saved_at(age, std::to_string(age.count())));
    };
    CHECK(saved_at(1s, "a").remember.empty());
    keep_alive(604'800s / 8);
    CHECK(world.remember == first);
    world.take(saved_at(604'800s / 8, "b"));
    CHECK(world.remember == first);
    world.take(saved_at(604'800s / 8 + 1s, "c"));
    CHECK(world.remember != first);

    // The client lost it: it is given the same one, whose time goes on
    const std::string second = std::exchange(world.remember, "");
    world.take(saved_at(604'800s / 8 + 60s, "d"));
    CHECK_FALSE(world.remember.empty());
    CHECK(world.remember.substr(8, 40) == second.substr(8, 40)); // the generation is in there
}

TEST_CASE("a superseded remember cookie is good until its successor came back with a save, and for its grace")
{
    Remembered<StoreWire> world;
    const std::string old = header_of("remember", world.remember);
    {
        auto opened = world.return_visit();
        world.take(world.respond(opened.state, "old"));
    }
    world.now += 800s;
    CHECK(world.open_header(old).state.restored); // its successor has not come back, as if the response was lost

    // It comes back beside the session's own cookie, and the remember cookie is not due to be sent again
    auto opened = world.request();
    REQUIRE_FALSE(opened.state.restored);
    const auto response = world.respond(opened.state, "new");
    CHECK(response.remember.empty());
    world.take(response);
    world.now += 9s;
    CHECK(world.open_header(old).state.restored);
    world.now += 1s;
    CHECK(world.open_header(old).reason == errc::retired_id);
    CHECK(world.return_visit().state.restored);
}

TEST_CASE("a side save leaves to the next save what is to be sent")
{
    Remembered<StoreWire> world;
    auto opened = world.return_visit();
    REQUIRE(opened.state.restored);
    const auto side = world.respond(opened.state, "side", Intent::side);
    CHECK_FALSE(side.failure);
    CHECK(side.session.empty());
    CHECK(side.remember.empty());
    CHECK(opened.state.restored);
    const auto response = world.respond(opened.state, "side");
    CHECK_FALSE(response.session.empty());
    CHECK_FALSE(response.remember.empty());
    world.take(response);

    auto own = world.request();
    own.state.to_remember = core::Remembering::no;
    world.respond(own.state, "side again", Intent::side);
    CHECK(own.state.to_remember == core::Remembering::no);
    CHECK(world.respond(own.state, "side again").forgets);
}

TEST_CASE_TEMPLATE(
    "a restore-save that fails at step N, for every N, sends nothing and leaves the remember cookie good", Wire,
    StoreWire, CookieWire)
{
    for (const auto age : {10s, 4000s})
        for (unsigned step = 1;; ++step) {
            Remembered<Wire> world;
            world.now += age;
            auto opened = world.return_visit();
            world.store.calls = 0;
            world.store.fail_at = step;
            const auto failed = world.respond(opened.state, "new");
            if (world.store.calls < step) {
                CHECK_FALSE(failed.failure);
                CHECK(step == (Wire::in_cookie ? 1 : 2));
                break;
            }
            REQUIRE(failed.failure);
            CHECK(failed.failure == errc::store_failed);
            CHECK(failed.session.empty());
            CHECK(failed.remember.empty());
            CHECK(opened.state.restored);
            CHECK(text_of(world.return_visit().state) == "old");
            world.take(world.respond(opened.state, "new")); // the program tries again
            CHECK(text_of(world.request().state) == "new");
            CHECK_FALSE(world.request().state.restored);
            CHECK(text_of(world.return_visit().state) == "new");
        }
}

TEST_CASE("a session destroyed while it was being restored stays dead")
{
    Remembered<StoreWire> world;
    auto restoring = world.return_visit();
    auto ending = world.request();
    core::Destroy<StoreWire, Draw> destroy{world.wire, ending.state, world.now, Draw{&world.draws}};
    world.store.run(destroy);
    const auto response = world.respond(restoring.state, "new");
    REQUIRE(response.failure);
    CHECK(response.failure == errc::session_gone);
    CHECK(response.session.empty());
    CHECK(response.remember.empty());
    forgotten(world, errc::not_found);
}
