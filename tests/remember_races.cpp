#include <sojourn/session.hpp>

#include <doctest/doctest.h>

#include "remembered.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

using namespace sojourn;
using namespace std::chrono_literals;
using remembered::Home;
using remembered::remember_cookie;
using storage::Cookie;
using storage::File;
using storage::Memory;

namespace {

using Response = Result<cookie::Lines>;

/// Both ways back: by the session's own cookie, and by the one that remembers it.
template <class H>
void comes_back(H& home)
{
    const auto own = home.open();
    CHECK_FALSE(own.is_new());
    CHECK_FALSE(own.restored());
    const auto restored = home.sessions.open(home.reopened().header());
    CHECK(restored.restored());
}

/// What two requests of one client change is kept, whichever response comes last.
template <class H>
void merges(H& home, typename H::Session one, typename H::Session two)
{
    one->user = "Alice";
    two->note = "bring milk";
    const Client before = home.client;
    const Response responses[] = {one.save(), two.save()};
    CHECK(two->user == "Alice");
    for (const bool reversed : {false, true}) {
        home.client = before;
        home.send(responses[reversed ? 1 : 0]);
        home.send(responses[reversed ? 0 : 1]);
        comes_back(home);
        CHECK(home.open()->user == "Alice");
        CHECK(home.open()->note == "bring milk");
    }
}

} // namespace

