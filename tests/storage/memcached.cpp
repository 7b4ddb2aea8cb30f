#include <sojourn/storage/memcached.hpp>

#include <sojourn/testing/storage_conformance.hpp>

#include "../servers/memcached_server.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using namespace sojourn;
using namespace std::chrono_literals;
using memcached_test::MemcachedServer;
using storage::Memcached;
using Status = StoreOutcome::Status;

static_assert(VersionedStorage<Memcached> && !AwaitableStorage<Memcached> && !CookieStorage<Memcached>);

Memcached::Options options_for(const MemcachedServer& server)
{
    return memcached_test::options_for<Memcached::Options>(server);
}

/// All laws, each in a thread of its own: most of their time they wait for something to expire.
template <class Make>
std::vector<std::string> broken_laws(Make make)
{
    testing::StorageConformance suite{make,
                                      {.granularity = 1s, .largest_value = 1000 * 1000, .rounds = 50, .patience = 20s}};
    std::vector<std::string> broken;
    std::mutex mutex;
    {
        std::vector<std::jthread> threads;
        for (const auto& law : suite.laws())
            threads.emplace_back([&suite, &broken, &mutex, law] {
                for (const auto& failure : suite.check(law)) {
                    const std::lock_guard lock{mutex};
                    broken.push_back(failure.law + ": " + failure.what);
                }
            });
    }
    return broken;
}

bool failed(const auto& answer, std::string_view word)
{
    return answer.has_error() && answer.error() == errc::store_failed &&
           answer.error().detail().find(word) != std::string::npos;
}

Bytes value(std::size_t size) { return Bytes(size, std::byte{7}); }

} // namespace

TEST_CASE("memcached keeps the laws of a versioned storage, of concurrent calls too")
{
    const MemcachedServer server;
    for (const auto& broken : broken_laws([&] { return Memcached{options_for(server)}; }))
        FAIL_CHECK(broken);
}

TEST_CASE("memcached at a Unix socket, with a prefix and a suffix, keeps them too")
{
    const MemcachedServer server{{}, MemcachedServer::At::path};
    auto options = options_for(server);
    options.prefix.emplace("shop:");
    options.suffix = ":session";
    for (const auto& broken : broken_laws([&] { return Memcached{options}; }))
        FAIL_CHECK(broken);
}

TEST_CASE("three memcached servers keep them too, and each has its share")
{
    const MemcachedServer a, b, c{{}, MemcachedServer::At::path};
    auto options = options_for(a);
    options.port = Memcached::Options{}.port;
    options.servers = {{"127.0.0.1", a.port()}, {"127.0.0.1", b.port()}, {.unix_socket = c.unix_socket()}};
    for (const auto& broken : broken_laws([&] { return Memcached{options}; }))
        FAIL_CHECK(broken);
    for (const auto* server : {&a, &b, &c})
        CHECK(server->statistic("cmd_set") > 0);
}

TEST_CASE("prior art 13: memcached is told how long a record lives, never too short, and beyond 30 days as a date")
{
    const MemcachedServer server;
    auto options = options_for(server);
    options.prefix.emplace("p.");
    Memcached memcached{options};
    const auto left = [&] { // as the server counts
        const auto reply = server.ask("mg p.key t");
        return reply.starts_with("HD t") ? std::atol(reply.c_str() + 4) : 0;
    };
    constexpr long minute = 60, day = 24 * 60 * minute;
    CHECK(*memcached.create("key", as_bytes("v"), 29 * 24h));
    CHECK(left() > 29 * day - minute);
    CHECK(left() <= 29 * day + 2);
    CHECK(*memcached.expire("key", 31 * 24h));
    CHECK(left() > 31 * day - minute);
    CHECK(left() <= 31 * day + 3);
    CHECK(*memcached.store("key", as_bytes("v"), 366 * 24h));
    CHECK(left() > 366 * day - minute);
    CHECK(left() <= 366 * day + 3);
    CHECK(*memcached.expire("key", TimeToLive::max()));
    CHECK(left() == -1);
    CHECK(*memcached.expire("key", 1ms));
    CHECK(left() != -1);
    CHECK(left() <= 2);
}

