#include <sojourn/storage/redis.hpp>

#include "../client.hpp"
#include "../servers/redis_server.hpp"

#include <sojourn/session.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <set>
#include <string>
#include <thread>
#include <vector>

// Whole sessions that lie in Redis.

template <>
struct Place<sojourn::storage::Redis> {
    redis_test::RedisServer server;
    sojourn::storage::Redis storage() const
    {
        return sojourn::storage::Redis{redis_test::options_for<sojourn::storage::Redis::Options>(server)};
    }
};

namespace redis_sessions_test {

struct Tally {
    int all = 0;
    int mine = 0;
    int theirs = 0;
};

} // namespace redis_sessions_test

using redis_sessions_test::Tally;

BOOST_HANA_ADAPT_STRUCT(redis_sessions_test::Tally, all, mine, theirs);

template <>
inline constexpr auto sojourn::merge_rules<Tally> = rules(rule<&Tally::all>(merge::sum));

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

TEST_CASE("saves of one session in redis by concurrent threads: each change arrives")
{
    using Session = sojourn::Session<Redis, cipher::XChaCha20Poly1305, codec::MessagePack<Tally>>;
    const Place<Redis> place;
    const Session::Manager sessions{{.secret = secret}, place.storage()};
    Client client;
    {
        auto session = sessions.start("");
        session.set_subject("ann");
        client.take(session.save().value());
    }
    constexpr int requests = 1000;
    std::atomic<int> saved = 0;
    std::vector<std::thread> threads;
    for (const auto member : {&Tally::mine, &Tally::theirs})
        threads.emplace_back([&, member] {
            for (int n = 0; n != requests; ++n) {
                auto session = sessions.open(client.header());
                ++session->all;
                ++((*session).*member);
                auto done = session.save();
                while (!done && done.error() == errc::conflict)
                    done = session.save();
                saved += done ? 1 : 0;
            }
        });
    for (auto& thread : threads)
        thread.join();
    const auto session = sessions.open(client.header());
    CHECK(saved == 2 * requests);
    CHECK(session->all == 2 * requests);
    CHECK(session->mine == requests);
    CHECK(session->theirs == requests);
}

TEST_CASE("the sessions of a subject in redis are listed and revoked")
{
    Options options;
    options.store_metadata = true;
    RedisShop shop{options};
    const auto log_in = [&](std::string label) {
        Client client;
        auto session = shop.sessions.open("");
        session.set_subject("ann");
        session.set_label(label);
        client.take(session.save().value());
        return client;
    };
    const std::vector<Client> devices{log_in("phone"), log_in("laptop"), log_in("tablet")};
    std::set<std::string> labels;
    for (const auto& each : shop.sessions.list("default", "ann").value())
        labels.insert(each.label);
    CHECK(labels == std::set<std::string>{"phone", "laptop", "tablet"});

    const auto mine = shop.sessions.open(devices[0].header());
    CHECK(shop.sessions.revoke_others(mine).value() == 2);
    CHECK(shop.sessions.open(devices[0].header()).subject() == "ann");
    CHECK(shop.sessions.open(devices[1].header()).reason() == errc::not_found);
    CHECK(shop.sessions.revoke_all("default", "ann").value() == 1);
    CHECK(shop.sessions.list("default", "ann").value().empty());
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
    CHECK(found.unavailable()->code() == errc::store_failed);
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
