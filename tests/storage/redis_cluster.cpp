#include <sojourn/storage/redis_cluster.hpp>

#include <sojourn/testing/storage_conformance.hpp>

#include "../servers/redis_nodes.hpp"

#include <doctest/doctest.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace {

using namespace sojourn;
using namespace std::chrono_literals;
using redis_nodes_test::Cluster;
using redis_test::comes_true;
using redis_test::RedisServer;
using storage::RedisCluster;
using storage::redis::slot_count;
using storage::redis::slot_of;
using Status = StoreOutcome::Status;

static_assert(AppendingStorage<RedisCluster> && !BatchStorage<RedisCluster>);

std::string key(int n) { return "key-" + std::to_string(n); }

bool holds(const RedisCluster& redis, std::string_view key, std::string_view value)
{
    const auto found = redis.load(key);
    return found && *found && as_text((*found)->value) == value;
}

} // namespace

TEST_CASE("a key's slot is what Redis says")
{
    CHECK(slot_of("123456789") == 0x31C3); // the specification's own example
    const RedisServer server{{"--cluster-enabled", "yes", "--cluster-port", "{free port}"}};
    for (const std::string each :
         {"session:abc", "{user}.x", "a{user}b", "{}", "{}a{b}", "{a", "a}", "{{x}}", "x{}{y}", ""})
        CHECK(std::to_string(slot_of(each)) == server.ask({"CLUSTER", "KEYSLOT", each}));
}

TEST_CASE("a cluster keeps the laws of an appending storage, of concurrent calls too, also while a slot moves")
{
    Cluster cluster;
    testing::StorageConformance suite{[&] { return RedisCluster{cluster.options()}; }, {.rounds = 10, .patience = 10s}};
    for (const auto& failure : suite.run())
        FAIL_CHECK(failure.law, ": ", failure.what);

    RedisCluster redis{cluster.options()};
    for (int n = 0; n != 30; ++n)
        REQUIRE(*redis.create(key(n), as_bytes("0"), 1h));
    std::array<int, 3> found = {};
    for (int n = 0; n != 30; ++n) {
        CHECK(holds(redis, key(n), "0"));
        ++found[Cluster::master_of(key(n))];
    }
    for (const int each : found)
        CHECK(each > 0);

    // One node is enough to find the others by, be it a replica
    auto options = cluster.options();
    options.nodes = {{"127.0.0.1", 1}, options.nodes[5]};
    CHECK(holds(RedisCluster{options}, key(7), "0"));

    // A slot on its way from one node to another, with a client that learns of it by being sent on
    const auto moving = key(0);
    const auto slot = slot_of("session:" + moving);
    const auto from = Cluster::master_of(moving);
    const auto to = (from + 1) % Cluster::masters;
    cluster.set_slot(slot, to, {"IMPORTING", cluster.id(from)});
    cluster.set_slot(slot, from, {"MIGRATING", cluster.id(to)});
    CHECK(holds(redis, moving, "0")); // not gone yet
    auto version = (*redis.load(moving))->version;
    CHECK(redis.store_if(moving, version, as_bytes("1"), 1h)->status == Status::stored);
    REQUIRE(cluster.node(from).ask({"MIGRATE", "127.0.0.1", std::to_string(cluster.node(to).port()),
                                    "session:" + moving, "0", "20000"}) == "OK");
    CHECK(holds(redis, moving, "1")); // ASK
    CHECK(holds(redis, moving, "1")); // which is nothing to remember
    CHECK_FALSE(*redis.create(moving, as_bytes("x"), 1h));
    REQUIRE(cluster.node(to).ask({"SCRIPT", "FLUSH"}) == "OK");
    version = (*redis.load(moving))->version;
    CHECK(redis.store_if(moving, version, as_bytes("2"), 1h)->status == Status::stored);
    CHECK(redis.store_if(moving, version, as_bytes("x"), 1h)->status == Status::conflict);
    CHECK(*redis.expire(moving, 2h));
    for (const auto n : {to, from, 3 - from - to})
        cluster.set_slot(slot, n, {"NODE", cluster.id(to)});
    CHECK(holds(redis, moving, "2")); // MOVED
    options = cluster.options();
    options.max_redirections = 0;
    CHECK(holds(RedisCluster{options}, moving, "2")); // who begins now goes there at once
    CHECK(*redis.erase(moving));
    CHECK_FALSE(*redis.load(moving));

    // Two nodes that each take the other for the one that has the slot
    cluster.set_slot(slot, to, {"NODE", cluster.id(from)});
    for (const std::size_t most : {5U, 1U}) {
        options.max_redirections = most;
        const auto lost = RedisCluster{options}.load(moving);
        REQUIRE(lost.has_error());
        CHECK(lost.error() == errc::store_failed);
        CHECK(lost.error().detail().find(", GET: MOVED ") != std::string::npos);
        CHECK(lost.error().detail().ends_with(", after " + std::to_string(most) + " redirections"));
    }
    CHECK(redis.create(moving, as_bytes("x"), 1h).has_error());
    cluster.set_slot(slot, to, {"NODE", cluster.id(to)});
    CHECK_FALSE(*redis.load(moving));
}