TEST_CASE("each call is one command of memcached's, but for a second get where something else stands")
{
    const MemcachedServer server;
    Memcached memcached{options_for(server)};
    const auto commands = [&] {
        long all = 0;
        for (const auto* each : {"cmd_get", "cmd_set", "cmd_touch", "delete_hits", "delete_misses"})
            all += server.statistic(each);
        return all;
    };
    const auto costs = [&](auto act) {
        const auto before = commands();
        act();
        return commands() - before;
    };
    Version version = 0;
    CHECK(costs([&] { CHECK_FALSE(*memcached.load("k")); }) == 1);
    CHECK(costs([&] { CHECK(*memcached.create("k", as_bytes("1"), 1h)); }) == 1);
    CHECK(costs([&] { version = memcached.load("k").value()->version; }) == 1);
    CHECK(costs([&] { CHECK(memcached.store_if("k", version, as_bytes("2"), 1h)->status == Status::stored); }) == 1);
    CHECK(costs([&] { CHECK(memcached.store_if("k", version, as_bytes("3"), 1h)->status == Status::conflict); }) == 2);
    CHECK(costs([&] { CHECK(*memcached.expire("k", 2h)); }) <= 2); // a touch counts itself and what it finds
    CHECK(costs([&] { CHECK(*memcached.erase("k")); }) == 1);
}

TEST_CASE("what another program put under a key of ours is not found, and no store replaces it")
{
    const MemcachedServer server;
    Memcached memcached{options_for(server)};
    for (const std::string foreign : {"0 0 5\r\nvalue", "1 0 0\r\n", "4294967295 0 5\r\nvalue"}) {
        CAPTURE(foreign);
        REQUIRE(server.ask("set session:key " + foreign) == "STORED\r\n");
        const auto before = server.ask("gets session:key");
        CHECK_FALSE(*memcached.load("key"));
        const auto created = memcached.create("key", as_bytes("v"), 1h);
        CHECK(
            failed(created, "127.0.0.1:" + std::to_string(server.port()) + ", add: what lies under the record's key"));
        CHECK_FALSE(*memcached.store("key", as_bytes("v"), 1h));
        CHECK(memcached.store_if("key", 1, as_bytes("v"), 1h)->status == Status::missing);
        CHECK(memcached.store_if("key", 1, as_bytes("v"), 0s)->status == Status::missing);
        CHECK(server.ask("gets session:key") == before);
    }
    CHECK(*memcached.erase("key"));
    CHECK(*memcached.create("key", as_bytes("v"), 1h));
}

TEST_CASE("a value that is larger than memcached takes is refused, and what stood there stands")
{
    const MemcachedServer server;
    Memcached memcached{options_for(server)};
    for (const std::size_t megabytes : {1U, 20U}) {
        const std::size_t size = megabytes * 1024 * 1024;
        CHECK(*memcached.create("key", as_bytes("old"), 1h));
        const auto version = memcached.load("key").value()->version;
        CHECK(failed(memcached.create("other", value(size), 1h), "add: the value is larger"));
        CHECK(failed(memcached.store("key", value(size), 1h), "replace: the value is larger"));
        CHECK(failed(memcached.store_if("key", version, value(size), 1h), "replace: the value is larger"));
        const auto standing = memcached.load("key").value();
        REQUIRE(standing.has_value());
        CHECK(standing->version == version);
        CHECK_FALSE(*memcached.load("other"));
        CHECK(*memcached.erase("key"));
    }
    CHECK(server.statistic("total_connections") <= 10); // it is an answer like others
}

