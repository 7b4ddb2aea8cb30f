#include <sojourn/storage/memcached.hpp>

#include <sojourn/session.hpp>

#include "../client.hpp"
#include "../servers/memcached_server.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

// Whole sessions in memcached: no change is lost, and lists are exact, from threads and from processes.

namespace memcached_sessions_test {

struct Tally {
    std::int64_t all = 0; ///< counted by every worker
    std::string last;     ///< who counted last
};

} // namespace memcached_sessions_test

using memcached_sessions_test::Tally;

BOOST_HANA_ADAPT_STRUCT(memcached_sessions_test::Tally, all, last);

template <>
inline constexpr auto sojourn::merge_rules<Tally> = rules(rule<&Tally::all>(merge::sum));

namespace {

using namespace sojourn;
using namespace std::chrono_literals;
using memcached_test::MemcachedServer;
using storage::Memcached;

/// How many of `count` are to be done: all where that is a matter of seconds, in an optimised build without sanitizers.
constexpr int scaled(int count) { return SOJOURN_TEST_MEASURES != 0 ? count : count / 10; }

constexpr int workers = 4;

using Session = sojourn::Session<Memcached, cipher::XChaCha20Poly1305, codec::MessagePack<Tally>>;

Memcached storage_at(const MemcachedServer& server)
{
    return Memcached{memcached_test::options_for<Memcached::Options>(server)};
}

Session::Manager manager_of(const MemcachedServer& server)
{
    return Session::Manager{{.secret = secret, .store_metadata = true, .touch_threshold = 0s}, storage_at(server)};
}

/// The Cookie header of a session that stands in the storage.
std::string begin(const Session::Manager& sessions)
{
    Client client;
    auto session = sessions.start("");
    session.set_subject("ann");
    client.take(session.save().value());
    return client.header();
}

/// Adds one to what the storage has under the key, so many times.
void count(Memcached storage, int times)
{
    Record seen = storage.load("key").value().value();
    while (times != 0) {
        const auto next = std::to_string(std::stol(std::string{as_text(seen.value)}) + 1);
        auto outcome = storage.store_if("key", seen.version, as_bytes(next), 1h).value();
        if (outcome.status == StoreOutcome::Status::missing)
            throw std::runtime_error{"missing for a moment"};
        times -= outcome.status == StoreOutcome::Status::stored ? 1 : 0;
        seen = outcome.status == StoreOutcome::Status::conflict ? std::move(outcome.standing)
                                                                : storage.load("key").value().value();
    }
}

/// So many requests on one session: each counts, and saves until there is no conflict. Whether each save succeeded.
bool request(const Session::Manager& sessions, const std::string& cookie, int times)
{
    bool good = true;
    for (int n = 0; n != times; ++n) {
        auto session = sessions.open(cookie);
        ++session->all;
        session->last = std::to_string(n);
        auto saved = session.save();
        while (!saved && saved.error() == errc::conflict)
            saved = session.save();
        good = good && saved;
    }
    return good;
}

/// Logs in again and again; every second session is ended again. The others' handles, if all went well.
std::vector<std::string> log_in(const Session::Manager& sessions, int times)
{
    std::vector<std::string> stay;
    for (int n = 0; n != times; ++n) {
        Client client;
        auto session = sessions.open("");
        session.set_subject("alice");
        client.take(session.save().value());
        auto again = sessions.open(client.header());
        ++again->all;
        client.take(again.save().value());
        if (n % 2 == 0)
            client.take(sessions.destroy(client.header()).value());
        else
            stay.push_back(sessions.open(client.header()).properties().handle);
        sessions.list("default", "alice").value();
    }
    return stay;
}

template <class Act>
void in_threads(Act act)
{
    std::vector<std::jthread> threads;
    for (int me = 0; me != workers; ++me)
        threads.emplace_back(act, me);
}

/// Whether `act` was true in all of them.
template <class Act>
bool in_processes(Act act)
{
    std::vector<pid_t> children;
    for (int me = 0; me != workers; ++me)
        children.push_back(scratch::start_child([&] { return act(me) ? 0 : 1; }));
    return std::ranges::count_if(children, [](pid_t child) { return scratch::exit_code(child) == 0; }) == workers;
}

} // namespace

