#include <sojourn/storage/redis.hpp>

#include "../servers/proxy.hpp"
#include "../servers/redis_nodes.hpp"
#include "../servers/redis_place.hpp"

#include <sojourn/drive_asio.hpp>
#include <sojourn/session.hpp>
#include <sojourn/testing/awaited.hpp>

#include <doctest/doctest.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <exception>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

// What is added to the end of records in Redis, alone and together with a store; and what that makes of a save with metadata.

namespace {

using namespace sojourn;
using namespace std::chrono_literals;
using redis_test::RedisServer;
using storage::Redis;
using Status = StoreOutcome::Status;

Redis::Options options_for(const RedisServer& server) { return redis_test::options_for<Redis::Options>(server); }

Addition more(std::string_view key, std::string_view value) { return {key, as_bytes("head "), as_bytes(value), 1h}; }

/// The commands that came from outside, and those within scripts, by their names, since `forget`.
class Calls {
public:
    explicit Calls(const RedisServer& server) : server_{server} { forget(); }
    void forget() const { REQUIRE(server_.ask({"CONFIG", "RESETSTAT"}) == "OK"); }
    long of(const std::string& name) const
    {
        const auto info = server_.ask({"INFO", "commandstats"});
        const auto at = info.find("cmdstat_" + name + ":calls=");
        return at == info.npos ? 0 : std::stol(info.substr(at + name.size() + 15));
    }
    /// As a client sees it: what is within a script is no call of its own.
    long round_trips() const
    {
        const auto scripts = of("evalsha") + of("eval");
        return scripts != 0 ? scripts + of("del") : of("get") + of("set") + of("del");
    }

private:
    const RedisServer& server_;
};

std::string index_of(std::string_view subject, std::string_view audience = "default")
{
    return std::string{protocol::StorageKey{protocol::index_key("__Host-session", audience, subject, {})}.view()};
}

Options listed()
{
    Options options;
    options.secret = secret;
    options.store_metadata = true;
    options.touch_threshold = 60s;
    return options;
}

} // namespace

TEST_CASE("what another program put under a log's key in redis is not added to, alone and with a store")
{
    const RedisServer server;
    Redis redis{options_for(server)};
    const std::vector<redis_test::Words> foreign{
        {"SET", "session:log", "somebody's text"},
        {"SET", "session:log", ""},
        {"SET", "session:log", "sojourn\1"},
        {"SET", "session:log", "sojourn\1version_"},
        {"SET", "session:log", "sojourn\1version_HEAD of another"},
        {"SET", "session:log", "sojourn\2version_head of a later release"},
        {"RPUSH", "session:log", "a", "list"},
        {"HSET", "session:log", "a", "hash"},
        {"SADD", "session:log", "a set"},
        {"ZADD", "session:log", "1", "a sorted set"},
        {"XADD", "session:log", "*", "a", "stream"},
    };
    for (const auto& words : foreign) {
        CAPTURE(words[2]);
        REQUIRE(server.ask(words).substr(0, 1) != "-");
        const auto before = server.ask({"DUMP", "session:log"});
        CHECK_FALSE(redis.append(more("log", "value"))->has_value());
        const std::array both{more("log", "value"), more("other", "value")};
        auto stored = redis.create("k", as_bytes("1"), 1h, both);
        CHECK(stored->status == Status::stored);
        CHECK(stored->longest == 0);
        stored = redis.store_if("k", (*redis.load("k"))->version, as_bytes("2"), 1h, both);
        CHECK(stored->status == Status::stored);
        CHECK(stored->longest == 0);
        CHECK(as_text((*redis.load("k"))->value) == "2");
        CHECK(server.ask({"DUMP", "session:log"}) == before);
        CHECK(server.ask({"EXISTS", "session:other"}) == "0");

        // and as the record's own key
        const std::array other{more("other", "value")};
        CHECK(redis.create("log", as_bytes("v"), 1h, other)->status == Status::conflict);
        const auto kept = redis.store_if("log", 1, as_bytes("v"), 1h, other);
        CHECK(kept->status != Status::stored);
        CHECK(server.ask({"DUMP", "session:log"}) == before);
        CHECK(server.ask({"EXISTS", "session:other"}) == "0");
        server.ask({"DEL", "session:log", "session:k"});
    }
}