TEST_CASE("without a cluster it is an error in time: nobody there, a server that is none, slots that nobody has")
{
    const auto failure_of = [](std::vector<storage::net::Address> nodes) {
        RedisCluster::Options options;
        options.nodes = std::move(nodes);
        const auto loaded = RedisCluster{options}.load("k");
        REQUIRE(loaded.has_error());
        CHECK(loaded.error() == errc::store_failed);
        return loaded.error().detail();
    };
    CHECK(failure_of({{"127.0.0.1", redis_test::free_port()}}).find("Connection refused") != std::string::npos);
    const RedisServer alone;
    CHECK(failure_of({{"127.0.0.1", alone.port()}}).find(", CLUSTER: ERR ") != std::string::npos);
    RedisServer empty{{"--cluster-enabled", "yes", "--cluster-port", "{free port}"}};
    CHECK(failure_of({{"127.0.0.1", empty.port()}}).ends_with(", CLUSTER: knows no node with slots"));
    REQUIRE(empty.ask({"CLUSTER", "ADDSLOTS", std::to_string((slot_of("session:k") + 1) % slot_count)}) == "OK");
    CHECK(failure_of({{"127.0.0.1", empty.port()}}).starts_with("CLUSTER: no node has slot "));
    REQUIRE(empty.ask({"CLUSTER", "ADDSLOTS", std::to_string(slot_of("session:k"))}) == "OK");
    CHECK(failure_of({{"127.0.0.1", empty.port()}}).find(", GET: CLUSTERDOWN ") != std::string::npos);
}

TEST_CASE("a cluster that cannot be is named before any node is asked")
{
    const auto unlawful = [](const RedisCluster::Options& options) {
        const auto checked = RedisCluster{options}.check();
        return checked ? "none" : checked.error().detail().substr(0, checked.error().detail().find(':'));
    };
    RedisCluster::Options options;
    CHECK(unlawful(options) == "nodes");
    options.nodes = {{"10.0.0.1", 6379}};
    CHECK(unlawful(options) == "none");
    options.nodes.push_back({"", 6379});
    CHECK(unlawful(options) == "nodes");
    options.nodes.pop_back();
    options.max_connection_attempts = 0;
    CHECK(unlawful(options) == "max_connection_attempts");
    options.max_connection_attempts = 1;
    options.max_connection_timeout = 0ms;
    CHECK(unlawful(options) == "max_connection_timeout");
    options.max_connection_timeout = 1s;
    options.server.host = "10.0.0.1";
    CHECK(unlawful(options) == "server");
    options.server.host = "127.0.0.1";
    options.server.database = 1;
    CHECK(unlawful(options) == "database");
    options.server.database = 0;
    options.server.read_timeout = 0ms;
    CHECK(unlawful(options) == "read_timeout");
}