TEST_CASE("up to 100 000 concurrent changes of one record in memcached by four threads and four processes: all count")
{
    constexpr int each = scaled(12'500);
    const MemcachedServer server;
    auto storage = storage_at(server);
    REQUIRE(*storage.create("key", as_bytes("0"), 1h));
    CHECK(in_processes([&](int) {
        count(storage_at(server), each);
        return true;
    }));
    in_threads([&](int) { count(storage, each); });
    CHECK(as_text(storage.load("key").value()->value) == std::to_string(2 * workers * each));
}

TEST_CASE(
    "up to 40 000 concurrent saves of sessions in memcached by four threads and four processes: each change arrives")
{
    constexpr int each = scaled(5000);
    const MemcachedServer server;
    const auto sessions = manager_of(server);
    const auto cookie = begin(sessions);
    CHECK(in_processes([&](int) { return request(manager_of(server), cookie, each); }));
    std::atomic<int> good = 0;
    in_threads([&](int) { good += request(sessions, cookie, each) ? 1 : 0; });
    CHECK(good == workers);
    CHECK(sessions.open(cookie)->all == 2 * workers * each);
}

TEST_CASE("a session in memcached that is destroyed amid concurrent saves stays dead")
{
    const MemcachedServer server;
    const auto sessions = manager_of(server);
    for (int round = 0; round != 10; ++round) {
        const auto cookie = begin(sessions);
        std::atomic<int> wrong = 0, opened = 0, saves = 0;
        std::atomic<bool> destroyed = false;
        in_threads([&](int me) {
            if (me == 0) {
                servers::comes_true([&] { return opened == workers - 1 && saves > 20; });
                wrong += sessions.destroy(cookie) ? 0 : 1;
                destroyed = true;
                return;
            }
            auto session = sessions.open(cookie);
            wrong += session.is_new() ? 1 : 0;
            ++opened;
            for (int refused = 0; refused != 20;) {
                const bool too_late = destroyed || refused != 0;
                ++session->all;
                const auto saved = session.save();
                ++saves;
                refused += !saved && saved.error() == errc::session_gone ? 1 : 0;
                wrong += saved && too_late ? 1 : 0;
            }
        });
        CHECK(wrong == 0);
        CHECK(sessions.open(cookie).reason() == errc::not_found);
    }
}

TEST_CASE("lists of sessions in memcached are exact, however many concurrent threads and processes log in and out")
{
    constexpr int rounds = 20;
    const MemcachedServer server;
    const auto sessions = manager_of(server);
    std::vector<std::vector<std::string>> stay(workers);
    in_threads([&](int me) { stay[static_cast<std::size_t>(me)] = log_in(sessions, rounds); });
    std::set<std::string> expected, listed;
    for (const auto& handles : stay)
        expected.insert(handles.begin(), handles.end());
    for (const auto& one : sessions.list("default", "alice").value())
        listed.insert(one.handle);
    CHECK(listed.size() == workers * rounds / 2);
    CHECK(listed == expected);
    const auto index = protocol::StorageKey{protocol::index_key("__Host-session", "default", "alice", {})};
    const auto lives = server.ask("mg session:" + std::string{index.view()} + " t"); // in seconds, -1: for ever
    CHECK(lives.starts_with("HD t"));
    CHECK_FALSE(lives.starts_with("HD t-"));

    CHECK(in_processes([&](int) { return log_in(manager_of(server), rounds).size() == rounds / 2; }));
    CHECK(sessions.list("default", "alice")->size() == workers * rounds);
    CHECK(sessions.revoke("default", "alice", *listed.begin()).value());
    CHECK_FALSE(sessions.revoke("default", "alice", *listed.begin()).value());
    CHECK(sessions.revoke_all("default", "alice").value() == workers * rounds - 1);
    CHECK(sessions.list("default", "alice")->empty());
}

TEST_CASE("an index that memcached evicted names a session again when that is saved; ended sessions stay unnamed")
{
    const MemcachedServer server;
    const auto sessions = manager_of(server);
    Client alive, ended;
    for (auto* client : {&alive, &ended}) {
        auto session = sessions.start("");
        session.set_subject("ann");
        client->take(session.save().value());
    }
    REQUIRE(sessions.list("default", "ann")->size() == 2);
    const auto index = protocol::StorageKey{protocol::index_key("__Host-session", "default", "ann", {})};
    REQUIRE(server.ask("delete session:" + std::string{index.view()}) == "DELETED\r\n");
    CHECK(sessions.list("default", "ann")->empty());
    ended.take(sessions.destroy(ended.header()).value());
    auto session = sessions.open(alive.header());
    REQUIRE_FALSE(session.is_new());
    ++session->all;
    alive.take(session.save().value());
    CHECK(sessions.list("default", "ann")->size() == 1);
    CHECK(sessions.revoke_all("default", "ann").value() == 1);
    CHECK(sessions.open(alive.header()).reason() == errc::not_found);
}

TEST_CASE(
    "a memcached that is down is not a missing session: nothing is sent that logs out, and all goes on when it is up")
{
    MemcachedServer server;
    const auto sessions = manager_of(server);
    const auto cookie = begin(sessions);
    auto open = sessions.open(cookie);
    ++open->all;
    server.signal(SIGSTOP);
    server.kill();
    CHECK(sessions.open(cookie).unavailable() == errc::store_failed);
    CHECK(open.save().error() == errc::store_failed);
    server.start(); // empty
    CHECK(open.save().error() == errc::session_gone);
    CHECK(sessions.open(cookie).reason() == errc::not_found);
    CHECK_FALSE(sessions.open(begin(sessions)).is_new());
}
