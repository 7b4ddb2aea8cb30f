#include <sojourn/storage/redis.hpp>

#include "../servers/redis_server.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

// Updates of few records by many at once: each that was reported counts.
namespace {

using namespace sojourn;
using namespace std::chrono_literals;
using redis_test::RedisServer;
using storage::Redis;
using Status = StoreOutcome::Status;

constexpr int keys = 5;

std::string key(int n) { return "key-" + std::to_string(n % keys); }
long number(const Record& record) { return std::stol(std::string{as_text(record.value)}); }

Redis open(const RedisServer& server) { return Redis{redis_test::options_for<Redis::Options>(server)}; }

/// Adds one to each key in turn; how often that failed.
int count(Redis redis, int updates)
{
    int failed = 0;
    for (int n = 0; n != updates; ++n) {
        auto read = redis.load(key(n)).value();
        while (read) {
            auto outcome =
                redis.store_if(key(n), read->version, as_bytes(std::to_string(number(*read) + 1)), 1h).value();
            if (outcome.status == Status::stored)
                break;
            if (outcome.status == Status::missing)
                read.reset();
            else
                *read = std::move(outcome.standing);
        }
        failed += read ? 0 : 1;
    }
    return failed;
}

int count_in_threads(const Redis& redis, int threads, int updates)
{
    std::atomic<int> failed = 0;
    std::vector<std::thread> all;
    for (int t = 0; t != threads; ++t)
        all.emplace_back([&] { failed += count(redis, updates); });
    for (auto& thread : all)
        thread.join();
    return failed;
}

void begin(Redis redis)
{
    for (int n = 0; n != keys; ++n)
        REQUIRE(*redis.create(key(n), as_bytes("0"), 1h));
}

long sum(const Redis& redis)
{
    long all = 0;
    for (int n = 0; n != keys; ++n)
        all += number(redis.load(key(n))->value());
    return all;
}

} // namespace

TEST_CASE("updates in redis by two processes of two threads each on few keys, 100 000 where it is optimised: all count")
{
    constexpr int each = SOJOURN_TEST_MEASURES ? 25'000 : 5'000;
    const RedisServer server;
    const auto redis = open(server);
    begin(redis);
    std::vector<pid_t> children;
    for (int process = 0; process != 2; ++process)
        children.push_back(scratch::start_child([&] { return count_in_threads(redis, 2, each) == 0 ? 0 : 1; }));
    for (const auto child : children)
        CHECK(scratch::exit_code(child) == 0);
    CHECK(sum(redis) == 4 * each);
}

TEST_CASE("10 000 updates in redis from concurrent threads on few keys and connections: all count")
{
    const RedisServer server;
    auto options = redis_test::options_for<Redis::Options>(server);
    options.pool_size = 3;
    const Redis redis{options};
    begin(redis);
    CHECK(count_in_threads(redis, 4, 2'500) == 0);
    CHECK(sum(redis) == 10'000);
}
