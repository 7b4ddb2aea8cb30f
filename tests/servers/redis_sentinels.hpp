#pragma once

#include "redis_server.hpp"

#include <sojourn/storage/redis_sentinel.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace redis_sentinels_test {

using redis_test::comes_true;
using redis_test::RedisServer;
using redis_test::Words;

/// A master, a replica, and three sentinels that are quick to find each other, and to act once they have missed the master
/// for `patience`.
class Group {
public:
    struct Settings {
        std::chrono::milliseconds patience{60'000};
        std::string sentinel_password = {};
    };

    Group() : Group{Settings{}} {}
    explicit Group(const Settings& settings)
    {
        replica_ = std::make_unique<RedisServer>(Words{"--replicaof", "127.0.0.1 " + std::to_string(master_.port())});
        REQUIRE(comes_true([&] {
            return replica_->ask({"INFO", "replication"}).find("master_link_status:up") != std::string::npos;
        }));
        for (int n = 0; n != 3; ++n)
            sentinels_.push_back(watch(master_, settings));
        if (settings.sentinel_password.empty())
            REQUIRE(comes_true([&] { return is_complete(); }));
    }

    /// A sentinel that calls this server `sessions`.
    static std::unique_ptr<RedisServer> watch(const RedisServer& master, const Settings& settings)
    {
        const auto configuration = "sentinel monitor sessions 127.0.0.1 " + std::to_string(master.port()) +
                                   " 2\nsentinel down-after-milliseconds sessions " +
                                   std::to_string(settings.patience.count()) +
                                   "\nsentinel failover-timeout sessions 4000\n";
        const auto options =
            settings.sentinel_password.empty() ? Words{} : Words{"--requirepass", settings.sentinel_password};
        auto sentinel = std::make_unique<RedisServer>(options, "redis-sentinel", configuration);
        if (settings.sentinel_password.empty()) // in milliseconds; a busy machine is no reason to doubt one's own clock
            REQUIRE(sentinel->ask({"SENTINEL", "DEBUG", "tilt-trigger", "60000", "info-period", "500", "publish-period",
                                   "300", "ping-period", "300", "ask-period", "300"}) == "OK");
        return sentinel;
    }

    RedisServer& master() noexcept { return master_; }
    RedisServer& replica() noexcept { return *replica_; }
    RedisServer& sentinel(std::size_t n) noexcept { return *sentinels_[n]; }

    sojourn::storage::RedisSentinel::Options options() const
    {
        sojourn::storage::RedisSentinel::Options made;
        made.master_name = "sessions";
        for (const auto& each : sentinels_)
            made.sentinels.push_back({"127.0.0.1", each->port()});
        made.server.connect_timeout = made.server.send_timeout = made.server.read_timeout = std::chrono::seconds{3};
        return made;
    }

    std::string named_port(std::size_t n = 0) const
    {
        const auto address = sentinels_[n]->ask({"SENTINEL", "get-master-addr-by-name", "sessions"});
        return address.substr(address.find(' ') + 1);
    }

    /// Whether the replica has what the master has, and each knows of the other.
    bool is_in_step() const
    {
        const auto told = [](const RedisServer& server) {
            const auto info = server.ask({"INFO", "replication"});
            const auto offset = info.find("master_repl_offset:");
            return info.substr(offset, info.find('\r', offset) - offset);
        };
        return master_.ask({"INFO", "replication"}).find("state=online") != std::string::npos &&
               told(master_) == told(*replica_);
    }

private:
    /// Each sentinel knows the two others and the replica: before, no failover can be agreed upon.
    bool is_complete() const
    {
        for (const auto& each : sentinels_) {
            const auto info = each->ask({"INFO", "sentinel"});
            if (info.find("slaves=1,sentinels=3") == std::string::npos)
                return false;
        }
        return true;
    }

    RedisServer master_;
    std::unique_ptr<RedisServer> replica_;
    std::vector<std::unique_ptr<RedisServer>> sentinels_;
};

} // namespace redis_sentinels_test
