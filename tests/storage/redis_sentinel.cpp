#include <sojourn/storage/redis_sentinel.hpp>

#include <sojourn/testing/storage_conformance.hpp>

#include "../servers/redis_sentinels.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace sojourn;
using namespace std::chrono_literals;
using redis_sentinels_test::Group;
using redis_test::comes_true;
using redis_test::RedisServer;
using storage::RedisSentinel;
using Status = StoreOutcome::Status;

static_assert(BatchStorage<RedisSentinel>);

bool holds(const RedisSentinel& redis, std::string_view key, std::string_view value)
{
    const auto found = redis.load(key);
    return found && *found && as_text((*found)->value) == value;
}

/// Whether `key` was lost from sight at any time: an error is not that.
bool is_missing(const RedisSentinel& redis, std::string_view key)
{
    const auto found = redis.load(key);
    return found && !*found;
}

} // namespace

TEST_CASE("redis by way of sentinels keeps the laws of a batch storage, of concurrent calls too")
{
    const Group group;
    testing::StorageConformance suite{[&] { return RedisSentinel{group.options()}; }, {.rounds = 10, .patience = 10s}};
    for (const auto& failure : suite.run())
        FAIL_CHECK(failure.law, ": ", failure.what);
}

TEST_CASE("a master that is lost is followed to the replica that was promoted; no record is missing meanwhile")
{
    Group group{{.patience = 1500ms}};
    RedisSentinel redis{group.options()};
    REQUIRE(*redis.create("k", as_bytes("before"), 1h));
    REQUIRE(comes_true([&] { return group.is_in_step(); }));

    std::atomic<bool> done = false;
    std::atomic<int> missing = 0;
    std::thread reader{[&] {
        while (!done)
            missing += is_missing(redis, "k") ? 1 : 0;
    }};
    group.master().kill();
    const auto refused = redis.store("k", as_bytes("meanwhile"), 1h);
    CHECK((refused.has_error() && refused.error() == errc::store_failed));
    CHECK(comes_true([&] { return redis.store("k", as_bytes("after"), 1h).has_value(); }));
    CHECK(holds(redis, "k", "after"));
    CHECK(group.replica().ask({"ROLE"}).starts_with("master"));

    // The old master comes back empty, and takes itself for a master until it is told
    group.master().start();
    CHECK(comes_true([&] { return group.master().ask({"ROLE"}).starts_with("slave"); }));
    done = true;
    reader.join();
    CHECK(missing == 0);
    CHECK(holds(redis, "k", "after"));
}

TEST_CASE("a master that hung while another was promoted is not asked any more when it goes on")
{
    Group group{{.patience = 1500ms}};
    RedisSentinel redis{group.options()};
    REQUIRE(*redis.create("k", as_bytes("before"), 1h));
    REQUIRE(comes_true([&] { return group.is_in_step(); }));
    const auto old_port = std::to_string(group.master().port());
    group.master().signal(SIGSTOP); // and nobody asks meanwhile: the idle connection looks well
    REQUIRE(comes_true([&] { return group.named_port(0) != old_port && group.named_port(1) != old_port; }));
    REQUIRE(comes_true([&] { return group.replica().ask({"ROLE"}).starts_with("master"); }));
    group.master().signal(SIGCONT);
    const auto version = redis.load("k");
    REQUIRE((version && *version));
    CHECK(redis.store_if("k", (*version)->version, as_bytes("after"), 1h)->status == Status::stored);
    CHECK(group.replica().ask({"GET", "session:k"}).ends_with("after"));
}

TEST_CASE("a planned failover is followed")
{
    Group group;
    RedisSentinel redis{group.options()};
    REQUIRE(*redis.create("k", as_bytes("0"), 1h));
    REQUIRE(comes_true([&] { return group.is_in_step(); }));
    REQUIRE(comes_true([&] { return group.sentinel(0).ask({"SENTINEL", "FAILOVER", "sessions"}) == "OK"; }));
    CHECK(comes_true([&] {
        const bool stored = redis.store("k", as_bytes("1"), 1h).has_value();
        CHECK_FALSE(is_missing(redis, "k"));
        return stored && group.replica().ask({"GET", "session:k"}).ends_with("1") &&
               group.replica().ask({"ROLE"}).starts_with("master");
    }));
    CHECK(holds(redis, "k", "1"));
}

TEST_CASE("sentinels that are gone, hang, or do not know are passed over; without any it is an error")
{
    Group group;
    RedisSentinel redis{group.options()};
    REQUIRE(*redis.create("k", as_bytes("v"), 1h));
    group.sentinel(0).kill();
    group.sentinel(1).signal(SIGSTOP);
    CHECK(holds(RedisSentinel{group.options()}, "k", "v"));
    group.sentinel(2).kill();
    const auto alone = RedisSentinel{group.options()}.load("k");
    CHECK((alone.has_error() && alone.error() == errc::store_failed));
    group.sentinel(1).signal(SIGCONT);
    CHECK(comes_true([&] { return holds(RedisSentinel{group.options()}, "k", "v"); }));

    auto options = group.options();
    options.master_name = "another";
    options.sentinels = {options.sentinels[1]};
    const auto unknown = RedisSentinel{options}.load("k");
    REQUIRE(unknown.has_error());
    CHECK(unknown.error().detail().ends_with("SENTINEL: knows no master another"));
}