TEST_CASE("what memcached evicts is not found, and comes back by nothing but create")
{
    const MemcachedServer server{{"-m", "2", "-o", "no_lru_crawler"}};
    Memcached memcached{options_for(server)};
    const auto key = [](int n) { return "key-" + std::to_string(n); };
    std::vector<Version> versions;
    for (int n = 0; server.statistic("evictions") == 0 || n % 200 != 0; ++n) {
        REQUIRE(n < 100'000);
        const auto created = memcached.create(key(n), value(4000), 1h);
        const auto found = created ? memcached.load(key(n)).value() : std::nullopt;
        versions.push_back(found ? found->version : 0);
    }
    int evicted = 0;
    for (int n = 0; n != static_cast<int>(versions.size()); ++n) {
        const auto version = versions[static_cast<std::size_t>(n)];
        if (version == 0 || *memcached.load(key(n)))
            continue;
        ++evicted;
        CHECK(memcached.store_if(key(n), version, as_bytes("late"), 1h)->status == Status::missing);
        CHECK_FALSE(*memcached.store(key(n), as_bytes("late"), 1h));
        CHECK_FALSE(*memcached.expire(key(n), 1h));
        CHECK_FALSE(*memcached.erase(key(n)));
        CHECK_FALSE(*memcached.load(key(n)));
    }
    CHECK(evicted > 0);
}

TEST_CASE("a memcached that may not evict refuses what it has no room for, and all that lives stays")
{
    const MemcachedServer server{{"-m", "2", "-M"}};
    Memcached memcached{options_for(server)};
    int count = 0;
    Result<bool> created = true;
    for (; created && count != 100'000; ++count)
        created = memcached.create("key-" + std::to_string(count), value(4000), 1h);
    CHECK(failed(created, "out of memory"));
    for (int n = 0; n != count - 1; ++n)
        CHECK(memcached.load("key-" + std::to_string(n)).value());
}

TEST_CASE("who saves after memcached was emptied is told that nothing is there")
{
    const MemcachedServer server;
    Memcached memcached{options_for(server)};
    CHECK(*memcached.create("key", as_bytes("v"), 1h));
    const auto version = memcached.load("key").value()->version;
    CHECK(server.ask("flush_all") == "OK\r\n");
    CHECK(memcached_test::comes_true([&] { return !*memcached.load("key"); })); // from the next tick of its clock
    CHECK(memcached.store_if("key", version, as_bytes("late"), 1h)->status == Status::missing);
    CHECK_FALSE(*memcached.store("key", as_bytes("late"), 1h));
    CHECK_FALSE(*memcached.load("key"));
}

TEST_CASE("a version of before memcached's restart is none of after, though the server counts anew")
{
    MemcachedServer server;
    Memcached memcached{options_for(server)};
    CHECK(*memcached.create("key", as_bytes("before"), 1h));
    const auto before = memcached.load("key").value()->version;
    server.kill();
    server.start();
    CHECK(memcached.store_if("key", before, as_bytes("late"), 1h)->status == Status::missing);
    CHECK(*memcached.create("key", as_bytes("after"), 1h));
    CHECK(server.ask("gets session:key").find(" 1\r\n") != std::string::npos); // the first state, as it was before
    CHECK(memcached.load("key").value()->version != before);
    const auto late = memcached.store_if("key", before, as_bytes("late"), 1h);
    CHECK(late->status == Status::conflict);
    CHECK(as_text(late->standing.value) == "after");
    CHECK(memcached.store_if("key", before, as_bytes("late"), 0s)->status == Status::conflict);
    CHECK(memcached.load("key").value()->version == late->standing.version);
}

TEST_CASE("a memcached that keeps no cas is no store")
{
    const MemcachedServer server{{"-C"}};
    Memcached memcached{options_for(server)};
    CHECK(*memcached.create("key", as_bytes("v"), 1h));
    CHECK(failed(memcached.load("key"), "-C"));
}

TEST_CASE("memcached with users takes the right password and no other; what is refused is said without it")
{
    const MemcachedServer server{{}, MemcachedServer::At::port, {{"shop", "the right password"}}};
    auto options = options_for(server);
    CHECK(failed(Memcached{options}.ping(), "not authenticated"));
    CHECK(failed(Memcached{options}.load("key"), "not authenticated"));
    options.username = "shop@here";
    options.password = "the wrong password";
    const auto refused = Memcached{options}.create("key", as_bytes("v"), 1h);
    CHECK(failed(refused, "user name or password refused"));
    CHECK(failed(refused, "127.0.0.1:" + std::to_string(server.port())));
    CHECK_FALSE(failed(refused, "wrong"));
    options.password = "the right password";
    Memcached memcached{options};
    CHECK(memcached.ping().has_value());
    CHECK(*memcached.create("key", as_bytes("v"), 1h));
    CHECK(as_text(memcached.load("key").value()->value) == "v");

    const MemcachedServer without;
    options.port = without.port();
    CHECK(failed(Memcached{options}.ping(),
                 "does not know this command")); // better than to send in clear what nobody wants
}

TEST_CASE("an unlawful option of memcached's is named before any server is asked")
{
    const auto with = [](auto change) {
        Memcached::Options options;
        change(options);
        Memcached memcached{options};
        CHECK(memcached.ping().error() == errc::unlawful_option);
        CHECK(memcached.load("key").error() == errc::unlawful_option);
        CHECK(memcached.create("key", {}, 1h).error() == errc::unlawful_option);
        const auto text = memcached.check().error().detail();
        return text.substr(0, text.find(':'));
    };
    using Options = Memcached::Options;
    CHECK(Memcached{}.check().has_value());
    CHECK(with([](Options& o) { o.host = ""; }) == "host");
    CHECK(with([](Options& o) { o.port = 0; }) == "port");
    CHECK(with([](Options& o) { o.unix_socket = std::string(200, 'x'); }) == "unix_socket");
    CHECK(with([](Options& o) { o.servers = {{"a", 1}, {"b", 1}, {"a", 1}}; }) == "servers");
    CHECK(with([](Options& o) { o.servers = {{"a", 0}}; }) == "port");
    CHECK(with([](Options& o) {
              o.servers = {{"a", 1}};
              o.host = "b";
          }) == "servers");
    CHECK(with([](Options& o) { o.username = "somebody"; }) == "username, password");
    CHECK(with([](Options& o) { o.password = "secret"; }) == "username, password");
    CHECK(with([](Options& o) {
              o.username = std::string("some\0body", 9);
              o.password = "secret";
          }) == "username, password");
    CHECK(with([](Options& o) { o.prefix.emplace("with space "); }) == "prefix");
    CHECK(with([](Options& o) { o.suffix = "line\n"; }) == "suffix");
    CHECK(with([](Options& o) {
              o.prefix.emplace(100, 'p');
              o.suffix = std::string(23, 's');
          }) == "prefix, suffix");
    CHECK(with([](Options& o) { o.connect_timeout = 0ms; }) == "connect_timeout");
    CHECK(with([](Options& o) { o.send_timeout = -1ms; }) == "send_timeout");
    CHECK(with([](Options& o) { o.read_timeout = 0ms; }) == "read_timeout");
    CHECK(with([](Options& o) { o.keepalive_timeout = -1ms; }) == "keepalive_timeout");
    CHECK(with([](Options& o) { o.pool_size = 0; }) == "pool_size");
    CHECK(with([](Options& o) { o.ssl = true; }) == "ssl");
    CHECK(with([](Options& o) { o.server_name = "cache"; }) == "ssl_ca_file or server_name");
    CHECK(Memcached{{.prefix = std::string(100, 'p'), .suffix = std::string(22, 's')}}.check().has_value());
    CHECK(Memcached{{.port = 1}}.load("a b").error() == errc::unlawful_option);
}
