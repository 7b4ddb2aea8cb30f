#include <sojourn/session.hpp>

#include <doctest/doctest.h>

#include "remembered.hpp"

#include <sojourn/cookie/set_cookie.hpp>

#include <chrono>
#include <string>
#include <utility>

using namespace sojourn;
using namespace std::chrono_literals;
using remembered::Home;
using remembered::own_cookie;
using remembered::remember_cookie;
using storage::Cookie;
using storage::File;
using storage::Memory;

namespace {

/// The last response's remember cookie ends in so many seconds, and its Expires and Max-Age say the same.
template <class H>
void lasts(const H& home, std::chrono::seconds left)
{
    const auto date = cookie::detail::http_date(home.world.now() + left);
    const std::string end =
        "; Expires=" + std::string{date.data(), date.size()} + "; Max-Age=" + std::to_string(left.count());
    const std::string line = home.line(remember_cookie);
    CHECK_MESSAGE(line.ends_with(end), line.substr(std::min(line.size(), line.find(';'))));
}

/// Whether nothing is left of the session: neither the client's cookies nor a copy of its remember cookie.
template <class H>
void is_dead(const H& home, std::string_view copy, errc why)
{
    const auto session = home.sessions.open(copy);
    CHECK(session.is_new());
    CHECK_FALSE(session.restored());
    CHECK(session.reason() == why);
}

} // namespace

TEST_CASE_TEMPLATE("sessions are not remembered by default", Storage, Cookie, Memory, File)
{
    Home<Storage> home{remembered::options({})};
    home.visit();
    CHECK(home.lines.size() == 1);
    CHECK_FALSE(home.client.cookies.contains(remember_cookie));
    auto session = home.start();
    CHECK_FALSE(session.remember());
    CHECK_FALSE(session.restored());
    session.set_subject("alice");
    home.send(session.save());
    CHECK(home.lines.size() == 1);
}

TEST_CASE_TEMPLATE("a new session is remembered if the options say so, and it does not object", Storage, Cookie, Memory,
                   File)
{
    Home<Storage> home;
    {
        auto session = home.start();
        CHECK(session.remember());
        CHECK_FALSE(session.restored());
        home.send(session.save()); // there is nothing to remember
        CHECK(home.lines.empty());
    }
    home.visit();
    REQUIRE(home.lines.size() == 2);
    CHECK(home.line(own_cookie).find("Max-Age") == std::string::npos);
    CHECK(home.line(own_cookie).find("Expires") == std::string::npos);
    CHECK(home.line(remember_cookie).find("; Path=/; SameSite=Lax; Secure; HttpOnly; Expires=") != std::string::npos);
    CHECK(home.sessions.remember_cookie_name() == remember_cookie);
    CHECK(home.open().remember());

    Home<Storage> objecting;
    auto session = objecting.start();
    session.set_remember(false);
    CHECK_FALSE(session.remember());
    ++session->visits;
    objecting.send(session.save());
    CHECK(objecting.lines.size() == 1);
    CHECK_FALSE(objecting.open().remember());
}

TEST_CASE_TEMPLATE("a session that is remembered and unchanged sends nothing", Storage, Cookie, Memory, File)
{
    Home<Storage> home;
    home.visit();
    auto session = home.start();
    session.set_remember(true); // as it is
    home.send(session.save());
    CHECK(home.lines.empty());
    home.world.advance(100s);
    auto touched = home.start();
    home.send(touched.touch());
    CHECK(home.lines.size() == 1);
    CHECK_FALSE(home.line(own_cookie).empty());
}

TEST_CASE_TEMPLATE("prior art 20: Expires and Max-Age of a remember cookie tell the end that the server keeps to",
                   Storage, Cookie, Memory, File)
{
    Home<Storage> home{
        remembered::options({.remember = true, .remember_rolling_timeout = 1000s, .remember_absolute_timeout = 1500s})};
    home.visit();
    lasts(home, 1000s);
    home.world.advance(400s);
    home.visit();
    lasts(home, 1000s);
    home.world.advance(400s);
    home.visit();
    lasts(home, 700s);

    // A client that has lost it, or holds one before the last, is told what is left
    const Client before = std::exchange(home.client, home.reopened());
    home.world.advance(100s);
    home.visit();
    lasts(home, 600s);
    home.client = before;
    home.world.advance(1s);
    home.visit();
    lasts(home, 599s);

    home.world.advance(599s);
    CHECK(home.sessions.open(home.reopened().header()).restored());
    home.world.advance(1s);
    CHECK(home.sessions.open(home.reopened().header()).reason() == errc::absolute_timeout);
    home.visit(); // the session's own cookie is good: the other one is to go
    CHECK(home.line(remember_cookie).find("; Max-Age=0") != std::string::npos);
    CHECK_FALSE(home.open().remember());

    Home<Storage> lasting{
        remembered::options({.remember = true, .remember_rolling_timeout = 0s, .remember_absolute_timeout = 0s})};
    lasting.visit();
    lasts(lasting, 34'560'000s);
}

