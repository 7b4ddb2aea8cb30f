#include <sojourn/session.hpp>

#include <doctest/doctest.h>

#include "remembered.hpp"

#include <chrono>
#include <string>
#include <utility>

using namespace sojourn;
using namespace std::chrono_literals;
using remembered::Home;
using storage::Cookie;
using storage::File;
using storage::Memory;

TEST_CASE_TEMPLATE("a session comes back with all that it was", Storage, Cookie, Memory, File)
{
    Home<Storage> home;
    {
        auto session = home.start();
        session->user = "Alice";
        session->items = {{"tea", 2}};
        session.set_subject("alice");
        session.set_label("Firefox");
        session.set_flash("notice", "saved");
        home.send(session.save());
    }
    typename Home<Storage>::Session::Manager blogs{
        remembered::options({.audience = "blog"}), home.place.storage(), {}, home.world};
    {
        auto blog = blogs.start(home.client.header());
        blog->note = "a draft";
        home.send(blog.save());
        CHECK(blog.remember()); // although this program remembers none of its own
    }
    if constexpr (Home<Storage>::Session::can_revoke) {
        auto session = home.start();
        session.set_info("seen", "today");
        CHECK(session.save_info().has_value());
    }
    const std::string token = home.start().csrf_token();
    home.reopen();
    home.world.advance(100'000s);

    auto blog = blogs.open(home.client.header());
    CHECK(blog.restored());
    CHECK(blog->note == "a draft");
    auto session = home.start();
    CHECK_FALSE(session.is_new());
    CHECK_FALSE(session.reason());
    CHECK(session.restored());
    CHECK(session->user == "Alice");
    CHECK(session->items == std::vector<shop::Item>{{"tea", 2}});
    CHECK(session.subject() == "alice");
    CHECK(session.label() == "Firefox");
    CHECK(session.verify_csrf(token));
    if constexpr (Home<Storage>::Session::can_revoke)
        CHECK(session.info("seen") == "today");
    CHECK(session.take_flash("notice") == "saved");
    home.send(session.save());
    CHECK_FALSE(session.restored());
    CHECK(home.lines.size() == 2);
    auto after = home.start();
    CHECK_FALSE(after.restored());
    CHECK_FALSE(after.take_flash("notice").has_value());
    CHECK(after->user == "Alice");
    CHECK(blogs.open(home.client.header())->note == "a draft");
}

TEST_CASE_TEMPLATE("whatever ended the session's own time, it is restored, and begins anew", Storage, Cookie, Memory,
                   File)
{
    const auto restores = [](auto step, int times, bool touching) {
        Home<Storage> home{remembered::options(
            {.remember = true, .idling_timeout = 900s, .rolling_timeout = 3600s, .absolute_timeout = 7200s})};
        home.visit();
        for (int i = 0; i != times; ++i) {
            home.world.advance(step);
            auto session = home.open();
            REQUIRE_FALSE(session.restored());
            home.send(touching ? session.touch() : session.refresh());
        }
        home.world.advance(step);
        {
            auto session = home.start();
            CHECK(session.restored());
            CHECK(session->visits == 1);
            home.send(session.save()); // unchanged
            CHECK(home.lines.size() == 2);
        }
        for (int i = 0; i != 3; ++i) {
            home.world.advance(800s);
            auto session = home.start();
            CHECK_FALSE(session.restored());
            CHECK(session->visits == 1);
            home.send(session.refresh());
        }
    };
    restores(901s, 0, true);   // idling
    restores(800s, 4, true);   // rolling
    restores(800s, 9, false);  // absolute
    restores(8000s, 0, false); // all of them
}

TEST_CASE_TEMPLATE("a restored session lives as long as a new one; its properties say so", Storage, Cookie, Memory,
                   File)
{
    Home<Storage> home;
    home.visit();
    home.world.advance(100'000s);
    for (int i = 0; i != 2; ++i) { // before the save and after it
        auto session = home.start();
        CHECK(session.restored() == (i == 0));
        const auto properties = session.properties();
        CHECK(properties.idling_timeout == 900s);
        CHECK(properties.rolling_timeout == 3600s);
        CHECK(properties.absolute_timeout == 86400s);
        CHECK(properties.handle == home.open().properties().handle);
        home.send(session.save());
    }
    home.world.advance(86'400s);
    CHECK(home.open().restored());
}

TEST_CASE_TEMPLATE("what remembers ends at its own timeouts, with their reasons", Storage, Cookie, Memory, File)
{
    const auto options = remembered::options(
        {.remember = true, .remember_rolling_timeout = 10'000s, .remember_absolute_timeout = 25'000s});
    Home<Storage> home{options};
    home.visit();
    home.reopen();
    home.world.advance(10'000s);
    CHECK(home.open().restored());
    home.world.advance(1s);
    CHECK(home.open().reason() == errc::rolling_timeout);
    CHECK_FALSE(home.open().restored());

    Home<Storage> restored{options};
    restored.visit();
    for (int i = 0; i != 5; ++i) {
        restored.reopen();
        restored.world.advance(5000s);
        REQUIRE(restored.open().restored());
        restored.visit();
    }
    restored.reopen();
    restored.world.advance(1s);
    CHECK(restored.open().reason() == errc::absolute_timeout);
    CHECK_FALSE(restored.open().restored());
    restored.visit(); // a new one, which is remembered from now on
    CHECK(restored.open()->visits == 1);
    CHECK(restored.sessions.open(restored.reopened().header()).restored());
}

TEST_CASE_TEMPLATE("to open a restored session changes nothing, nor does touch; refresh and save do", Storage, Cookie,
                   Memory, File)
{
    Home<Storage> home;
    home.visit();
    home.reopen();
    const Client before = home.client;
    for (int i = 0; i != 3; ++i) {
        home.world.advance(1000s);
        auto session = home.open();
        CHECK(session.restored());
        home.send(session.touch());
        CHECK(home.lines.empty());
        CHECK(session.restored());
    }
    CHECK(home.client.cookies == before.cookies);

    const auto sends_both = [&](auto operation) {
        home.client = before;
        auto session = home.open();
        REQUIRE(session.restored());
        home.send(operation(session));
        CHECK(home.lines.size() == 2);
        CHECK_FALSE(session.restored());
        CHECK_FALSE(home.open().restored());
    };
    sends_both([](auto& session) { return session.refresh(); });
    sends_both([](auto& session) { return session.save(); });
}

TEST_CASE_TEMPLATE("info of a restored session is stored, and its cookies are sent by the save that follows", Storage,
                   Memory, File)
{
    Home<Storage> home;
    home.visit();
    home.reopen();
    auto session = home.start();
    session.set_info("seen", "today");
    CHECK(session.save_info().has_value());
    CHECK(session.restored());
    home.send(session.save());
    CHECK(home.lines.size() == 2);
    CHECK(home.open().info("seen") == "today");
}

TEST_CASE_TEMPLATE("a login from a restored session leaves no way back to it", Storage, Memory, File)
{
    Home<Storage> home;
    home.visit();
    home.reopen();
    const std::string copy = home.client.header();
    auto session = home.start();
    session.set_subject("alice");
    home.send(session.save());
    CHECK(home.lines.size() == 2);
    CHECK_FALSE(session.restored());
    CHECK(home.open()->visits == 1);
    CHECK(home.sessions.open(copy).reason() == errc::not_found);
}
