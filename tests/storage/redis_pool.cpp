#include <sojourn/storage/redis.hpp>

#include "../servers/proxy.hpp"
#include "../servers/redis_server.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

// Which connections there are, who uses them, and who waits for one.
namespace {

using namespace sojourn;
using namespace std::chrono_literals;
using proxy_test::Proxy;
using redis_test::comes_true;
using redis_test::RedisServer;
using storage::Redis;

Redis::Options options_for(const RedisServer& server) { return redis_test::options_for<Redis::Options>(server); }

/// How many connections of ours the server sees, without the one that asks.
int connections(const RedisServer& server)
{
    const auto info = server.ask({"INFO", "clients"});
    return std::stoi(info.substr(info.find("connected_clients:") + 18)) - 1;
}

} // namespace

TEST_CASE("a connection is used again; one that died while it was idle is replaced, and nobody notices")
{
    const RedisServer server;
    Proxy proxy{server.port()};
    auto options = options_for(server);
    options.port = proxy.port();
    Redis redis{options};
    REQUIRE(*redis.create("k", as_bytes("0"), 1h));
    for (int n = 0; n != 20; ++n)
        REQUIRE(*redis.load("k"));
    CHECK(proxy.connections() == 1);

    Redis direct{options_for(server)};
    for (int n = 1; n <= 20; ++n) {
        REQUIRE(*direct.load("k"));
        CHECK(server.ask({"CLIENT", "KILL", "TYPE", "normal"}) != "0");
        CHECK(comes_true([&] { return connections(server) == 0; }));
        switch (n % 4) { // changes, too: the command has not been sent
        case 0: CHECK(*direct.store("k", as_bytes(std::to_string(n)), 1h)); break;
        case 1: CHECK(*direct.load("k")); break;
        case 2: CHECK(*direct.expire("k", 1h)); break;
        case 3: CHECK_FALSE(*direct.create("k", as_bytes("x"), 1h)); break;
        }
    }
    CHECK(as_text((*direct.load("k"))->value) == "20");
}

TEST_CASE("a server that restarts while nobody asks is not noticed")
{
    RedisServer server{{"--appendonly", "yes", "--appendfsync", "always"}};
    Redis redis{options_for(server)};
    for (int n = 0; n != 3; ++n) {
        CHECK(*redis.create("k" + std::to_string(n), as_bytes("v"), 1h));
        server.kill();
        server.start();
        CHECK(*redis.load("k" + std::to_string(n)));
    }
}

TEST_CASE("a connection that idled for longer than keepalive_timeout is closed")
{
    const RedisServer server;
    auto options = options_for(server);
    SUBCASE("at once if none is to be kept")
    {
        options.keepalive_timeout = 0ms;
        Redis redis{options};
        for (int n = 0; n != 5; ++n)
            CHECK_FALSE(*redis.load("k"));
        CHECK(comes_true([&] { return connections(server) == 0; }));
    }
    SUBCASE("by whoever comes after")
    {
        options.keepalive_timeout = 50ms;
        Redis redis{options};
        std::vector<std::thread> threads;
        for (int t = 0; t != 4; ++t)
            threads.emplace_back([&] { (void)redis.load("k"); });
        for (auto& thread : threads)
            thread.join();
        std::this_thread::sleep_for(60ms);
        for (int n = 0; n != 4; ++n)
            CHECK_FALSE(*redis.load("k"));
        CHECK(comes_true([&] { return connections(server) <= 1; }));
    }
}

TEST_CASE("no more than pool_size connections, however many threads are concurrent; the others wait in line")
{
    const RedisServer server;
    auto options = options_for(server);
    options.pool_size = 3;
    Redis redis{options};
    std::atomic<int> failed = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t != 12; ++t)
        threads.emplace_back([&] {
            for (int n = 0; n != 200; ++n)
                failed += redis.load("k") ? 0 : 1;
        });
    for (auto& thread : threads)
        thread.join();
    CHECK(failed == 0);
    CHECK(connections(server) <= 3);
}

