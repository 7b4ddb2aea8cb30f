#include <sojourn/operations.hpp>

#include <doctest/doctest.h>

#include "client.hpp"

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>

using namespace sojourn;
using shop::Cart;
using storage::Cookie;
using storage::File;
using storage::Memory;

namespace {

template <class Storage>
using Typed =
    Session<Storage, cipher::XChaCha20Poly1305, codec::MessagePack<Cart>, protocol::Native, testing::ManualEnvironment>;

/// Three programs that share sessions, each with an audience of its own.
template <class Storage>
struct Town {
    explicit Town(bool same_subject = false)
        : shop{{.secret = secret, .audience = "shop", .enforce_same_subject = same_subject},
               place.storage(),
               {},
               world},
          blog{
              {.secret = secret, .audience = "blog", .enforce_same_subject = same_subject}, place.storage(), {}, world},
          wiki{{.secret = secret, .audience = "wiki", .enforce_same_subject = same_subject}, place.storage(), {}, world}
    {
    }

    template <class F>
    void with(const typename Typed<Storage>::Manager& sessions, F f)
    {
        auto session = sessions.open(client.header());
        f(session);
        client.take(session.save().value());
    }

    Place<Storage> place;
    testing::ManualEnvironment world;
    typename Typed<Storage>::Manager shop;
    typename Typed<Storage>::Manager blog;
    typename Typed<Storage>::Manager wiki;
    Client client;
};

const auto visit = [](auto& session) { ++session->visits; };

template <class S>
concept HasInfo = requires(S& session) { session.save_info(); };
static_assert(HasInfo<Typed<Memory>> && !HasInfo<Typed<Cookie>>); // a cookie has nothing beside it

} // namespace

TEST_CASE_TEMPLATE("a part goes over to another audience and replaces what that had", Storage, Cookie, Memory, File)
{
    Town<Storage> town;
    town.with(town.shop, [](auto& session) { session->visits = 1; });
    town.with(town.blog, [](auto& session) { session->visits = 2; });
    town.with(town.shop, [](auto& session) {
        session.set_audience("blog");
        CHECK(session.audience() == "blog");
        session->visits = 3;
    });
    CHECK(town.blog.open(town.client.header())->visits == 3);
    const auto left = town.shop.open(town.client.header());
    CHECK(left.is_new());
    CHECK(left.reason() == errc::no_audience);
}

TEST_CASE_TEMPLATE("an audience that was set twice, or back, or after a save", Storage, Cookie, Memory, File)
{
    Town<Storage> town;
    town.with(town.shop, visit);
    town.with(town.shop, [&](auto& session) {
        session.set_audience("wiki");
        session.set_audience("shop");
    });
    CHECK(town.shop.open(town.client.header())->visits == 1);
    auto session = town.shop.open(town.client.header());
    session.set_audience("wiki");
    session.set_audience("blog");
    town.client.take(session.save().value());
    session.set_audience("shop");
    ++session->visits;
    town.client.take(session.save().value());
    CHECK(town.shop.open(town.client.header())->visits == 2);
    CHECK(town.blog.open(town.client.header()).is_new());
    CHECK_THROWS_AS(session.set_audience(""), std::invalid_argument);
    CHECK_THROWS_AS(session.set_audience(std::string(256, 'a')), std::invalid_argument);
}

TEST_CASE_TEMPLATE("logout of a session whose audience was changed takes both names", Storage, Cookie, Memory, File)
{
    Town<Storage> town;
    town.with(town.shop, visit);
    auto session = town.shop.open(town.client.header());
    session.set_audience("blog");
    town.client.take(session.logout().value());
    CHECK(town.client.cookies.empty());
}