TEST_CASE("a log in redis is one string with an expiry, which is only ever put off")
{
    const RedisServer server;
    Redis redis{options_for(server)};
    auto addition = more("log", "one ");
    REQUIRE(*redis.append(addition) == 9);
    const auto lives = [&] { return std::stol(server.ask({"PTTL", "session:log"})); };
    CHECK(lives() > 3'500'000);
    addition.ttl = 1s;
    addition.value = as_bytes("two ");
    REQUIRE(*redis.append(addition) == 13);
    CHECK(lives() > 3'500'000);
    addition.ttl = 2h;
    REQUIRE(*redis.append(addition) == 17);
    CHECK(lives() > 7'100'000);
    addition.ttl = TimeToLive::max();
    REQUIRE(*redis.append(addition) == 21);
    CHECK(server.ask({"GET", "session:log"}).substr(16) == "head one two two two ");
    REQUIRE(server.ask({"PERSIST", "session:log"}) == "1");
    REQUIRE(*redis.append(addition) == 25);
    CHECK(lives() == -1); // what an administrator keeps for ever is kept
}

TEST_CASE("a redis without memory adds nothing and stores nothing; a flushed script costs a second round trip")
{
    const RedisServer server;
    Redis redis{options_for(server)};
    const std::array both{more("log", "1"), more("new", "1")};
    REQUIRE(redis.create("k", as_bytes("0"), 1h, std::array{more("log", "0")})->status == Status::stored);
    const auto version = (*redis.load("k"))->version;
    REQUIRE(server.ask({"CONFIG", "SET", "maxmemory-policy", "noeviction"}) == "OK");
    REQUIRE(server.ask({"CONFIG", "SET", "maxmemory", "1"}) == "OK");
    CHECK(redis.append(both[0]).error() == errc::store_failed);
    CHECK(redis.append(both[1]).error().detail().find("OOM") != std::string::npos);
    CHECK(redis.store_if("k", version, as_bytes("1"), 1h, both).error() == errc::store_failed);
    CHECK(redis.create("k2", as_bytes("1"), 1h, both).error().detail().find("OOM") != std::string::npos);
    CHECK(server.ask({"GET", "session:log"}).substr(16) == "head 0");
    CHECK(server.ask({"DBSIZE"}) == "2");
    CHECK((*redis.load("k"))->version == version);
    REQUIRE(server.ask({"CONFIG", "SET", "maxmemory", "0"}) == "OK");

    REQUIRE(server.ask({"SCRIPT", "FLUSH"}) == "OK");
    CHECK(redis.store_if("k", version, as_bytes("1"), 1h, both)->longest == 7);
    REQUIRE(server.ask({"SCRIPT", "FLUSH"}) == "OK");
    CHECK(*redis.append(both[0]) == 8);
}

TEST_CASE("what no replica of redis has is not reported as added, alone and with a store")
{
    const RedisServer server;
    auto options = options_for(server);
    options.replicas = 1;
    options.read_timeout = 1s; // half of which is waited for one
    Redis redis{options};
    const std::array all{more("log", "1")};
    CHECK(redis.append(all[0]).error().detail().ends_with(", WAIT: 0 replicas have it"));
    CHECK(redis.create("k", as_bytes("0"), 1h, all).error() == errc::store_failed);
    CHECK(redis.store_if("k", (*redis.load("k"))->version, as_bytes("1"), 1h, all).error() == errc::store_failed);

    const RedisServer replica{{"--replicaof", "127.0.0.1 " + std::to_string(server.port())}};
    REQUIRE(redis_test::comes_true([&] { return redis.append(all[0]).has_value(); }));
    REQUIRE(redis_test::comes_true([&] { // a replica that has only just come answers late now and then
        const auto stored = redis.store_if("k", (*redis.load("k"))->version, as_bytes("2"), 1h, all);
        return stored && stored->longest > 8;
    }));
    CHECK(replica.ask({"GET", "session:log"}) == server.ask({"GET", "session:log"}));
}

TEST_CASE("a user of redis who may not do what an append needs stores and creates all the same")
{
    const RedisServer server;
    REQUIRE(server.ask({"ACL", "SETUSER", "shop", "on", ">password", "~*", "+eval", "+evalsha", "+get", "+set", "+del",
                        "+exists"}) == "OK");
    auto options = options_for(server);
    options.username = "shop";
    options.password = "password";
    Redis redis{options};
    REQUIRE(server.ask({"SET", "session:log", "sojourn\1version_head "}) == "OK");
    const std::array all{more("log", "1")};
    const auto created = redis.create("k", as_bytes("0"), 1h, all);
    REQUIRE(created.has_value());
    CHECK(created->status == Status::stored);
    CHECK(created->longest == 0);
    CHECK(redis.store_if("k", (*redis.load("k"))->version, as_bytes("1"), 1h)->status == Status::stored);
}

