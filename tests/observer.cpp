#include <sojourn/observer.hpp>

#include <doctest/doctest.h>

#include "client.hpp"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

using namespace sojourn;
using storage::Cookie;
using storage::File;
using storage::Memory;

namespace {

/// Writes down what it is told.
struct Notebook : testing::ManualEnvironment {
    std::shared_ptr<std::vector<event::Opened>> opened = std::make_shared<std::vector<event::Opened>>();
    std::shared_ptr<std::vector<event::Saved>> saved = std::make_shared<std::vector<event::Saved>>();
    std::shared_ptr<std::vector<event::Destroyed>> destroyed = std::make_shared<std::vector<event::Destroyed>>();

    std::shared_ptr<std::vector<event::Listed>> listed = std::make_shared<std::vector<event::Listed>>();
    std::shared_ptr<std::vector<event::Revoked>> revoked = std::make_shared<std::vector<event::Revoked>>();

    void observe(const event::Opened& event) { opened->push_back(event); }
    void observe(const event::Saved& event) { saved->push_back(event); }
    void observe(const event::Destroyed& event) { destroyed->push_back(event); }
    void observe(const event::Listed& event) { listed->push_back(event); }
    void observe(const event::Revoked& event) { revoked->push_back(event); }
};

/// Wants to know of saves only.
struct Saves : environment::System {
    void observe(const event::Saved&) {}
};

static_assert(Observes<Saves, event::Saved> && !Observes<Saves, event::Opened>);
static_assert(!Observes<environment::System, event::Saved>);
static_assert(std::is_empty_v<detail::Watch<environment::System, event::Opened>>);
static_assert(std::is_empty_v<detail::Watch<Saves, event::Opened>>);

template <class Storage>
using Watched = Session<Storage, cipher::XChaCha20Poly1305, codec::MessagePack<shop::Cart>, protocol::Native, Notebook>;

} // namespace

TEST_CASE_TEMPLATE("each opening, save and end is told, with how it went", Storage, Cookie, Memory, File)
{
    Notebook book;
    Place<Storage> place;
    const typename Watched<Storage>::Manager sessions{{.secret = secret}, place.storage(), {}, book};
    Client client;

    auto session = sessions.open("");
    CHECK(book.opened->back().reason == errc::no_cookie);
    CHECK(session.save().has_value());
    CHECK_FALSE(book.saved->back().stored);
    ++session->visits;
    client.take(session.save().value());
    CHECK(book.saved->back().stored);
    CHECK(book.saved->back().conflicts == 0);
    CHECK_FALSE(book.saved->back().failure);
    CHECK(book.saved->size() == 2);

    auto found = sessions.open(client.header());
    CHECK_FALSE(book.opened->back().reason);
    CHECK_FALSE(book.opened->back().failure);
    CHECK(book.opened->back().duration > std::chrono::nanoseconds{0});
    CHECK(sessions.open("__Host-session=junk").is_new());
    CHECK(book.opened->back().reason == errc::malformed_cookie);
    CHECK(book.opened->size() == 3);

    CHECK(found.destroy().has_value());
    CHECK(book.destroyed->size() == 1);
    CHECK_FALSE(book.destroyed->back().failure);
}

TEST_CASE_TEMPLATE("conflicts, sessions that are gone and retired ids are told", Storage, Memory, File)
{
    Notebook book;
    Place<Storage> place;
    const typename Watched<Storage>::Manager sessions{{.secret = secret}, place.storage(), {}, book};
    Client client;
    auto session = sessions.open("");
    ++session->visits;
    client.take(session.save().value());
    const std::string first = client.header();

    auto one = sessions.open(first);
    auto other = sessions.open(first);
    one->user = "one";
    other->note = "other";
    client.take(one.save().value());
    CHECK(other.save().has_value());
    CHECK(book.saved->back().conflicts == 1);
    CHECK(book.saved->back().stored);

    ++one->visits;
    client.take(one.save().value());
    auto back = sessions.open(client.header()); // the successor has come back: the grace of the first begins
    ++back->visits;
    client.take(back.save().value());
    book.advance(std::chrono::seconds{11});
    CHECK(sessions.open(first).is_new());
    CHECK(book.opened->back().reason == errc::retired_id);

    auto late = sessions.open(client.header());
    ++late->visits;
    CHECK(sessions.destroy(client.header()).has_value());
    CHECK_FALSE(late.save().has_value());
    CHECK(book.saved->back().failure.code() == errc::session_gone);
    CHECK_FALSE(book.saved->back().stored);
}

TEST_CASE_TEMPLATE("sessions that are restored, listed and revoked are told", Storage, Memory, File)
{
    Notebook book;
    Place<Storage> place;
    const typename Watched<Storage>::Manager sessions{
        {.secret = secret, .remember = true, .store_metadata = true}, place.storage(), {}, book};
    Client client;
    auto session = sessions.open("");
    CHECK_FALSE(book.opened->back().restored);
    session.set_subject("alice");
    client.take(session.save().value());
    client.cookies.erase("__Host-session");
    CHECK(sessions.open(client.header()).restored());
    CHECK(book.opened->back().restored);
    CHECK_FALSE(book.opened->back().reason);

    CHECK(sessions.list("default", "alice").has_value());
    REQUIRE(book.listed->size() == 1);
    CHECK(book.listed->back().sessions == 1);
    CHECK(book.revoked->empty());
    CHECK(sessions.revoke_all("default", "alice").has_value());
    REQUIRE(book.revoked->size() == 1);
    CHECK(book.revoked->back().sessions == 1);
    CHECK_FALSE(book.revoked->back().failure);
    CHECK(book.listed->size() == 1);
}

TEST_CASE("a store that fails is told")
{
    Notebook book;
    Client client;
    Folder folder;
    const auto path = folder.path() / "sessions";
    const Watched<File>::Manager sessions{{.secret = secret}, File{{.path = path}}, {}, book};
    auto session = sessions.open("");
    ++session->visits;
    client.take(session.save().value());
    auto open = sessions.open(client.header());
    std::filesystem::remove_all(path);
    std::ofstream{path} << "no folder";
    CHECK(sessions.open(client.header()).unavailable());
    CHECK(book.opened->back().failure.code() == errc::store_failed);
    ++open->visits;
    CHECK_FALSE(open.save().has_value());
    CHECK(book.saved->back().failure.code() == errc::store_failed);
    CHECK_FALSE(open.destroy().has_value());
    CHECK(book.destroyed->back().failure.code() == errc::store_failed);
}
