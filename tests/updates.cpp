#include <sojourn/session.hpp>

#include <doctest/doctest.h>

#include "client.hpp"
#include "servers/redis_place.hpp"
#include "storage/scratch.hpp"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <filesystem>
#include <string>
#include <thread>
#include <utility>
#include <vector>

// No update is lost: many requests on one session at once, from threads and from processes, and what arrived is counted.

using namespace sojourn;
using namespace std::chrono_literals;
using storage::File;
using storage::Memory;
using storage::Redis;

namespace updates_test {

constexpr int workers = 4;

struct Tally {
    std::int64_t all = 0; ///< counted by every worker
    int one = 0;          ///< and each has one that only it counts
    int two = 0;
    int three = 0;
    int four = 0;
};

} // namespace updates_test

using updates_test::Tally;
using updates_test::workers;

BOOST_HANA_ADAPT_STRUCT(updates_test::Tally, all, one, two, three, four);

template <>
inline constexpr auto sojourn::merge_rules<Tally> = rules(rule<&Tally::all>(merge::sum));

namespace {

/// ThreadSanitizer makes all of it several times as long.
#if defined(__SANITIZE_THREAD__) || defined(__has_feature)
#if defined(__SANITIZE_THREAD__) || __has_feature(thread_sanitizer)
#define SOJOURN_TEST_UNDER_TSAN
#endif
#endif
#ifdef SOJOURN_TEST_UNDER_TSAN
constexpr int slowdown = 5;
#else
constexpr int slowdown = 1;
#endif

constexpr int Tally::*own[workers] = {&Tally::one, &Tally::two, &Tally::three, &Tally::four};

template <class Storage>
using Session = sojourn::Session<Storage, cipher::XChaCha20Poly1305, codec::MessagePack<Tally>>;

/// A manager as each instance of a program has its own; no timeout comes between.
template <class Storage>
struct Instance {
    explicit Instance(Storage storage)
        : sessions{{.secret = secret, .idling_timeout = 0s, .rolling_timeout = 0s, .absolute_timeout = 0s},
                   std::move(storage)}
    {
    }
    /// The Cookie header of a session that stands in the storage.
    std::string begin() const
    {
        Client client;
        auto session = sessions.start("");
        session.set_subject("ann");
        client.take(session.save().value());
        return client.header();
    }

    typename Session<Storage>::Manager sessions;
};

struct Done {
    int saves = 0;  ///< those that succeeded
    int merged = 0; ///< of these, those that found another one's change in the storage
};

/// So many requests: each opens the session, counts, and saves until there is no conflict.
Done count(const auto& sessions, const std::string& cookie, int me, int requests)
{
    Done done;
    for (int i = 0; i != requests; ++i) {
        auto session = sessions.open(cookie);
        const auto counted = ++session->all;
        ++((*session).*own[me]);
        auto saved = session.save();
        while (!saved && saved.error() == errc::conflict)
            saved = session.save();
        done.saves += saved ? 1 : 0;
        done.merged += saved && session->all != counted ? 1 : 0;
    }
    return done;
}

void check_all_arrived(const auto& sessions, const std::string& cookie, int requests)
{
    const auto session = sessions.open(cookie);
    REQUIRE_FALSE(session.is_new());
    CHECK(session->all == workers * requests);
    for (const auto member : own)
        CHECK((*session).*member == requests);
}

/// Saves one opened session again and again, until it is gone and a hundred times more. Whether no save succeeded after
/// the first that answered so, nor after `destroyed`.
bool save_until_gone(const auto& sessions, const std::string& cookie, int me, const std::atomic<bool>& destroyed)
{
    auto session = sessions.open(cookie);
    for (int refused = 0; refused != 100;) {
        const bool too_late = session.is_new() || destroyed || refused != 0;
        ++session->all;
        ++((*session).*own[me]);
        const auto saved = session.save();
        if (!saved && saved.error() == errc::session_gone)
            ++refused;
        else if (too_late || (!saved && saved.error() != errc::conflict))
            return false;
    }
    return true;
}

/// Destroys the session when all the others are at it.
bool destroy_amid(const auto& sessions, const std::string& cookie, std::atomic<bool>& destroyed)
{
    auto ending = sessions.open(cookie);
    const auto is_counted_rarely = [&](auto member) { return member != own[0] && (*ending).*member < 10; };
    while (!ending.is_new() && std::ranges::any_of(own, is_counted_rarely)) {
        std::this_thread::yield();
        ending = sessions.open(cookie);
    }
    destroyed = !ending.is_new() && ending.destroy();
    return destroyed;
}

/// Calls `act(0)` … `act(workers - 1)`, each in a thread of its own.
template <class Act>
void in_threads(Act act)
{
    std::vector<std::thread> threads;
    for (int me = 0; me != workers; ++me)
        threads.emplace_back(act, me);
    for (auto& thread : threads)
        thread.join();
}

/// The same in processes; whether `act` was true in all of them.
template <class Act>
bool in_processes(Act act)
{
    std::vector<pid_t> children;
    for (int me = 0; me != workers; ++me)
        children.push_back(scratch::start_child([&] { return act(me) ? 0 : 1; }));
    bool good = true;
    for (const pid_t child : children)
        good = scratch::exit_code(child) == 0 && good;
    return good;
}

/// Files in memory, where the system has that: ext4 begins to write out at each rename onto a file, which takes twenty times
/// as long as all the rest.
std::filesystem::path parent()
{
    const std::filesystem::path memory = "/dev/shm";
    return ::access(memory.c_str(), W_OK) == 0 ? memory : std::filesystem::temp_directory_path();
}

/// Where the sessions of a test are, and for processes, too, how they get there.
template <class Storage>
struct Home : Place<Storage> {};
template <>
struct Home<File> {
    Folder folder{parent()};
    File storage() const { return File{{.path = folder.path(), .durable = false, .collect = 0}}; }
};

} // namespace

