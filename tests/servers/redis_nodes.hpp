#pragma once

#include "redis_server.hpp"

#include <sojourn/storage/redis_cluster.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace redis_nodes_test {

using redis_test::comes_true;
using redis_test::RedisServer;
using redis_test::Words;

/// Three masters with a third of the slots each, and a replica of each.
class Cluster {
public:
    static constexpr std::size_t masters = 3;

    /// After `patience` the others agree that a node is lost.
    explicit Cluster(std::chrono::milliseconds patience = std::chrono::seconds{15})
    {
        for (std::size_t n = 0; n != 2 * masters; ++n)
            nodes_.push_back(std::make_unique<RedisServer>(Words{"--cluster-enabled", "yes", "--cluster-node-timeout",
                                                                 std::to_string(patience.count()), "--cluster-port",
                                                                 "{free port}"}));
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
    static std::size_t first(std::size_t master) { return master * sojourn::storage::redis::slot_count / masters; }
    /// The master that had the slot in the beginning; its replica is three further.
    static std::size_t master_of(std::string_view key)
    {
        std::size_t n = 0;
        while (first(n + 1) <= sojourn::storage::redis::slot_of("session:" + std::string{key}))
            ++n;
        return n;
    }

    sojourn::storage::RedisCluster::Options options() const
    {
        sojourn::storage::RedisCluster::Options made;
        for (const auto& each : nodes_)
            made.nodes.push_back({"127.0.0.1", each->port()});
        made.max_connection_timeout = std::chrono::seconds{5};
        made.server.connect_timeout = made.server.send_timeout = made.server.read_timeout = std::chrono::seconds{3};
        return made;
    }

    void set_slot(unsigned slot, std::size_t at, Words how)
    {
        how.insert(how.begin(), {"CLUSTER", "SETSLOT", std::to_string(slot)});
        REQUIRE(node(at).ask(how) == "OK");
    }
    std::string id(std::size_t n) { return node(n).ask({"CLUSTER", "MYID"}); }
    /// Moves a slot from one master to another with all that is in it, as `redis-cli --cluster reshard` does.
    void move(unsigned slot, std::size_t from, std::size_t to)
    {
        set_slot(slot, to, {"IMPORTING", id(from)});
        set_slot(slot, from, {"MIGRATING", id(to)});
        const auto one_key = [&] { return node(from).ask({"CLUSTER", "GETKEYSINSLOT", std::to_string(slot), "1"}); };
        for (auto key = one_key(); !key.empty(); key = one_key())
            REQUIRE(node(from).ask({"MIGRATE", "127.0.0.1", std::to_string(node(to).port()), key, "0", "20000"}) ==
                    "OK");
        for (const auto n : {to, from, masters - from - to})
            set_slot(slot, n, {"NODE", id(to)});
    }

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

} // namespace redis_nodes_test
