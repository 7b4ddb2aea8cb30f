#pragma once

#include <sojourn/bytes.hpp>
#include <sojourn/concepts.hpp>

#include <atomic>
#include <cstddef>
#include <string>
#include <thread>
#include <type_traits>

/// The laws of `ServerStorage` that several threads have to try at once.
namespace sojourn::inline v0::testing::detail {

template <class Trial>
void one_creator_wins(Trial& t)
{
    for (unsigned round = 0; round < t.options().rounds; ++round) {
        const auto k = t.new_key();
        std::atomic<unsigned> winners = 0;
        std::atomic<unsigned> winner = 0;
        t.together([&](unsigned me) {
            if (t.create(k, std::to_string(me))) {
                ++winners;
                winner = me;
            }
        });
        t.expect(winners > 0, "no creator was told that it won");
        t.expect(winners < 2, "several creators were told that they won");
        t.expect(t.holds(k, std::to_string(winner)), "another value than the winner's is there");
        t.erase(k);
    }
}

template <class Trial>
void one_eraser_finds_it(Trial& t)
{
    for (unsigned round = 0; round < t.options().rounds; ++round) {
        const auto k = t.new_key();
        std::atomic<unsigned> finders = 0;
        t.create(k, "v");
        t.together([&](unsigned) { finders += t.erase(k) ? 1U : 0U; });
        t.expect(finders > 0, "no eraser was told that it found the record");
        t.expect(finders < 2, "several erasers were told that they found the record");
    }
}

template <class Trial>
void readers_see_whole_values(Trial& t)
{
    const auto value = [](std::size_t n) { return std::string(n % 251 * 79 + 1, static_cast<char>(n % 251)); };
    const auto is_whole = [&](const Bytes& seen) {
        return !seen.empty() && as_text(seen) == value(std::to_integer<std::size_t>(seen.front()));
    };
    const auto k = t.new_key();
    t.create(k, value(0));
    std::atomic<unsigned> writing = 2;
    t.together([&](unsigned me) {
        if (me < 2) {
            for (std::size_t n = 0; n < t.options().rounds * std::size_t{5}; ++n)
                t.expect(t.store(k, value(n * 2 + me)), "store said false of what lives");
            --writing;
        }
        do {
            const auto seen = t.load(k);
            t.expect(seen.has_value(), "the record was missing for a moment");
            t.expect(!seen || is_whole(seen->value), "a value was seen in part");
        } while (writing > 0);
    });
    t.erase(k);
}

/// Until another thread counts: it is at work at this moment.
inline void wait_for_next(const std::atomic<unsigned>& count)
{
    for (const unsigned before = count; count == before;)
        std::this_thread::yield();
}

template <class Trial>
void expire_loses_no_update(Trial& t)
{
    const auto k = t.new_key();
    t.create(k, "0");
    std::atomic<unsigned> begun = 0;
    std::atomic<unsigned> ended = 0;
    std::atomic<bool> done = false;
    t.together([&](unsigned me) {
        while (me != 0 && !done) {
            ++begun;
            t.expect(t.expire(k, t.long_life), "expire said false of what lives");
            ++ended;
            std::this_thread::yield(); // a lock that is not fair would keep the others out for long
        }
        if (me != 0)
            return;
        for (unsigned n = 1; n <= t.options().rounds; ++n) {
            wait_for_next(begun);
            t.store(k, std::to_string(n));
            wait_for_next(ended);
            t.expect(t.holds(k, std::to_string(n)), "expire brought an older value back");
        }
        done = true;
    });
    t.expect(t.holds(k, std::to_string(t.options().rounds)), "expire brought an older value back");
    t.erase(k);
}

template <class Trial>
void erased_stays_erased(Trial& t)
{
    const auto late = [&](const std::string& k, const Record& read, unsigned me) {
        if (me % 3 == 2)
            return t.expire(k, t.long_life);
        if constexpr (VersionedStorage<std::remove_reference_t<decltype(t.storage())>>)
            if (me % 3 == 0)
                return t.store_if(k, read.version, "late").status == StoreOutcome::Status::stored;
        return t.store(k, "late");
    };
    for (unsigned round = 0; round < t.options().rounds; ++round) {
        const auto k = t.new_key();
        std::atomic<unsigned> storing = 0;
        std::atomic<unsigned> begun = 0;
        std::atomic<bool> erased = false;
        t.create(k, "v");
        t.together([&](unsigned me) {
            if (me == 0) {
                while (storing + 1 < t.options().threads)
                    std::this_thread::yield();
                wait_for_next(begun);
                t.expect(t.erase(k), "erase said false of what lives");
                erased = true;
                return;
            }
            auto read = t.get(k);
            ++storing;
            while (!erased) {
                ++begun;
                late(k, read, me);
                if (const auto now = t.load(k))
                    read = *now;
                std::this_thread::yield();
            }
            t.expect(!late(k, read, me), "a request after the erasure was told that it stored");
        });
        t.expect(!t.load(k), "an erased record came back");
    }
}

} // namespace sojourn::inline v0::testing::detail