namespace {

/// `requests` on one session by each of the threads.
template <class Storage>
void count_in_threads(int requests)
{
    const Home<Storage> home;
    const Instance<Storage> instance{home.storage()};
    const std::string cookie = instance.begin();
    std::atomic<int> saves = 0, merged = 0;
    in_threads([&](int me) {
        const Done done = count(instance.sessions, cookie, me, requests);
        saves += done.saves;
        merged += done.merged;
    });
    CHECK(saves == workers * requests);
    CHECK(merged > 0);
    check_all_arrived(instance.sessions, cookie, requests);
}

} // namespace

TEST_CASE("100 000 concurrent saves of one session in memory by four threads: each change arrives")
{
    count_in_threads<Memory>(25'000 / slowdown);
}

TEST_CASE("20 000 concurrent saves of one session in a file by four threads: each change arrives")
{
    count_in_threads<File>(5'000 / slowdown);
}

TEST_CASE("2 000 concurrent saves of one session in redis by four threads: each change arrives")
{
    count_in_threads<Redis>(500 / slowdown);
}

namespace {

/// `requests` on one session by each of the processes.
template <class Storage>
void count_in_processes(int requests)
{
    const Home<Storage> home;
    const Instance<Storage> instance{home.storage()};
    const std::string cookie = instance.begin();
    CHECK(in_processes([&](int me) {
        const Instance<Storage> mine{home.storage()};
        const Done done = count(mine.sessions, cookie, me, requests);
        return done.saves == requests && done.merged > 0;
    }));
    check_all_arrived(instance.sessions, cookie, requests);
}

} // namespace

TEST_CASE("100 000 saves of one session in a file by four processes at once: each change arrives")
{
    count_in_processes<File>(25'000);
}

TEST_CASE("saves of one session in redis by four processes at once, 100 000 where it is optimised: each change arrives")
{
    count_in_processes<Redis>(SOJOURN_TEST_MEASURES ? 25'000 : 1'000);
}

TEST_CASE_TEMPLATE("a session that is destroyed amid concurrent saves stays dead", Storage, Memory, File, Redis)
{
    const Home<Storage> home;
    const Instance<Storage> instance{home.storage()};
    for (int round = 0; round != 20 / slowdown; ++round) {
        const std::string cookie = instance.begin();
        std::atomic<bool> destroyed = false;
        std::atomic<int> wrong = 0;
        in_threads([&](int me) {
            wrong += (me == 0 ? destroy_amid(instance.sessions, cookie, destroyed)
                              : save_until_gone(instance.sessions, cookie, me, destroyed))
                         ? 0
                         : 1;
        });
        CHECK(wrong == 0);
        CHECK(instance.sessions.open(cookie).reason() == errc::not_found);
    }
}

TEST_CASE_TEMPLATE("a session that one process destroys amid the others' saves stays dead", Storage, File, Redis)
{
    const Home<Storage> home;
    const Instance<Storage> instance{home.storage()};
    for (int round = 0; round != 10; ++round) {
        const std::string cookie = instance.begin();
        CHECK(in_processes([&](int me) {
            const Instance<Storage> mine{home.storage()};
            std::atomic<bool> destroyed = false; // its own: no process knows what the others do
            return me == 0 ? destroy_amid(mine.sessions, cookie, destroyed)
                           : save_until_gone(mine.sessions, cookie, me, destroyed);
        }));
        CHECK(instance.sessions.open(cookie).reason() == errc::not_found);
    }
}