TEST_CASE(
    "one sentinel that names another server than the others is not believed, whatever the server takes itself for")
{
    Group group;
    const RedisServer stranger;
    const auto liar = Group::watch(stranger, {});
    auto options = group.options();
    options.sentinels = {{"127.0.0.1", liar->port()}, options.sentinels[0], options.sentinels[1]};
    options.server.keepalive_timeout = 0ms; // asks the sentinels each time
    RedisSentinel redis{options};
    REQUIRE(*redis.create("k", as_bytes("v"), 1h));
    for (int n = 0; n != 5; ++n)
        CHECK(holds(redis, "k", "v"));
    CHECK(stranger.ask({"DBSIZE"}) == "0");

    // nor one that names a server that is no master
    const auto late = Group::watch(group.replica(), {});
    options.sentinels = {{"127.0.0.1", late->port()}, options.sentinels[1]};
    CHECK(holds(RedisSentinel{options}, "k", "v"));
    options.sentinels.pop_back();
    const auto alone = RedisSentinel{options}.load("k");
    REQUIRE(alone.has_error());
    CHECK(alone.error().detail() == "127.0.0.1:" + std::to_string(group.replica().port()) + ", ROLE: it is no master");
}

TEST_CASE("a replica is read from if that is asked for; it takes no changes")
{
    Group group;
    RedisSentinel master{group.options()};
    auto options = group.options();
    options.role = storage::redis::Role::replica;
    RedisSentinel replica{options};
    REQUIRE(*master.create("k", as_bytes("v"), 1h));
    CHECK(comes_true([&] { return holds(replica, "k", "v"); }));
    const auto refused = replica.store("k", as_bytes("w"), 1h);
    REQUIRE(refused.has_error());
    CHECK(refused.error().detail().find(": READONLY ") != std::string::npos);

    // One that does not follow its master may have nothing yet
    REQUIRE(group.replica().ask({"CONFIG", "SET", "masterauth", "wrong"}) == "OK");
    REQUIRE(group.master().ask({"CONFIG", "SET", "requirepass", "changed"}) == "OK");
    REQUIRE(group.master().ask({"PING"}).starts_with("-NOAUTH"));
    REQUIRE(group.replica().ask({"CLIENT", "KILL", "TYPE", "master"}) == "1");
    REQUIRE(group.replica().ask({"ROLE"}).find("connected") == std::string::npos);
    const auto apart = RedisSentinel{options}.load("k");
    REQUIRE(apart.has_error());
    CHECK(apart.error() == errc::store_failed);
}

TEST_CASE("a change that has to be on a replica is an error while it is not")
{
    Group group;
    auto options = group.options();
    options.server.replicas = 1;
    options.server.read_timeout = 2s;
    RedisSentinel redis{options};
    REQUIRE(*redis.create("k", as_bytes("0"), 1h));
    CHECK(group.replica().ask({"EXISTS", "session:k"}) == "1"); // at once
    auto version = (*redis.load("k"))->version;
    CHECK(redis.store_if("k", version, as_bytes("1"), 1h)->status == Status::stored);
    CHECK(redis.store_if("k", version, as_bytes("x"), 1h)->status == Status::conflict);
    CHECK(*redis.expire("k", 2h));

    group.replica().signal(SIGSTOP);
    const auto alone = redis.store("k", as_bytes("2"), 1h);
    REQUIRE(alone.has_error());
    CHECK(alone.error().detail().ends_with(", WAIT: 0 replicas have it"));
    CHECK(redis.load("k").has_value());
    group.replica().signal(SIGCONT);
    CHECK(comes_true([&] {
        const auto stored = redis.store("k", as_bytes("3"), 1h);
        return stored && *stored;
    }));
    CHECK(group.replica().ask({"GET", "session:k"}).ends_with("3"));
    CHECK(*redis.erase("k"));
}

TEST_CASE("sentinels and servers have passwords of their own")
{
    Group group{{.sentinel_password = "of the sentinels"}};
    auto options = group.options();
    const auto refused = RedisSentinel{options}.load("k");
    REQUIRE(refused.has_error());
    CHECK(refused.error().detail().find("SENTINEL: NOAUTH ") != std::string::npos);
    options.sentinel_password = "of the sentinels";
    CHECK_FALSE(*RedisSentinel{options}.load("k"));
    REQUIRE(group.master().ask({"CONFIG", "SET", "requirepass", "of the servers"}) == "OK");
    CHECK(RedisSentinel{options}.load("k").error().detail().find("NOAUTH") != std::string::npos);
    options.server.password = "of the servers";
    CHECK_FALSE(*RedisSentinel{options}.load("k"));
}

TEST_CASE("a group of sentinels that cannot be is named before any is asked")
{
    const auto unlawful = [](const RedisSentinel::Options& options) {
        const auto checked = RedisSentinel{options}.check();
        return checked ? "none" : checked.error().detail().substr(0, checked.error().detail().find(':'));
    };
    RedisSentinel::Options options;
    CHECK(unlawful(options) == "sentinels");
    options.sentinels = {{"10.0.0.1", 26379}};
    CHECK(unlawful(options) == "none");
    options.sentinels.push_back({"10.0.0.2"});
    CHECK(unlawful(options) == "sentinels");
    options.sentinels.pop_back();
    options.master_name = "";
    CHECK(unlawful(options) == "master_name");
    options.master_name = "m";
    options.server.port = 7000;
    CHECK(unlawful(options) == "server");
    options.server.port = 6379;
    options.server.pool_size = 0;
    CHECK(unlawful(options) == "pool_size");
}
