#include <sojourn/storage/redis_cluster.hpp>
#include <sojourn/storage/redis_sentinel.hpp>

#include <sojourn/session.hpp>

#include "../servers/redis_nodes.hpp"
#include "../servers/redis_place.hpp"
#include "../servers/redis_sentinels.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <string>
#include <thread>
#include <utility>
#include <vector>

// Sessions that go on while servers are lost and found: a store that fails is no missing session, and what was saved is
// there when it is over.
namespace {

using namespace sojourn;
using namespace std::chrono_literals;
using redis_test::comes_true;
using redis_test::RedisServer;
using storage::Redis;
using storage::RedisCluster;
using storage::RedisSentinel;

/// Clients that each open and save a session of their own, again and again.
template <class Storage>
class Load {
public:
    using Session = sojourn::Session<Storage, cipher::XChaCha20Poly1305, codec::MessagePack<shop::Cart>>;

    explicit Load(Storage storage, std::size_t clients = 4)
        : sessions_{{.secret = secret}, std::move(storage)}, clients_(clients), saved_(clients)
    {
        for (auto& client : clients_) {
            auto session = sessions_.start("");
            session->user = "ann";
            client.take(session.save().value());
        }
    }
    Load(const Load&) = delete;
    ~Load() { stop(); }

    void start()
    {
        for (std::size_t n = 0; n != clients_.size(); ++n)
            threads_.emplace_back([this, n] { visit(clients_[n], saved_[n]); });
    }

    /// Whether each client soon succeeds so often.
    bool goes_on(long times = 20)
    {
        const std::vector<long> before{saved_.begin(), saved_.end()};
        return comes_true([&] {
            for (std::size_t n = 0; n != before.size(); ++n)
                if (saved_[n] < before[n] + times)
                    return false;
            return true;
        });
    }
    /// Whether clients soon fail so often.
    bool fails(long times = 5)
    {
        return comes_true([&, before = failed_.load()] { return failed_ >= before + times; });
    }

    /// No session was ever missing, and each has what was saved last.
    void check()
    {
        stop();
        CHECK(missing_ == 0);
        CHECK(lost_ == 0);
        CHECK(other_ == 0);
        for (std::size_t n = 0; n != clients_.size(); ++n) {
            const auto session = sessions_.open(clients_[n].header());
            REQUIRE_FALSE(session.is_new());
            CHECK(session->visits >= saved_[n]);
            CHECK(session->user == "ann");
        }
    }

private:
    void visit(Client& client, std::atomic<long>& saved)
    {
        while (!over_) {
            auto session = sessions_.open(client.header());
            if (const auto unavailable = session.unavailable()) {
                fail(unavailable);
                continue;
            }
            if (session.is_new()) {
                ++missing_;
                return;
            }
            lost_ += session->visits < saved ? 1 : 0;
            ++session->visits;
            const auto lines = session.save();
            if (!lines) {
                fail(lines.error());
                continue;
            }
            client.take(*lines);
            saved = session->visits;
        }
    }

    void fail(const Error& error)
    {
        ++failed_;
        other_ += error == errc::store_failed ? 0 : 1;
        std::this_thread::sleep_for(1ms); // lets the servers, too, have the machine
    }

    void stop()
    {
        over_ = true;
        for (auto& thread : threads_)
            thread.join();
        threads_.clear();
    }

    typename Session::Manager sessions_;
    std::vector<Client> clients_;
    std::vector<std::atomic<long>> saved_; ///< how often each has been told so
    std::atomic<long> failed_ = 0, missing_ = 0, lost_ = 0, other_ = 0;
    std::atomic<bool> over_ = false;
    std::vector<std::thread> threads_;
};

} // namespace

