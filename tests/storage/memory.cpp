#include <sojourn/storage/memory.hpp>

#include <sojourn/testing/storage_conformance.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace sojourn;
using namespace std::chrono_literals;
using storage::Memory;

static_assert(VersionedStorage<Memory> && !AwaitableStorage<Memory> && !CookieStorage<Memory>);

constexpr std::size_t overhead = Memory::record_overhead;

std::string key(int n) { return "key-" + std::to_string(1000000 + n); } // 11 characters
constexpr std::size_t key_size = 11;
Bytes value(std::size_t size) { return Bytes(size, std::byte{7}); }

bool is_full(const Result<bool>& answer)
{
    return answer.has_error() && answer.error() == errc::store_failed &&
           answer.error().detail() == "memory storage full";
}

} // namespace

TEST_CASE("memory keeps the laws of a versioned storage, of concurrent calls too")
{
    testing::StorageConformance suite{[] { return Memory{}; }, {.rounds = 500}};
    for (const auto& law : suite.laws())
        SUBCASE(std::string{law.name}.c_str())
        {
            const auto failures = suite.check(law);
            for (const auto& failure : failures)
                MESSAGE(failure.what);
            CHECK(failures.empty());
        }
}

TEST_CASE("memory with one shard keeps them too")
{
    testing::StorageConformance suite{[] { return Memory{{.shards = 1}}; }};
    for (const auto& failure : suite.run())
        FAIL_CHECK(failure.law, ": ", failure.what);
}

TEST_CASE("options that allow nothing are unlawful, and harmless")
{
    CHECK(Memory{}.check().has_value());
    Memory no_room{{.max_bytes = overhead}};
    CHECK(no_room.check().error() == errc::unlawful_option);
    CHECK(is_full(no_room.create("k", {}, 1h)));
    Memory no_shards{{.shards = 0}};
    CHECK(no_shards.check().error() == errc::unlawful_option);
    CHECK(*no_shards.create("k", {}, 1h));
    Memory many_shards{{.shards = static_cast<std::size_t>(-1)}};
    CHECK(many_shards.check().error() == errc::unlawful_option);
    CHECK(*many_shards.create("k", {}, 1h));
}

TEST_CASE("a long value takes the room of as many expired records as it needs, and of no more")
{
    for (const std::size_t shards : {1U, 8U}) {
        Memory memory{{.max_bytes = 200 * (overhead + key_size), .shards = shards}};
        for (int n = 0; n < 200; ++n)
            REQUIRE(*memory.create(key(n), {}, n < 190 ? 1ms : 1h));
        std::this_thread::sleep_for(5ms);
        CHECK(*memory.create(key(200), value(100 * (overhead + key_size)), 1h));
        CHECK(memory.size_bytes() > 110 * (overhead + key_size));
        CHECK(*memory.store(key(199), value(60 * (overhead + key_size)), 1h));
        CHECK(is_full(memory.create(key(201), value(200 * (overhead + key_size)), 1h)));
        CHECK(is_full(memory.store(key(199), value(static_cast<std::size_t>(1) << 24), 1h)));
        for (int n = 190; n <= 200; ++n)
            CHECK(*memory.load(key(n)));
    }
}