TEST_CASE("with metadata a login is one round trip to redis, and so is each save, due or not, and no index is read")
{
    Shop<Redis> shop{listed()};
    const auto& server = shop.place.server;
    static_cast<void>(shop.place.storage().append(more("warm-up", "1")));
    const Calls calls{server};
    auto session = shop.start();
    session.set_subject("ann");
    session.set_label("a phone");
    REQUIRE_FALSE(shop.take(session.save()));
    CHECK(calls.round_trips() == 1);
    CHECK(calls.of("get") == 1); // the record, in the script

    for (const auto pause : {0s, 0s, 60s, 60s}) {
        shop.world.advance(pause);
        session = shop.open();
        calls.forget();
        ++session->visits;
        REQUIRE_FALSE(shop.take(session.save()));
        CHECK(calls.round_trips() == 1);
        CHECK(calls.of("get") == 1);
        CHECK(calls.of("append") == (pause == 0s ? 0 : 1));
    }
    const auto all = shop.sessions.list("default", "ann").value();
    REQUIRE(all.size() == 1);
    CHECK(all[0].last_seen == shop.world.now());
    CHECK(all[0].label == "a phone");

    // from one subject to another: two indexes, and still one step
    session = shop.open();
    session.set_audience("blog");
    calls.forget();
    REQUIRE_FALSE(shop.take(session.save()));
    CHECK(calls.round_trips() == 1);
    CHECK(calls.of("append") == 1);
    CHECK(calls.of("set") == 2);
    CHECK(shop.sessions.list("default", "ann").value().empty());
    CHECK(shop.sessions.list("blog", "ann").value().size() == 1);

    // revoked at once, and nothing comes back
    auto late = shop.open();
    CHECK(shop.sessions.revoke_all("blog", "ann").value() == 1);
    ++late->visits;
    shop.world.advance(60s);
    CHECK(late.save().error() == errc::session_gone);
    CHECK(shop.sessions.list("blog", "ann").value().empty());
    CHECK(server.ask({"EXISTS", "session:" + index_of("ann", "blog")}) == "0");
}

TEST_CASE("with metadata a save that another one got ahead of tells the index once, with what it stores in the end")
{
    Shop<Redis> shop{listed()};
    auto session = shop.start();
    session.set_subject("ann");
    REQUIRE_FALSE(shop.take(session.save()));
    auto one = shop.open(), two = shop.open();
    one->visits = 7;
    two.set_label("a phone");
    REQUIRE(one.save().has_value());
    const Calls calls{shop.place.server};
    REQUIRE(two.save().has_value());
    CHECK(calls.round_trips() == 2);
    CHECK(calls.of("append") == 1);
    CHECK(shop.sessions.list("default", "ann")->front().label == "a phone");
    CHECK(shop.open()->visits == 7);
}

TEST_CASE("an awaited storage over redis appends and stores in one step, too")
{
    using Storage = testing::Awaited<Redis>;
    static_assert(BatchStorage<Storage> && AwaitableStorage<Storage>);
    static_assert(!AppendingStorage<testing::Awaited<storage::Memory>>);
    Place<Redis> place;
    const auto run = [](auto coroutine) {
        boost::asio::io_context context;
        std::exception_ptr failure;
        boost::asio::co_spawn(context, std::move(coroutine), [&](std::exception_ptr thrown) { failure = thrown; });
        context.run();
        CHECK(failure == nullptr);
    };
    testing::ManualEnvironment world;
    using Awaiting = Session<Storage, cipher::XChaCha20Poly1305, codec::MessagePack<shop::Cart>, protocol::Native,
                             testing::ManualEnvironment>;
    Awaiting::Manager sessions{listed(), Storage{place.storage()}, {}, world};
    static_cast<void>(place.storage().append(more("warm-up", "1")));
    run([&]() -> boost::asio::awaitable<void> {
        Client client;
        const Calls calls{place.server};
        auto session = co_await sessions.start("");
        session.set_subject("ann");
        client.take(*co_await session.save());
        CHECK(calls.round_trips() == 1);
        world.advance(60s);
        auto again = co_await sessions.open(client.header());
        ++again->visits;
        calls.forget();
        client.take(*co_await again.save());
        CHECK(calls.round_trips() == 1);
        CHECK(calls.of("append") == 1);
        CHECK((co_await sessions.list("default", "ann"))->size() == 1);

        // and alone
        Storage storage{place.storage()};
        const auto addition = more("warm-up", "2");
        CHECK(*co_await storage.append(addition) == 7);
    });
}