TEST_CASE_TEMPLATE("a client that holds no remember cookie of a session that has one is given it again", Storage,
                   Memory, File)
{
    Home<Storage> home;
    home.visit();
    home.client.cookies.erase(std::string{remember_cookie});
    home.world.advance(600s);
    home.visit();
    lasts(home, 604'800s - 600s);
    home.visit();
    CHECK(home.line(remember_cookie).empty());
}

TEST_CASE_TEMPLATE("prior art 19: switched off, the remember cookie goes from the client, and its copies are dead",
                   Storage, Cookie, Memory, File)
{
    Home<Storage> home;
    home.visit();
    const std::string copy = home.reopened().header();
    {
        auto session = home.start();
        session.set_remember(false);
        home.send(session.save());
    }
    CHECK(home.lines.size() == 2);
    CHECK(home.line(remember_cookie).find("; Max-Age=0") != std::string::npos);
    CHECK(home.client.cookies.size() == 1);
    CHECK(home.open()->visits == 1);
    CHECK_FALSE(home.open().remember());
    if (home.sessions.open("").can_revoke)
        is_dead(home, copy, errc::not_found);

    auto session = home.start();
    session.set_remember(true);
    home.send(session.save());
    CHECK(home.lines.size() == 2);
    CHECK(home.sessions.open(home.reopened().header()).restored());
    if (session.can_revoke)
        is_dead(home, copy, errc::retired_id);
}

TEST_CASE_TEMPLATE("a login ends what was remembered before it", Storage, Cookie, Memory, File)
{
    for (const bool option : {false, true})
        for (const bool asked : {false, true}) {
            Home<Storage> home{remembered::options({.remember = option})};
            {
                auto session = home.start();
                session.set_remember(true);
                ++session->visits;
                home.send(session.save());
            }
            const std::string copy = home.reopened().header();
            auto session = home.start();
            session.set_subject("alice");
            if (asked)
                session.set_remember(true);
            home.send(session.save());
            CHECK(session.remember() == (option || asked));
            CHECK(home.client.cookies.contains(remember_cookie) == (option || asked));
            CHECK(home.lines.size() == 2); // set or expired
            const auto restored = home.sessions.open(home.reopened().header());
            CHECK(restored.restored() == (option || asked));
            CHECK(restored.subject() == (option || asked ? "alice" : ""));
            if (session.can_revoke)
                is_dead(home, copy, errc::not_found);
        }
}

TEST_CASE_TEMPLATE("a login that says nothing of it is remembered no longer, a change of data is", Storage, Cookie,
                   Memory, File)
{
    Home<Storage> home{remembered::options({})};
    auto session = home.start();
    session.set_subject("alice");
    session.set_remember(true);
    home.send(session.save());
    REQUIRE(home.client.cookies.size() == 2);
    home.visit();
    CHECK(home.open().remember());
    auto other = home.start();
    other.set_subject("bob");
    home.send(other.save());
    CHECK_FALSE(home.open().remember());
    CHECK(home.client.cookies.size() == 1);
}

TEST_CASE_TEMPLATE("prior art 19: logout and destroy end what is remembered, whether the program remembers or not",
                   Storage, Cookie, Memory, File)
{
    for (const bool restored : {false, true})
        for (const bool remembers : {false, true})
            for (const bool logout : {false, true}) {
                Home<Storage> home;
                home.visit();
                const std::string copy = home.client.header();
                if (restored)
                    home.reopen();
                typename Home<Storage>::Session::Manager other{
                    remembered::options({.remember = remembers}), home.place.storage(), {}, home.world};
                CHECK(other.open(copy)->visits == 1); // it is the same store
                home.send(logout ? other.logout(home.client.header()) : other.destroy(home.client.header()));
                CHECK(home.client.cookies.empty());
                CHECK(home.lines.size() == (restored ? 1 : 2));
                if (Home<Storage>::Session::can_revoke)
                    is_dead(home, copy, errc::not_found);
            }
}

TEST_CASE_TEMPLATE("a session that is closed cannot be told to be remembered", Storage, Cookie, Memory)
{
    Home<Storage> home;
    home.visit();
    auto session = home.start();
    session.close();
    CHECK_THROWS_AS(session.set_remember(false), std::logic_error);
}

TEST_CASE_TEMPLATE(
    "a session with a remember cookie is remembered in a store by two requests that switch it on at once", Storage,
    Memory, File)
{
    Home<Storage> home{remembered::options({})};
    home.visit();
    auto one = home.start();
    auto two = home.start();
    one.set_remember(true);
    two.set_remember(true);
    home.send(one.save());
    const std::string first = home.client.cookies.find(remember_cookie)->second;
    home.send(two.save());
    CHECK(home.client.cookies.find(remember_cookie)->second == first);
    CHECK(home.sessions.open(home.reopened().header()).restored());
}
