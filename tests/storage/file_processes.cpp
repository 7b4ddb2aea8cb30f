#include <sojourn/storage/file.hpp>

#include "scratch.hpp"

#include <doctest/doctest.h>

#include <sys/file.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

// What several processes do to one folder at once. Children are forked without exec, so that they share all a fork shares.
namespace {

using namespace sojourn;
using namespace std::chrono_literals;
using scratch::Folder;
using storage::File;
using Status = StoreOutcome::Status;

constexpr int processes = 4;

File open(const Folder& folder) { return File{{.path = folder.path(), .durable = false}}; }

long number(const Record& record) { return std::stol(std::string{as_text(record.value)}); }

bool increment(File& file, std::string_view key)
{
    auto read = file.load(key).value();
    while (read) {
        auto outcome = file.store_if(key, read->version, as_bytes(std::to_string(number(*read) + 1)), 1h).value();
        if (outcome.status == Status::stored)
            return true;
        if (outcome.status == Status::missing)
            break;
        *read = std::move(outcome.standing);
    }
    return false;
}

/// Calls `act(0)` … `act(processes - 1)`, each in a process of its own, and answers with the sum of their exit codes.
template <class Act>
int together(Act act)
{
    std::vector<pid_t> children;
    for (int me = 0; me < processes; ++me)
        children.push_back(scratch::start_child([&] { return act(me); }));
    int sum = 0;
    for (const auto child : children) {
        const auto code = scratch::exit_code(child);
        CHECK(code >= 0);
        CHECK(code < 99);
        sum += code;
    }
    return sum;
}

/// 1 to 20 000 times one letter; which letter follows from how often.
std::string letters(std::size_t n) { return std::string(n % 20'000 + 1, static_cast<char>('a' + n % 20'000 % 26)); }
bool is_letters(std::string_view text) { return !text.empty() && text == letters(text.size() - 1); }

} // namespace

TEST_CASE("updates of several processes all count")
{
    const Folder folder;
    auto file = open(folder); // the children inherit this very handle
    REQUIRE(*file.create("counter", as_bytes("0"), 1h));
    const auto failures = together([&](int) {
        int failed = 0;
        for (int n = 0; n < 500; ++n)
            failed += increment(file, "counter") ? 0 : 1;
        return failed == 0 ? 0 : 1;
    });
    CHECK(failures == 0);
    CHECK(number((*file.load("counter")).value()) == processes * 500);
}

TEST_CASE("of several processes that create one record, one does")
{
    const Folder folder;
    auto file = open(folder);
    for (int round = 0; round < 50; ++round) {
        const auto key = "key" + std::to_string(round);
        CHECK(together([&](int me) { return *file.create(key, as_bytes(std::to_string(me)), 1h) ? 1 : 0; }) == 1);
    }
}

TEST_CASE("what one process erases stays erased, whatever the others store")
{
    const Folder folder;
    auto file = open(folder);
    for (int round = 0; round < 30; ++round) {
        const auto key = "key" + std::to_string(round);
        REQUIRE(*file.create(key, as_bytes("0"), 1h));
        const auto erased = together([&](int me) {
            if (me == 0) {
                std::this_thread::sleep_for(2ms);
                return *file.erase(key) ? 1 : 0;
            }
            while (me == 1   ? *file.store(key, as_bytes("0"), 1h)
                   : me == 2 ? *file.expire(key, 1h)
                             : increment(file, key)) {}
            return 0;
        });
        CHECK(erased == 1);
        CHECK_FALSE(*file.load(key));
    }
}