TEST_CASE("new keys write an index in redis anew, so that it opens when the old ones are gone")
{
    Shop<Redis> shop{listed()};
    auto session = shop.start();
    session.set_subject("ann");
    REQUIRE_FALSE(shop.take(session.save()));
    auto options = listed();
    options.secret = "the secret that comes after the first";
    options.secret_fallbacks = {secret};
    const Shop<Redis>::Session::Manager rotated{options, shop.place.storage(), {}, shop.world};
    session = rotated.open(shop.client.header());
    REQUIRE_FALSE(session.is_new());
    shop.client.take(session.save().value());
    options.secret = "the secret that comes after the first";
    options.secret_fallbacks = {};
    const Shop<Redis>::Session::Manager last{options, shop.place.storage(), {}, shop.world};
    CHECK(last.list("default", "ann").value().size() == 1);
    CHECK(last.revoke_all("default", "ann").value() == 1);
}

TEST_CASE("an index in redis stays short, however often concurrent sessions are saved, and no session is missing")
{
    Place<Redis> place;
    auto options = listed();
    options.touch_threshold = 0s; // each save is due
    using Real = Session<Redis, cipher::XChaCha20Poly1305,
                         codec::MessagePack<shop::Cart>>; // whose environment threads may share
    const Real::Manager sessions{options, place.storage()};
    constexpr int threads = 4, each = 5, rounds = 100;
    std::vector<std::vector<Client>> clients(threads, std::vector<Client>(each));
    std::vector<int> failures(threads);
    {
        std::vector<std::jthread> all;
        for (std::size_t thread = 0; thread != threads; ++thread)
            all.emplace_back([&, thread] {
                for (int round = 0; round != rounds; ++round)
                    for (Client& client : clients[thread]) {
                        auto session = sessions.open(client.header());
                        session.set_subject("ann");
                        ++session->visits;
                        const auto saved = session.save();
                        failures[thread] += saved ? 0 : 1;
                        if (saved)
                            client.take(*saved);
                    }
            });
    }
    CHECK(std::ranges::count(failures, 0) == threads);
    std::set<std::string> expected, listed;
    for (const auto& some : clients)
        for (const Client& client : some)
            expected.insert(sessions.open(client.header()).properties().handle);
    for (const auto& one : sessions.list("default", "ann").value())
        listed.insert(one.handle);
    CHECK(listed == expected);
    CHECK(listed.size() == threads * each);
    const auto length = std::stol(place.server.ask({"STRLEN", "session:" + index_of("ann")}));
    CHECK(length > 0);
    CHECK(length < 100'000); // all that was told are 200 KB and more
    CHECK(sessions.revoke_all("default", "ann").value() == listed.size());
    CHECK(place.server.ask({"DBSIZE"}) == "0");
}

TEST_CASE("a redis that cuts the connection while a save tells its index: the save fails, and the next one tells it")
{
    const RedisServer server;
    proxy_test::Proxy proxy{server.port()};
    auto options = options_for(server);
    options.port = proxy.port();
    testing::ManualEnvironment world;
    const Shop<Redis>::Session::Manager sessions{listed(), Redis{options}, {}, world};
    Client client;
    auto session = sessions.start("");
    session.set_subject("ann");
    client.take(session.save().value());
    world.advance(60s);
    session = sessions.open(client.header());
    ++session->visits;
    proxy.cut_replies_after(0);
    CHECK(session.save().error() == errc::store_failed); // it was carried out, but nobody knows
    proxy.cut_replies_after(proxy.all);
    client.take(session.save().value());
    CHECK(sessions.list("default", "ann").value().size() == 1);
    CHECK(sessions.open(client.header())->visits == 1);
}

TEST_CASE("with metadata in a cluster a save is one command for the session and one for each index, without a read")
{
    redis_nodes_test::Cluster cluster;
    testing::ManualEnvironment world;
    using Session = Session<storage::RedisCluster, cipher::XChaCha20Poly1305, codec::MessagePack<shop::Cart>,
                            protocol::Native, testing::ManualEnvironment>;
    const Session::Manager sessions{listed(), storage::RedisCluster{cluster.options()}, {}, world};
    Client client;
    const auto save = [&] {
        auto session = sessions.start(client.header());
        session.set_subject("ann");
        ++session->visits;
        client.take(session.save().value());
    };
    save();
    std::vector<Calls> before;
    for (std::size_t n = 0; n != cluster.masters; ++n)
        before.emplace_back(cluster.node(n));
    const auto count = [&](const std::string& name) {
        long all = 0;
        for (const auto& each : before)
            all += each.of(name);
        return all;
    };
    world.advance(60s);
    save();
    CHECK(count("append") == 1);
    CHECK(count("get") == 2); // to open the session, and in the script
    CHECK(sessions.list("default", "ann").value().front().last_seen == world.now());
    CHECK(sessions.revoke_all("default", "ann").value() == 1);
    CHECK(sessions.list("default", "ann").value().empty());
}
