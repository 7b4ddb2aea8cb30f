#include <sojourn/storage/redis.hpp>

#include "../servers/redis_place.hpp"

#include <sojourn/session.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <set>
#include <string>
#include <thread>
#include <vector>

// Whole sessions that lie in Redis.

namespace {

using namespace sojourn;
using namespace std::chrono_literals;
using storage::Redis;
using RedisShop = Shop<Redis>;

} // namespace

TEST_CASE("a session in redis: from its first visit over a login to its end")
{
    RedisShop shop;
    auto session = shop.start();
    CHECK(session.is_new());
    session->visits = 1;
    session->items.push_back({"bread", 2});
    REQUIRE_FALSE(shop.take(session.save()));
    const auto anonymous = shop.client;

    session = shop.start();
    REQUIRE_FALSE(session.is_new());
    CHECK(session->items == std::vector{shop::Item{"bread", 2}});
    session.set_subject("ann");
    REQUIRE_FALSE(shop.take(session.save()));
    CHECK(shop.sessions.open(anonymous.header()).is_new()); // dead at once
    CHECK(shop.open().subject() == "ann");
    CHECK(shop.place.server.ask({"DBSIZE"}) == "1");

    auto late = shop.open();
    session = shop.open();
    REQUIRE_FALSE(shop.take(session.logout()));
    CHECK(shop.place.server.ask({"DBSIZE"}) == "0");
    ++late->visits;
    CHECK(late.save().error() == errc::session_gone);
    CHECK(shop.place.server.ask({"DBSIZE"}) == "0");
}

TEST_CASE("two requests that change one session in redis at once both count")
{
    RedisShop shop;
    auto session = shop.start();
    session->user = "ann";
    REQUIRE_FALSE(shop.take(session.save()));
    auto one = shop.open(), two = shop.open();
    one->visits = 7;
    two->note = "two";
    REQUIRE(one.save().has_value());
    REQUIRE(two.save().has_value());
    session = shop.open();
    CHECK(session->visits == 7);
    CHECK(session->note == "two");
}

TEST_CASE("what another program put in a session's place in redis is no session, crashes nothing, and stays")
{
    RedisShop shop;
    const auto& server = shop.place.server;
    auto session = shop.start();
    session->user = "ann";
    REQUIRE_FALSE(shop.take(session.save()));
    auto open_before = shop.open();
    ++open_before->visits;
    const auto key = server.ask({"KEYS", "*"});
    const auto record = server.ask({"GET", key});
    const auto foreign = [&](const redis_test::Words& words, errc opened, errc saved) {
        CAPTURE(words[0]);
        REQUIRE(server.ask({"DEL", key}) == "1");
        REQUIRE(server.ask(words).substr(0, 1) != "-");
        const auto before = server.ask({"DUMP", key});
        CHECK(shop.open().reason() == opened);
        CHECK(open_before.save().error() == saved);
        CHECK(server.ask({"DUMP", key}) == before);
    };
    foreign({"SET", key, "somebody's text"}, errc::not_found, errc::session_gone);
    foreign({"HSET", key, "a", "hash"}, errc::not_found, errc::session_gone);
    foreign({"SET", key, record.substr(0, 8) + "versions"}, errc::bad_record, errc::bad_record);
    foreign({"SET", key, record.substr(0, 8) + "versions" + std::string(200, 'x')}, errc::bad_record, errc::bad_record);
    foreign({"SET", key, record.substr(0, 8) + "versions" + record.substr(16, 40)}, errc::bad_record, errc::bad_record);
    REQUIRE(server.ask({"SET", key, record}) == "OK"); // and back
    CHECK(shop.open()->user == "ann");
    CHECK(open_before.save().has_value());
}

TEST_CASE("what another program put in the place of metadata in redis is an error that says so, and stays")
{
    Options options;
    options.store_metadata = true;
    RedisShop shop{options};
    const auto& server = shop.place.server;
    const auto index = protocol::StorageKey{protocol::index_key("__Host-session", "default", "ann", {})};
    REQUIRE(server.ask({"SADD", "session:" + std::string{index.view()}, "somebody"}) == "1");
    auto session = shop.start();
    session.set_subject("ann");
    const auto saved = session.save();
    REQUIRE(saved.has_error());
    CHECK(saved.error() == errc::store_failed);
    CHECK(saved.error().detail() == "what lies in the place of the metadata is not ours");
    CHECK(server.ask({"SMEMBERS", "session:" + std::string{index.view()}}) == "somebody");
}

TEST_CASE(
    "a session that is too large for redis, or for its own limit, is refused as what it is, and the one before stays")
{
    RedisShop shop{{.max_length = 100'000}};
    auto session = shop.start();
    session->user = "ann";
    REQUIRE_FALSE(shop.take(session.save()));
    session = shop.open();
    for (unsigned n = 0; session->note.size() < 200'000; ++n) // nothing that could be compressed
        session->note += static_cast<char>('!' + n * n * 2654435761U % 90);
    session->note.resize(1'000'000, 'x');
    session->user = "bob";
    const auto saved = session.save();
    REQUIRE(saved.has_error());
    CHECK(saved.error() == errc::too_large);
    CHECK(shop.open()->user == "ann");
}

TEST_CASE("a redis that went back to what it was before the last saves has lost those, and no session")
{
    RedisShop shop;
    auto session = shop.start();
    session->visits = 1;
    REQUIRE_FALSE(shop.take(session.save()));
    const auto key = shop.place.server.ask({"KEYS", "*"});
    const auto before = shop.place.server.ask({"GET", key});
    for (int n = 0; n != 10; ++n) {
        shop.world.advance(20s);
        session = shop.open();
        ++session->visits;
        REQUIRE_FALSE(shop.take(session.save()));
    }
    REQUIRE(shop.place.server.ask({"SET", key, before, "KEEPTTL"}) == "OK");
    session = shop.open();
    REQUIRE_FALSE(session.is_new());
    CHECK(session->visits == 1);
    session->visits = 100;
    REQUIRE_FALSE(shop.take(session.save()));
    CHECK(shop.open()->visits == 100);
}

TEST_CASE("a redis that is down is not a missing session: nothing is sent, and when it is back the session is there")
{
    Place<Redis> place{redis_test::RedisServer{{"--appendonly", "yes", "--appendfsync", "always"}}};
    using Session = Shop<Redis>::Session;
    testing::ManualEnvironment world;
    const Session::Manager sessions{{.secret = secret}, place.storage(), {}, world};
    Client client;
    auto session = sessions.start("");
    session->user = "ann";
    client.take(session.save().value());

    auto open_before = sessions.open(client.header());
    place.server.kill();
    const auto found = sessions.start(client.header());
    CHECK_FALSE(found);
    CHECK(found.unavailable().code() == errc::store_failed);
    ++open_before->visits;
    CHECK(open_before.save().error() == errc::store_failed);

    place.server.start();
    CHECK(sessions.open(client.header())->user == "ann");
    CHECK(open_before.save().has_value());
    CHECK(sessions.open(client.header())->visits == 1);
}

TEST_CASE("a manager names an unlawful option of its redis, and may start before its redis does")
{
    using Session = Shop<Redis>::Session;
    testing::ManualEnvironment world;
    CHECK_THROWS_WITH_AS((Session::Manager{{.secret = secret}, Redis{{.pool_size = 0}}, {}, world}),
                         doctest::Contains("pool_size"), std::invalid_argument);
    const Session::Manager early{{.secret = secret}, Redis{{.port = redis_test::free_port()}}, {}, world};
    CHECK(early.open("").is_new());
}