TEST_CASE("a writer that is killed leaves whole records and no lock")
{
    const Folder folder;
    File file{{.path = folder.path(), .durable = false, .collect = 0}};
    for (int n = 0; n < 5; ++n)
        REQUIRE(*file.create("key" + std::to_string(n), as_bytes(letters(0)), 1h));
    std::size_t drafts = 0;
    for (int round = 0; round < 100; ++round) {
        const auto writer = scratch::start_child([&] {
            for (std::size_t n = 0;; n += 7919) {
                const auto key = "key" + std::to_string(n % 5);
                (void)file.store(key, as_bytes(letters(n)), 1h);
                (void)file.expire(key, 2h);
                (void)file.create("comes-and-goes", as_bytes(letters(n)), n % 2 == 0 ? 1h : 0ms);
                (void)file.erase("comes-and-goes");
                file.collect(4);
            }
            return 0;
        });
        std::this_thread::sleep_for(std::chrono::microseconds{1000 + round * 37});
        REQUIRE(::kill(writer, SIGKILL) == 0);
        REQUIRE(scratch::exit_code(writer) == -1);
        for (int n = 0; n < 5; ++n) {
            const auto key = "key" + std::to_string(n);
            const auto found = *file.load(key);
            REQUIRE(found);
            CHECK(is_letters(as_text(found->value)));
            CHECK(*file.store(key, found->value, 1h)); // would wait for ever if the dead held a lock
        }
        const auto left = *file.load("comes-and-goes");
        CHECK((!left || is_letters(as_text(left->value))));
        CHECK(*file.create("comes-and-goes", {}, 1h) == !left);
        CHECK(*file.erase("comes-and-goes"));
    }
    // What the dead left is told by its name, and goes when it is old.
    for (const auto& path : folder.files())
        if (path.filename().string().starts_with(".new-")) {
            ++drafts;
            std::filesystem::last_write_time(path, std::filesystem::file_time_type::clock::now() - 1h);
        }
    CHECK(folder.files().size() == 5 + drafts);
    CHECK(file.collect().removed == drafts);
    CHECK(folder.files().size() == 5);
}

TEST_CASE("a child forked at any moment keeps no lock, however long it lives")
{
    const Folder folder;
    auto file = open(folder);
    for (const auto* key : {"living", "expired"})
        REQUIRE(*file.create(key, as_bytes("v"), 1h));
    std::atomic<bool> done = false;
    std::vector<std::thread> threads;
    for (int t = 0; t < 2; ++t)
        threads.emplace_back([&folder, &done, file]() mutable { // each way out of a lock
            File sweeper{{.path = folder.path(), .durable = false}};
            while (!done) {
                (void)file.create("living", {}, 1h);
                (void)file.store_if("living", 1, {}, 1h);
                (void)file.erase("missing-here");
                (void)file.create("expired", {}, 0ms);
                sweeper.collect(20);
            }
        });
    std::vector<pid_t> children;
    for (int n = 0; n < 60; ++n) {
        children.push_back(scratch::start_child([] { return ::pause(); }));
        std::this_thread::sleep_for(std::chrono::microseconds{200 + n * 13});
    }
    done = true;
    for (const auto child : children) // their copies of descriptors live on until they end
        REQUIRE(::kill(child, 0) == 0);
    std::vector<std::filesystem::path> stuck;
    for (const auto& shard : std::filesystem::directory_iterator{folder.path()}) {
        const auto lock = storage::detail::open_at(AT_FDCWD, shard.path().c_str(), O_RDONLY | O_DIRECTORY);
        for (int patience = 0; ::flock(lock.get(), LOCK_EX | LOCK_NB) != 0; ++patience) { // our own threads let go soon
            if (patience == 200) {
                stuck.push_back(shard.path());
                break;
            }
            std::this_thread::sleep_for(5ms);
        }
    }
    for (const auto child : children) {
        ::kill(child, SIGKILL);
        scratch::exit_code(child);
    }
    for (auto& thread : threads)
        thread.join();
    CHECK(stuck.empty());
}

TEST_CASE("readers in other processes see whole values")
{
    const Folder folder;
    auto file = open(folder);
    REQUIRE(*file.create("key", as_bytes(letters(0)), 1h));
    const auto torn = together([&](int me) {
        int wrong = 0;
        for (std::size_t n = 0; n < 2000; ++n) {
            if (me == 0) {
                wrong += *file.store("key", as_bytes(letters(n * 7919)), 1h) ? 0 : 1;
            } else {
                const auto found = *file.load("key");
                wrong += found && is_letters(as_text(found->value)) ? 0 : 1;
            }
        }
        return wrong == 0 ? 0 : 1;
    });
    CHECK(torn == 0);
}

TEST_CASE("processes that start anew sweep on between them")
{
    const Folder folder;
    File file{{.path = folder.path(), .durable = false, .collect = 0}};
    for (int n = 0; n < 1000; ++n)
        REQUIRE(*file.create("expired" + std::to_string(n), {}, 0ms));
    for (int round = 0; round < 200 && !folder.files().empty(); ++round)
        together([&](int) {
            File anew{{.path = folder.path(), .durable = false, .collect = 0}};
            anew.collect(40);
            return 0;
        });
    CHECK(folder.files().empty());
}