TEST_CASE("a pool whose connections are all in use says so: at once when the line is full, else when it is too late")
{
    const RedisServer server;
    auto options = options_for(server);
    options.pool_size = 2;
    options.backlog = 1;
    options.connect_timeout = 3s;
    options.read_timeout = 60s;
    Redis redis{options};
    for (const auto* key : {"a", "b"})
        REQUIRE(*redis.create(key, as_bytes("v"), 1h));
    server.signal(SIGSTOP);
    // Two are in use, one waits, and all others are refused
    std::atomic<int> refused = 0, late = 0, served = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t != 8; ++t)
        threads.emplace_back([&] {
            const auto found = redis.load("a");
            if (found)
                ++served;
            else if (found.error().detail().ends_with(
                         "GET: all 2 connections of the pool are in use, and 1 wait for one"))
                ++refused;
            else if (found.error().detail().ends_with(
                         "GET: all 2 connections of the pool are in use, and none came free in time"))
                ++late;
        });
    CHECK(comes_true([&] { return refused + late == 6; }));
    CHECK(late >= 1);
    CHECK(refused >= 1);
    server.signal(SIGCONT);
    for (auto& thread : threads)
        thread.join();
    CHECK(served == 2);
    CHECK(*redis.load("b"));
}

TEST_CASE("prior art 11: storages with different databases share the connections of a pool, and see their own records")
{
    const RedisServer server;
    auto options = options_for(server);
    options.pool_name = "shared";
    options.pool_size = 2;
    std::vector<Redis> all;
    for (options.database = 0; options.database != 4; ++options.database)
        all.emplace_back(options);
    for (std::size_t n = 0; n != all.size(); ++n)
        REQUIRE(*all[n].create("k", as_bytes(std::to_string(n)), 1h));
    std::atomic<int> wrong = 0;
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t != all.size(); ++t)
        threads.emplace_back([&, t] {
            for (std::size_t n = t; n != t + 100; ++n) {
                const auto found = all[n % all.size()].load("k");
                if (!found || !*found || as_text((*found)->value) != std::to_string(n % all.size()))
                    ++wrong;
            }
        });
    for (auto& thread : threads)
        thread.join();
    CHECK(wrong == 0);
    CHECK(connections(server) <= 2);

    // A database that is not there is an error, and leaves the pool in order
    options.database = 99;
    CHECK(Redis{options}.load("k").error().detail().find(", SELECT: ERR DB index is out of range") !=
          std::string::npos);
    CHECK(as_text((*all[1].load("k"))->value) == "1");

    // Other settings, another server or user: other connections
    options.database = 1;
    options.backlog = 7;
    CHECK(as_text((*Redis{options}.load("k"))->value) == "1");
    REQUIRE(server.ask({"ACL", "SETUSER", "stranger", "on", ">x", "~other:*", "+@all"}) == "OK");
    options.backlog = Redis::Options{}.backlog;
    options.username = "stranger";
    options.password = "x";
    CHECK(Redis{options}.load("k").error() == errc::store_failed);
}

TEST_CASE("a forked process makes its own connections")
{
    const RedisServer server;
    Redis redis{options_for(server)};
    REQUIRE(*redis.create("parent", as_bytes("of the parent"), 1h));
    std::vector<pid_t> children;
    for (int n = 0; n != 4; ++n)
        children.push_back(scratch::start_child([&, n] {
            const auto key = "child" + std::to_string(n);
            for (int round = 0; round != 100; ++round) {
                if (!redis.create(key, as_bytes(key), 1h) || as_text((*redis.load(key))->value) != key)
                    return 1;
                if (as_text((*redis.load("parent"))->value) != "of the parent")
                    return 2;
            }
            return 0;
        }));
    for (int round = 0; round != 100; ++round)
        CHECK(as_text((*redis.load("parent"))->value) == "of the parent");
    for (const auto child : children)
        CHECK(scratch::exit_code(child) == 0);
    CHECK(as_text((*redis.load("child3"))->value) == "child3");
}
