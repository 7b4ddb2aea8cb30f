#include <sojourn/storage/redis_cluster.hpp>

#include <sojourn/testing/storage_conformance.hpp>

#include "../servers/redis_server.hpp"

#include <doctest/doctest.h>

#include <array>
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
using redis_test::comes_true;
using redis_test::RedisServer;
using redis_test::Words;
using storage::RedisCluster;
using storage::redis::slot_count;
using storage::redis::slot_of;
using Status = StoreOutcome::Status;

static_assert(VersionedStorage<RedisCluster>);

/// Three masters with a third of the slots each, and a replica of each.
class Cluster {
public:
    static constexpr std::size_t masters = 3;

    Cluster()
    {
        for (std::size_t n = 0; n != 2 * masters; ++n)
            nodes_.push_back(std::make_unique<RedisServer>(
                Words{"--cluster-enabled", "yes", "--cluster-node-timeout", "1500", "--cluster-port", "{free port}"}));
        for (std::size_t n = 0; n != masters; ++n)
            REQUIRE(node(n).ask({"CLUSTER", "ADDSLOTSRANGE", std::to_string(first(n)),
                                 std::to_string(first(n + 1) - 1)}) == "OK");
        for (std::size_t n = 1; n != nodes_.size(); ++n)
            REQUIRE(node(0).ask({"CLUSTER", "MEET", "127.0.0.1", std::to_string(node(n).port()),
                                 node(n).ask({"CONFIG", "GET", "cluster-port"}).substr(13)}) == "OK");
        REQUIRE(comes_true([&] { return all_say("cluster_known_nodes:6"); }));
        for (std::size_t n = masters; n != nodes_.size(); ++n)
            REQUIRE(comes_true([&] {
                return node(n).ask({"CLUSTER", "REPLICATE", node(n - masters).ask({"CLUSTER", "MYID"})}) == "OK";
            }));
        REQUIRE(comes_true([&] { return all_say("cluster_state:ok") && all_say("cluster_slots_assigned:16384"); }));
        REQUIRE(comes_true([&] {
            for (std::size_t n = masters; n != nodes_.size(); ++n)
                if (node(n).ask({"INFO", "replication"}).find("master_link_status:up") == std::string::npos)
                    return false;
            return true;
        }));
    }

    RedisServer& node(std::size_t n) { return *nodes_[n]; }
    static std::size_t first(std::size_t master) { return master * slot_count / masters; }
    /// The master that had the slot in the beginning; its replica is three further.
    static std::size_t master_of(std::string_view key)
    {
        std::size_t n = 0;
        while (first(n + 1) <= slot_of("session:" + std::string{key}))
            ++n;
        return n;
    }

    RedisCluster::Options options() const
    {
        RedisCluster::Options made;
        for (const auto& each : nodes_)
            made.nodes.push_back({"127.0.0.1", each->port()});
        made.max_connection_timeout = 5s;
        made.server.connect_timeout = made.server.send_timeout = made.server.read_timeout = 3s;
        return made;
    }

    void set_slot(unsigned slot, std::size_t at, Words how)
    {
        how.insert(how.begin(), {"CLUSTER", "SETSLOT", std::to_string(slot)});
        REQUIRE(node(at).ask(how) == "OK");
    }
    std::string id(std::size_t n) { return node(n).ask({"CLUSTER", "MYID"}); }

private:
    bool all_say(std::string_view what)
    {
        for (auto& each : nodes_)
            if (each->ask({"CLUSTER", "INFO"}).find(what) == std::string::npos)
                return false;
        return true;
    }

    std::vector<std::unique_ptr<RedisServer>> nodes_;
};

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

TEST_CASE(
    "a cluster keeps the laws of a versioned storage, of concurrent calls too, while its slots move and a node is lost")
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

    // One node is enough to find the others by
    auto options = cluster.options();
    options.nodes = {{"127.0.0.1", 1}, options.nodes[5]};
    CHECK(holds(RedisCluster{options}, key(7), "0"));

    // --- a slot on its way from one node to another, with a client that learns of it by being sent on
    {
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
        for (const auto n : {to, from, 3 - from - to})
            cluster.set_slot(slot, n, {"NODE", cluster.id(to)});
        CHECK(holds(redis, moving, "2")); // MOVED
        CHECK(*redis.expire(moving, 2h));
        CHECK(holds(RedisCluster{cluster.options()}, moving, "2"));
        options = cluster.options();
        options.max_redirections = 0;
        RedisCluster stays{options};
        CHECK(holds(stays, moving, "2"));
        CHECK(*redis.erase(moving));
        CHECK_FALSE(*redis.load(moving));
    }

    // --- a master that is lost, and its replica takes over
    const auto lost = Cluster::master_of(key(1));
    REQUIRE(comes_true(
        [&] { return cluster.node(lost).ask({"DBSIZE"}) == cluster.node(lost + Cluster::masters).ask({"DBSIZE"}); }));
    std::atomic<bool> done = false;
    std::atomic<int> missing = 0;
    std::thread reader{[&] {
        while (!done) {
            const auto read = redis.load(key(1));
            missing += read && !*read ? 1 : 0;
        }
    }};
    cluster.node(lost).kill();
    const auto refused = redis.store(key(1), as_bytes("meanwhile"), 1h);
    CHECK((refused.has_error() && refused.error() == errc::store_failed));
    CHECK(comes_true([&] { return redis.store(key(1), as_bytes("after"), 1h).has_value(); }));
    CHECK(comes_true([&] {
        for (int n = 1; n != 30; ++n)
            if (!redis.load(key(n)))
                return false;
        return true;
    }));
    for (int n = 2; n != 30; ++n)
        CHECK(holds(redis, key(n), "0"));
    CHECK(holds(redis, key(1), "after"));

    // It comes back as a replica, and empty
    cluster.node(lost).start();
    CHECK(comes_true([&] { return cluster.node(lost).ask({"ROLE"}).starts_with("slave"); }));
    CHECK(comes_true([&] { return *redis.store(key(1), as_bytes("back"), 1h); }));
    done = true;
    reader.join();
    CHECK(missing == 0);
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
