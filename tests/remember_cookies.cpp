#include <sojourn/session.hpp>

#include <doctest/doctest.h>

#include "remembered.hpp"

#include <cstddef>
#include <string>

using namespace sojourn;
using remembered::Home;
using remembered::remember_cookie;
using storage::Cookie;
using storage::File;
using storage::Memory;

TEST_CASE_TEMPLATE("a remember cookie of an older key restores, and is made with the newest then", Storage, Cookie,
                   Memory, File)
{
    const std::string old(32, '\1');
    const std::string fresh(32, '\2');
    for (const bool beside : {false, true}) { // with the session's own cookie
        Home<Storage> home;
        home.visit();
        using Manager = typename Home<Storage>::Session::Manager;
        const Manager now{{.ikm = fresh, .ikm_fallbacks = {old}}, home.place.storage(), {}, home.world};
        const Manager later{{.ikm = fresh}, home.place.storage(), {}, home.world};
        CHECK(later.open(home.reopened().header()).reason() == errc::unknown_key);
        if (!beside)
            home.reopen();
        auto session = now.start(home.client.header());
        CHECK(session.restored() != beside);
        home.send(session.save()); // unchanged but for the key
        CHECK(home.lines.size() == 2);
        const auto restored = later.open(home.reopened().header());
        CHECK(restored.restored());
        CHECK(restored->visits == 1);
    }
}

TEST_CASE("remember cookies of a cookie storage come in parts: grown, restored, shrunk, cut")
{
    Home<Cookie> home;
    const auto note = [&home](std::size_t size) {
        auto session = home.start();
        session->note = std::string(size, 'n');
        home.send(session.save());
    };
    note(10'000);
    CHECK(home.client.cookies.size() == 8);
    for (int number = 2; number <= 4; ++number)
        CHECK(home.line(std::string{remember_cookie} + "." + std::to_string(number)).find("; Max-Age=604800") !=
              std::string::npos);

    home.reopen();
    CHECK(home.client.cookies.size() == 4);
    CHECK(home.open().restored());
    CHECK(home.open()->note.size() == 10'000);
    Client cut = home.client;
    cut.cookies.erase(std::string{remember_cookie} + ".3");
    CHECK(home.sessions.open(cut.header()).reason() == errc::missing_chunk);
    CHECK(home.sessions.open(cut.header())->note.empty());

    note(100); // restored, and shrunk
    CHECK(home.lines.size() == 5);
    CHECK(home.client.cookies.size() == 2);
    CHECK(home.sessions.open(home.reopened().header())->note.size() == 100);

    note(10'000);
    auto forgetting = home.start();
    forgetting.set_remember(false);
    home.send(forgetting.save());
    CHECK(home.client.cookies.size() == 4);

    auto remembering = home.start();
    remembering.set_remember(true);
    home.send(remembering.save());
    CHECK(home.client.cookies.size() == 8);
    home.send(home.sessions.destroy(home.client.header()));
    CHECK(home.lines.size() == 8);
    CHECK(home.client.cookies.empty());
}

TEST_CASE("prior art 34: what fits in the session's cookies but not in those that remember it is an error")
{
    Home<Cookie> home{remembered::options({.remember_cookie_name = std::string(120, 'r'), .max_length = 100'000})};
    const auto fits = [&home](std::size_t size, bool remember) {
        auto session = home.start();
        session->note = std::string(size, 'n');
        session.set_remember(remember);
        const auto saved = session.save();
        if (!saved)
            CHECK(saved.error() == errc::cookie_overflow);
        return saved.has_value();
    };
    std::size_t size = 27'000;
    while (fits(size, false))
        size += 10;
    CHECK_FALSE(fits(size - 10, true));
    CHECK(fits(size - 1000, true));
}