TEST_CASE_TEMPLATE("with enforce_same_subject a save drops the parts about another subject, and only then", Storage,
                   Cookie, Memory, File)
{
    for (const bool enforced : {false, true}) {
        CAPTURE(enforced);
        Town<Storage> town{enforced};
        town.with(town.blog, visit);
        town.with(town.shop, [](auto& session) { session.set_subject("alice"); });
        CHECK(town.blog.open(town.client.header()).is_new() == enforced);
        CHECK(town.shop.open(town.client.header()).subject() == "alice");
    }
    Town<Storage> town{true};
    town.with(town.shop, [](auto& session) { session.set_subject("alice"); });
    town.with(town.blog, [](auto& session) { session.set_subject("alice"); });
    CHECK(town.shop.open(town.client.header()).subject() == "alice");
    auto session = town.blog.open(town.client.header());
    town.client.take(session.logout().value()); // takes the part of nobody else
    CHECK(town.shop.open(town.client.header()).subject() == "alice");
}

TEST_CASE_TEMPLATE("a flash text is read once, and by its own audience", Storage, Cookie, Memory, File)
{
    Town<Storage> town;
    town.with(town.shop, [](auto& session) { session.set_flash("notice", "Bread is in your cart."); });
    town.with(town.blog, [](auto& session) { CHECK_FALSE(session.take_flash("notice").has_value()); });
    {
        auto unread = town.shop.open(town.client.header()); // not saved: still to be read
        CHECK(unread.take_flash("notice").has_value());
    }
    town.with(town.shop, [](auto& session) {
        CHECK(session.take_flash("notice") == std::optional<std::string>{"Bread is in your cart."});
        CHECK_FALSE(session.take_flash("notice").has_value());
        CHECK_FALSE(session.take_flash("warning").has_value());
    });
    town.with(town.shop, [](auto& session) { CHECK_FALSE(session.take_flash("notice").has_value()); });
}

TEST_CASE_TEMPLATE("flash texts of two requests at once both count", Storage, Memory, File)
{
    Town<Storage> town;
    town.with(town.shop, [](auto& session) { session.set_flash("a", "1"); });
    auto one = town.shop.open(town.client.header());
    auto other = town.shop.open(town.client.header());
    CHECK(one.take_flash("a").has_value());
    one.set_flash("b", "2");
    other.set_flash("c", "3");
    town.client.take(one.save().value());
    town.client.take(other.save().value());
    auto session = town.shop.open(town.client.header());
    CHECK_FALSE(session.take_flash("a").has_value());
    CHECK(session.take_flash("b").has_value());
    CHECK(session.take_flash("c").has_value());
}

TEST_CASE_TEMPLATE("info is stored beside the session: no cookie, no new id, nothing else", Storage, Memory, File)
{
    Town<Storage> town;
    town.with(town.shop, visit);
    town.with(town.blog, visit);
    const std::string cookie = town.client.header();
    auto session = town.shop.open(cookie);
    const std::string id = session.properties().id;
    CHECK_FALSE(session.info("page").has_value());
    session.set_info("page", "/bread");
    session->visits = 100; // not saved with it
    CHECK(session.save_info().has_value());
    auto again = town.shop.open(cookie);
    CHECK(again.properties().id == id);
    CHECK(again.info("page") == std::optional<std::string>{"/bread"});
    CHECK(again->visits == 1);
    CHECK_FALSE(town.blog.open(cookie).info("page").has_value());

    CHECK(session.save().has_value()); // the data that was not saved yet
    CHECK(town.shop.open(cookie)->visits == 100);
    CHECK(again.erase_info("page"));
    CHECK_FALSE(again.erase_info("page"));
    CHECK(again.save_info().has_value());
    CHECK_FALSE(town.shop.open(cookie).info("page").has_value());
    CHECK(town.shop.open(cookie)->visits == 100);
}

TEST_CASE_TEMPLATE("info that was not stored by itself is by the next save; what was never saved has none to store",
                   Storage, Memory, File)
{
    Town<Storage> town;
    {
        auto session = town.shop.open("");
        session.set_info("page", "/");
        const auto stored = session.save_info();
        CHECK(stored.error() == errc::no_audience);
        town.client.take(session.save().value());
    }
    CHECK(town.shop.open(town.client.header()).info("page") == std::optional<std::string>{"/"});
    auto other = town.blog.open(town.client.header()); // the session exists, its part does not
    other.set_info("page", "/blog");
    CHECK(other.save_info().error() == errc::no_audience);
}

