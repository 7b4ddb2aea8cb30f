#include <sojourn/storage/redis_sentinel.hpp>

#include <sojourn/testing/storage_conformance.hpp>

#include "../servers/redis_server.hpp"

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
using redis_test::comes_true;
using redis_test::RedisServer;
using storage::RedisSentinel;
using Status = StoreOutcome::Status;

static_assert(VersionedStorage<RedisSentinel>);

/// A master, a replica, and three sentinels that are quick to act.
class Group {
public:
    explicit Group(redis_test::Words options = {}, const std::string& sentinel_password = {}) : master_{options}
    {
        options.insert(options.end(), {"--replicaof", "127.0.0.1 " + std::to_string(master_.port())});
        replica_ = std::make_unique<RedisServer>(options);
        REQUIRE(comes_true([&] {
            return replica_->ask({"INFO", "replication"}).find("master_link_status:up") != std::string::npos;
        }));
        for (int n = 0; n != 3; ++n)
            sentinels_.push_back(std::make_unique<RedisServer>(
                sentinel_password.empty() ? redis_test::Words{} : redis_test::Words{"--requirepass", sentinel_password},
                "redis-sentinel", configuration()));
        if (sentinel_password.empty())
            REQUIRE(comes_true([&] { return is_complete(); }));
    }

    RedisServer& master() noexcept { return master_; }
    RedisServer& replica() noexcept { return *replica_; }
    RedisServer& sentinel(std::size_t n) noexcept { return *sentinels_[n]; }

    RedisSentinel::Options options() const
    {
        RedisSentinel::Options made;
        made.master_name = "sessions";
        for (const auto& each : sentinels_)
            made.sentinels.push_back({"127.0.0.1", each->port()});
        made.server.connect_timeout = made.server.send_timeout = made.server.read_timeout = 3s;
        return made;
    }

    std::string named_port(std::size_t n = 0) const
    {
        const auto address = sentinels_[n]->ask({"SENTINEL", "get-master-addr-by-name", "sessions"});
        return address.substr(address.find(' ') + 1);
    }

private:
    std::string configuration() const
    {
        return "sentinel monitor sessions 127.0.0.1 " + std::to_string(master_.port()) +
               " 2\nsentinel down-after-milliseconds sessions 1500\nsentinel failover-timeout sessions 4000\n";
    }

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

TEST_CASE("redis by way of sentinels keeps the laws of a versioned storage, of concurrent calls too")
{
    const Group group;
    testing::StorageConformance suite{[&] { return RedisSentinel{group.options()}; }, {.rounds = 10, .patience = 10s}};
    for (const auto& failure : suite.run())
        FAIL_CHECK(failure.law, ": ", failure.what);
}

TEST_CASE("a master that is lost is followed to the replica that was promoted; no session is missing meanwhile")
{
    Group group;
    RedisSentinel redis{group.options()};
    REQUIRE(*redis.create("k", as_bytes("before"), 1h));
    REQUIRE(comes_true([&] { return group.replica().ask({"DBSIZE"}) == "1"; }));

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
    Group group;
    RedisSentinel redis{group.options()};
    REQUIRE(*redis.create("k", as_bytes("before"), 1h));
    REQUIRE(comes_true([&] { return group.replica().ask({"DBSIZE"}) == "1"; }));
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
    REQUIRE(comes_true([&] { return group.replica().ask({"DBSIZE"}) == "1"; }));
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
}

TEST_CASE("sentinels and servers have passwords of their own")
{
    Group group{{}, "of the sentinels"};
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