TEST_CASE(
    "a redis that is killed and restarted, or hangs, amid concurrent sessions: none is missing, and nothing is lost")
{
    RedisServer server{{"--appendonly", "yes", "--appendfsync", "always"}};
    auto options = redis_test::options_for<Redis::Options>(server);
    options.read_timeout = 500ms;
    Load load{Redis{options}};
    load.start();
    REQUIRE(load.goes_on());
    for (int round = 0; round != 2; ++round) {
        server.kill();
        CHECK(load.fails());
        server.start();
        CHECK(load.goes_on());
        server.signal(SIGSTOP);
        CHECK(load.fails());
        server.signal(SIGCONT);
        CHECK(load.goes_on());
        REQUIRE(server.ask({"SCRIPT", "FLUSH"}) == "OK");
        REQUIRE(server.ask({"CLIENT", "KILL", "TYPE", "normal"}) != "0");
        CHECK(load.goes_on());
        REQUIRE(server.ask({"CONFIG", "SET", "maxmemory", "1"}) == "OK");
        CHECK(load.fails());
        REQUIRE(server.ask({"CONFIG", "SET", "maxmemory", "0"}) == "OK");
        CHECK(load.goes_on());
    }
    load.check();
}

TEST_CASE(
    "a master that is lost amid concurrent sessions: none is missing, nothing is lost, and they go on at the new one")
{
    redis_sentinels_test::Group group{{.patience = 1500ms}};
    auto options = group.options();
    options.server.replicas = 1;
    Load load{RedisSentinel{options}};
    load.start();
    REQUIRE(load.goes_on());
    group.master().kill();
    CHECK(load.fails());
    const auto promoted = std::to_string(group.replica().port());
    for (std::size_t n = 0; n != 3; ++n)
        REQUIRE(comes_true([&] { return group.named_port(n) == promoted; }));
    group.master().start(); // empty, and becomes the replica that the new master has to have
    CHECK(load.goes_on());
    CHECK(group.master().ask({"ROLE"}).starts_with("slave"));
    load.check();
}

TEST_CASE(
    "a planned failover amid concurrent sessions: none is missing, nothing is lost, and they go on at the new master")
{
    redis_sentinels_test::Group group;
    auto options = group.options();
    options.server.replicas = 1;
    Load load{RedisSentinel{options}};
    load.start();
    REQUIRE(load.goes_on());
    REQUIRE(comes_true([&] { return group.sentinel(0).ask({"SENTINEL", "FAILOVER", "sessions"}) == "OK"; }));
    REQUIRE(comes_true([&] { return group.replica().ask({"ROLE"}).starts_with("master"); }));
    REQUIRE(comes_true([&] { return group.master().ask({"ROLE"}).starts_with("slave"); }));
    CHECK(load.goes_on());
    load.check();
}

TEST_CASE("a cluster that moves slots and loses a node amid concurrent sessions: none is missing, and nothing is lost")
{
    redis_nodes_test::Cluster cluster{1500ms};
    auto options = cluster.options();
    options.server.replicas = 1;
    Load load{RedisCluster{options}, 6};
    std::vector<unsigned> slots;
    std::vector<std::size_t> at;
    for (std::size_t n = 0; n != redis_nodes_test::Cluster::masters; ++n)
        for (auto keys = cluster.node(n).ask({"KEYS", "*"}); !keys.empty();) {
            const auto end = std::min(keys.find(' '), keys.size());
            slots.push_back(storage::redis::slot_of(keys.substr(0, end)));
            at.push_back(n);
            keys.erase(0, end + 1);
        }
    REQUIRE(slots.size() == 6);
    load.start();
    REQUIRE(load.goes_on());
    for (int round = 0; round != 3; ++round) {
        for (std::size_t n = 0; n != slots.size(); ++n) {
            const auto next = (at[n] + 1) % redis_nodes_test::Cluster::masters;
            cluster.move(slots[n], std::exchange(at[n], next), next);
        }
        CHECK(load.goes_on());
    }

    const auto lost = at[0];
    cluster.node(lost).kill();
    CHECK(load.fails());
    REQUIRE(comes_true(
        [&] { return cluster.node(lost + redis_nodes_test::Cluster::masters).ask({"ROLE"}).starts_with("master"); }));
    RedisCluster plain{cluster.options()}; // without a replica, as long as there is none
    CHECK(comes_true([&] { return plain.create("k", as_bytes("v"), 1h).has_value(); }));
    cluster.node(lost).start(); // empty, and becomes a replica
    CHECK(load.goes_on());
    CHECK(cluster.node(lost).ask({"ROLE"}).starts_with("slave"));
    load.check();
}