TEST_CASE_TEMPLATE("prior art 6, 7: info revives nothing, and says when it could not be stored", Storage, Memory, File)
{
    Town<Storage> town;
    town.with(town.shop, visit);
    auto session = town.shop.open(town.client.header());
    CHECK(town.shop.destroy(town.client.header()).has_value());
    session.set_info("page", "/late");
    CHECK(session.save_info().error() == errc::session_gone);
    CHECK(town.shop.open(town.client.header()).reason() == errc::not_found);
}

TEST_CASE_TEMPLATE("prior art 7: a session lives no longer for its info", Storage, Memory, File)
{
    Town<Storage> town;
    town.with(town.shop, visit);
    const std::string cookie = town.client.header();
    town.world.advance(std::chrono::seconds{800});
    auto session = town.shop.open(cookie);
    session.set_info("page", "/");
    CHECK(session.save_info().has_value());
    const auto properties = town.shop.open(cookie).properties();
    CHECK(properties.idling_timeout == std::chrono::seconds{100});
    CHECK(properties.rolling_timeout == std::chrono::seconds{2800});
}

TEST_CASE_TEMPLATE("info and the session proper, saved at once by two requests, both count", Storage, Memory, File)
{
    Town<Storage> town;
    town.with(town.shop, [](auto& session) { session.set_info("a", "1"); });
    const std::string cookie = town.client.header();
    auto one = town.shop.open(cookie);
    auto other = town.shop.open(cookie);
    auto third = town.shop.open(cookie);
    one->visits = 7;
    CHECK(one.save().has_value());
    other.set_info("b", "2");
    CHECK(other.save_info().has_value()); // over what `one` has stored meanwhile
    third.set_info("a", "3");
    third->note = "third";
    CHECK(third.save().has_value()); // over both
    const auto session = town.shop.open(cookie);
    CHECK(session->visits == 7);
    CHECK(session->note == "third");
    CHECK(session.info("a") == std::optional<std::string>{"3"});
    CHECK(session.info("b") == std::optional<std::string>{"2"});
}

TEST_CASE_TEMPLATE("prior art 3: a logout of one of several audiences takes its info along, and no other's", Storage,
                   Memory, File)
{
    Town<Storage> town;
    for (const auto* const sessions : {&town.shop, &town.blog})
        town.with(*sessions, [&](auto& session) {
            ++session->visits;
            session.set_info("page", std::string{session.audience()});
        });
    town.client.take(town.shop.logout(town.client.header()).value());
    CHECK(town.blog.open(town.client.header()).info("page") == "blog");
    town.with(town.shop, visit);
    CHECK_FALSE(town.shop.open(town.client.header()).info("page").has_value());
}

TEST_CASE_TEMPLATE("prior art 4: a session whose other audiences were dropped goes on, and logs out to the last",
                   Storage, Cookie, Memory, File)
{
    Town<Storage> town{true};
    town.with(town.blog, visit);
    town.with(town.wiki, visit);
    auto session = town.shop.open(town.client.header());
    session.set_subject("alice"); // both others are about nobody
    ++session->visits;
    town.client.take(session.save().value());
    CHECK(session->visits == 1);
    ++session->visits;
    town.client.take(session.save().value());
    CHECK(town.shop.open(town.client.header())->visits == 2);
    CHECK(town.blog.open(town.client.header()).is_new());

    for (const auto* const sessions : {&town.blog, &town.wiki})
        town.with(*sessions, [](auto& other) { other.set_subject("alice"); });
    for (const auto* const sessions : {&town.shop, &town.blog, &town.wiki})
        town.client.take(sessions->logout(town.client.header()).value());
    CHECK(town.client.cookies.empty());
}