TEST_CASE_TEMPLATE("tabs that restore one session at once all succeed, whichever response comes last", Storage, Cookie,
                   Memory, File)
{
    for (const bool over : {false, true})
        for (const int tabs : {2, 10})
            for (int last = 0; last != tabs; ++last) {
                Home<Storage> home;
                home.visit();
                home.reopen();
                if (over)
                    home.world.advance(100'000s);
                std::vector<typename Home<Storage>::Session> sessions;
                for (int tab = 0; tab != tabs; ++tab)
                    sessions.push_back(home.start());
                std::vector<Response> responses;
                for (auto& session : sessions) {
                    CHECK(session.restored());
                    responses.push_back(session.save());
                }
                std::rotate(responses.begin(), responses.begin() + last + 1, responses.end());
                for (const auto& response : responses) {
                    home.send(response);
                    CHECK(home.lines.size() == 2);
                }
                comes_back(home);
                home.world.advance(60s);
                home.visit();
                comes_back(home);
                CHECK(home.open()->visits == 2);
            }
}

TEST_CASE_TEMPLATE("of tabs that restore one session at once no change is lost", Storage, Memory, File)
{
    for (const bool over : {false, true}) {
        Home<Storage> home;
        home.visit();
        home.reopen();
        if (over)
            home.world.advance(100'000s);
        merges(home, home.start(), home.start());
    }
}

TEST_CASE_TEMPLATE("one tab after the other restores, each with the cookie of before", Storage, Cookie, Memory, File)
{
    Home<Storage> home;
    home.visit();
    home.reopen();
    const Client before = home.client;
    for (int tab = 0; tab != 20; ++tab) {
        home.world.advance(1000s);
        home.client = before;
        home.visit();
        comes_back(home);
    }
}

TEST_CASE_TEMPLATE("one tab restores while another saves the session that it still holds", Storage, Memory, File)
{
    Home<Storage> home;
    home.visit();
    merges(home, home.start(), home.sessions.start(home.reopened().header()));
}

TEST_CASE_TEMPLATE("a restore that meets a record whose time is over begins the session anew", Storage, Memory, File)
{
    Home<Storage> home{remembered::options({.remember = true, .idling_timeout = 0s})};
    home.visit();
    home.world.advance(3600s);
    auto own = home.open(); // just in time
    REQUIRE_FALSE(own.restored());
    home.world.advance(1s);
    auto late = home.open();
    REQUIRE(late.restored());
    own.set_info("seen", "today");
    CHECK(own.save_info().has_value());
    home.send(late.save());
    comes_back(home);
    CHECK(home.open().info("seen") == "today");
}

TEST_CASE_TEMPLATE("prior art 8, 31: a restore that is late never revives a destroyed session", Storage, Memory, File)
{
    Home<Storage> home;
    home.visit();
    const std::string copy = home.client.header();
    auto late = home.sessions.start(home.reopened().header());
    REQUIRE(late.restored());
    auto ending = home.start();
    home.send(ending.destroy());
    for (int again = 0; again != 2; ++again) {
        const auto saved = late.save();
        REQUIRE_FALSE(saved.has_value());
        CHECK(saved.error() == errc::session_gone);
    }
    CHECK(home.sessions.open(copy).reason() == errc::not_found);
}

TEST_CASE_TEMPLATE("a restore during which it was switched off gives no other remember cookie", Storage, Memory, File)
{
    Home<Storage> home;
    home.visit();
    auto restoring = home.sessions.start(home.reopened().header());
    auto off = home.start();
    off.set_remember(false);
    home.send(off.save());
    const auto saved = restoring.save();
    REQUIRE(saved.has_value());
    home.send(saved);
    CHECK_FALSE(home.client.cookies.contains(remember_cookie));
    CHECK_FALSE(restoring.remember());
}

TEST_CASE_TEMPLATE("a response that is lost logs nobody out, however often", Storage, Cookie, Memory, File)
{
    Home<Storage> home;
    home.visit();
    home.reopen();
    for (int lost = 0; lost != 20; ++lost) {
        home.world.advance(20'000s);
        auto session = home.start();
        REQUIRE(session.restored());
        REQUIRE(session.save().has_value()); // and the client never hears of it
    }
    home.visit();
    comes_back(home);
}

TEST_CASE_TEMPLATE("an old remember cookie is retired when its successor came back and the grace is over", Storage,
                   Memory, File)
{
    for (const bool beside : {false, true}) {
        Home<Storage> home;
        home.visit();
        const std::string stolen = home.reopened().header();
        home.reopen();
        home.visit();
        if (!beside)
            home.reopen();
        home.world.advance(100s);
        CHECK(home.sessions.open(stolen).restored()); // nobody has seen the successor
        home.visit();
        home.world.advance(9s);
        CHECK(home.sessions.open(stolen).restored());
        home.world.advance(1s);
        const auto theft = home.sessions.open(stolen);
        CHECK_FALSE(theft.restored());
        CHECK(theft.reason() == errc::retired_id);
        comes_back(home);
    }
}

TEST_CASE_TEMPLATE("the whole session ends when a retired remember cookie turns up, if the options say so", Storage,
                   Memory, File)
{
    auto options = remembered::options();
    options.end_reused = true;
    Home<Storage> home{options};
    home.visit();
    const std::string stolen = home.reopened().header();
    for (int i = 0; i != 2; ++i) {
        home.reopen();
        home.visit();
        home.world.advance(10s);
        CHECK(home.open()->visits == i + 2);
    }
    CHECK(home.sessions.open(stolen).reason() == errc::retired_id);
    CHECK(home.open().reason() == errc::not_found);
    CHECK(home.sessions.open(home.reopened().header()).reason() == errc::not_found);
}

TEST_CASE_TEMPLATE("a thief who restores first is found out when the client comes back", Storage, Memory, File)
{
    // Both hold the same cookie. The thief restores, comes back, and goes on; then the client's own is a retired one.
    auto options = remembered::options();
    options.end_reused = true;
    Home<Storage> home{options};
    home.visit();
    home.reopen();
    const std::string victim = home.client.header();
    home.visit();
    const Client thief = home.client;
    home.visit();
    home.world.advance(10s);
    CHECK(home.sessions.open(victim).reason() == errc::retired_id);
    CHECK(home.open().is_new());
    CHECK(home.sessions.open(thief.header()).is_new());
}