TEST_CASE("prior art 30: what is full refuses newcomers and keeps what lives")
{
    Memory memory{{.max_bytes = 100 * (overhead + key_size + 100), .shards = 8}};
    for (int n = 0; n < 100; ++n)
        REQUIRE(*memory.create(key(n), value(100), 1h));
    CHECK(memory.size_bytes() == 100 * (overhead + key_size + 100));

    for (int n = 100; n < 10'000; ++n)
        REQUIRE(is_full(memory.create(key(n), {}, 1h)));
    CHECK_FALSE(*memory.create(key(0), value(100), 1h)); // that it exists is known without room for it
    for (int n = 0; n < 100; ++n) {
        CHECK((*memory.load(key(n)))->value.size() == 100);
        CHECK(*memory.store(key(n), value(100), 1h)); // a session that does not grow goes on
        CHECK(is_full(memory.store(key(n), value(101), 1h)));
        CHECK((*memory.load(key(n)))->value.size() == 100);
    }

    SUBCASE("what is erased makes room")
    {
        CHECK(*memory.erase(key(5)));
        CHECK(*memory.create(key(100), value(100), 1h));
        CHECK(is_full(memory.create(key(101), {}, 1h)));
    }
    SUBCASE("what shrinks makes room")
    {
        CHECK(*memory.store(key(5), {}, 1h));
        CHECK(*memory.store(key(6), value(200), 1h));
        CHECK(is_full(memory.store(key(7), value(101), 1h)));
    }
    SUBCASE("what expires makes room, in whatever shard it lies")
    {
        for (int n = 0; n < 3; ++n)
            CHECK(*memory.expire(key(n), 0ms));
        for (int n = 100; n < 103; ++n)
            CHECK(*memory.create(key(n), value(100), 1h));
        CHECK(is_full(memory.create(key(103), {}, 1h)));
    }
    CHECK(memory.size_bytes() <= 100 * (overhead + key_size + 100));
}

TEST_CASE("expired records go a few at a time, whatever is called")
{
    Memory memory{{.shards = 1}};
    for (int n = 0; n < 100; ++n)
        REQUIRE(*memory.create(key(n), {}, 50ms));
    REQUIRE(*memory.create("living", {}, 1h));
    const auto one = overhead + key_size;
    std::this_thread::sleep_for(60ms);
    for (std::size_t calls = 1; calls <= 50; ++calls) {
        switch (calls % 3) {
        case 0: CHECK(*memory.load("living")); break;
        case 1: CHECK(*memory.store("living", {}, 1h)); break;
        case 2: CHECK_FALSE(*memory.erase("missing")); break;
        }
        CHECK(memory.size_bytes() == (100 - 2 * calls) * one + overhead + 6);
    }
}

TEST_CASE("bytes that count are all given back")
{
    Memory memory;
    for (int n = 0; n < 1000; ++n) {
        REQUIRE(*memory.create(key(n), value(static_cast<std::size_t>(n)), 1h));
        REQUIRE(*memory.store(key(n), value(static_cast<std::size_t>(n * 7 % 1000)), 1h));
        REQUIRE(*memory.expire(key(n), n % 2 == 0 ? 0ms : 1h));
    }
    for (int n = 0; n < 1000; ++n)
        CHECK(*memory.erase(key(n)) == (n % 2 != 0));
    for (int n = 0; n < 1000; ++n) // passes by every shard
        CHECK_FALSE(*memory.load(key(n)));
    CHECK(memory.size_bytes() == 0);
}

TEST_CASE("the longest and the shortest times to live do not overflow")
{
    Memory memory;
    CHECK(*memory.create("max", {}, TimeToLive::max()));
    CHECK(*memory.load("max"));
    CHECK(*memory.expire("max", TimeToLive::max() - 1ms));
    CHECK(*memory.load("max"));
    CHECK(*memory.create("min", {}, TimeToLive::min()));
    CHECK_FALSE(*memory.load("min"));
    CHECK(*memory.expire("max", 0ms));
    CHECK_FALSE(*memory.load("max"));
}

TEST_CASE("100 000 updates from four concurrent threads on few keys: all count")
{
    Memory memory{{.shards = 2}};
    constexpr int keys = 5;
    constexpr int each = 25'000;
    for (int n = 0; n < keys; ++n)
        REQUIRE(*memory.create(key(n), as_bytes("0"), 1h));
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([memory]() mutable { // copies are handles on the same records
            for (int i = 0; i < each; ++i) {
                auto read = (*memory.load(key(i % keys))).value();
                for (;;) {
                    const auto next = std::to_string(std::stol(std::string{as_text(read.value)}) + 1);
                    auto outcome = memory.store_if(key(i % keys), read.version, as_bytes(next), 1h).value();
                    if (outcome.status == StoreOutcome::Status::stored)
                        break;
                    read = std::move(outcome.standing);
                }
            }
        });
    for (auto& thread : threads)
        thread.join();
    long sum = 0;
    for (int n = 0; n < keys; ++n)
        sum += std::stol(std::string{as_text((*memory.load(key(n)))->value)});
    CHECK(sum == 100'000);
}

TEST_CASE("concurrent threads that fill it to the brim never pass it")
{
    constexpr std::size_t most = 1000 * (overhead + key_size);
    Memory memory{{.max_bytes = most}};
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([memory, t]() mutable {
            for (int n = 0; n < 2000; ++n) {
                (void)memory.create(key(t * 2000 + n), {}, n % 3 == 0 ? 1ms : 1h);
                if (n % 5 == 0)
                    (void)memory.erase(key(t * 2000 + n - 1));
                if (memory.size_bytes() > most)
                    std::abort();
            }
        });
    for (auto& thread : threads)
        thread.join();
    std::this_thread::sleep_for(
        2ms); // so that none of those for 1 ms ends between its being counted and the comparison
    std::size_t living = 0;
    for (int n = 0; n < 8000; ++n)
        living += *memory.load(key(n)) ? 1U : 0U;
    CHECK(living > 900);
    CHECK(memory.size_bytes() >= living * (overhead + key_size));
    CHECK(memory.size_bytes() <= most);
}
