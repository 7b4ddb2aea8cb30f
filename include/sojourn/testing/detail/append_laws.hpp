#pragma once

#include <sojourn/bytes.hpp>
#include <sojourn/chrono.hpp>
#include <sojourn/concepts.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

/// The laws of `AppendingStorage` and `BatchStorage`.
namespace sojourn::inline v0::testing::detail {

inline Addition addition(std::string_view key, std::string_view value, TimeToLive ttl = std::chrono::hours{1},
                         std::string_view head = "head ")
{
    return {key, as_bytes(head), as_bytes(value), ttl};
}

template <class Trial>
void append_adds_to_the_end(Trial& t)
{
    const auto k = t.new_key();
    t.expect(t.append(addition(k, "one ")) == 9 && t.holds(k, "head one "), "append did not create the log");
    t.expect(t.append(addition(k, "two ")) == 13 && t.holds(k, "head one two "), "append did not add to the end");
    std::string every;
    for (int byte = 0; byte != 256; ++byte)
        every += static_cast<char>(byte);
    t.expect(t.append(addition(k, every)) == 269 && t.holds(k, "head one two " + every),
             "what was added does not come back to the byte");
    t.expect(t.append(addition(k, "")) == 269 && t.holds(k, "head one two " + every), "adding nothing changed the log");
    const auto version = t.get(k).version;
    t.expect(t.store_if(k, version, "head ").status == StoreOutcome::Status::stored,
             "what was added to cannot be replaced");
    t.expect(t.append(addition(k, "new")) == 8 && t.holds(k, "head new"), "append did not add to what was stored");
    t.expect(t.append(addition(k, "er", t.long_life, "")) == 10 && t.holds(k, "head newer"),
             "append did not add with an empty head");
    t.erase(k);
    t.expect(t.append(addition(k, "0", TimeToLive{0})).has_value() && !t.load(k), "a life of nothing is one");
    t.expect(!t.wait(t.storage().append(addition("a b", "v"))), "append takes a key that is none");
}

template <class Trial>
void append_leaves_others_alone(Trial& t)
{
    const auto k = t.new_key();
    for (const std::string_view other : {"hea", "HEAD one", ""}) {
        t.create(k, other);
        const auto before = t.get(k);
        t.expect(!t.append(addition(k, "two")), "append says it added to what begins otherwise");
        t.expect(t.get(k).value == before.value && t.get(k).version == before.version,
                 "append changed what begins otherwise");
        t.erase(k);
    }
}

template <class Trial>
void append_shortens_no_life(Trial& t)
{
    const auto k = t.new_key();
    t.append(addition(k, "long"));
    t.append(addition(k, "brief", t.brief));
    t.append(addition(k, "none", TimeToLive{0}));
    std::this_thread::sleep_for(t.outlive_brief());
    t.expect(t.load(k).has_value(), "append shortened a life");
    t.erase(k);

    auto began = Trial::Clock::now();
    t.append(addition(k, "brief", t.brief));
    t.expect(t.until_gone(k, began) <= t.at_most_brief(), "a log outlived its time");

    t.append(addition(k, "brief", t.brief));
    t.append(addition(k, "long"));
    std::this_thread::sleep_for(t.outlive_brief());
    t.expect(t.load(k).has_value(), "append did not lengthen a life");
    t.erase(k);
}

template <class Trial>
void append_makes_versions(Trial& t)
{
    using Status = StoreOutcome::Status;
    const auto k = t.new_key();
    t.append(addition(k, "one"));
    const auto first = t.get(k);
    t.append(addition(k, "two"));
    const auto second = t.get(k);
    t.expect(first.version != 0 && second.version != 0 && first.version != second.version,
             "append did not change the version");
    const auto outcome = t.store_if(k, first.version, "late");
    t.expect(outcome.status == Status::conflict && outcome.standing.value == second.value &&
                 outcome.standing.version == second.version,
             "a compare-and-store did not notice an append");
    t.expect(t.store_if(k, second.version, "head ").status == Status::stored, "store_if refused an append's version");
    t.erase(k);
}

/// The values in a log that all have one length.
inline std::size_t count_of(const Record& log, std::size_t size) { return (log.value.size() - 5) / size; }

template <class Trial>
void no_append_is_lost(Trial& t)
{
    const auto k = t.new_key();
    const auto value = [](unsigned thread, unsigned n) {
        return std::to_string(1'000'000 + thread * 10'000 + n) + ";";
    };
    t.together([&](unsigned me) {
        for (unsigned n = 0; n != t.options().rounds; ++n) {
            t.expect(t.append(addition(k, value(me, n))).has_value(), "append said that something else is there");
            if (n % 16 == 0) { // and one that writes all anew comes in between
                const auto read = t.get(k);
                t.store_if(k, read.version, as_text(read.value));
            }
        }
    });
    const auto log = t.get(k);
    t.expect(count_of(log, 8) == std::size_t{t.options().threads} * t.options().rounds,
             "an append was lost, or made twice");
    for (unsigned thread = 0; thread != t.options().threads; ++thread)
        for (unsigned n = 0; n != t.options().rounds; ++n)
            t.expect(as_text(log.value).find(value(thread, n)) != std::string_view::npos, "an append was lost");
    t.erase(k);
}

template <class Trial>
void appends_are_whole(Trial& t)
{
    for (unsigned round = 0; round < t.options().rounds; ++round) {
        const auto k = t.new_key();
        std::atomic<unsigned> appending = t.options().threads - 1;
        t.together([&](unsigned me) {
            if (me != 0) {
                t.append(addition(k, "value;"));
                if (me % 2 == 0)
                    t.erase(k);
                t.append(addition(k, "value;"));
                --appending;
                return;
            }
            do {
                const auto seen = t.load(k);
                t.expect(!seen ||
                             (as_text(seen->value).starts_with("head value;") && (seen->value.size() - 5) % 6 == 0),
                         "a log was seen in part");
            } while (appending > 0);
        });
        t.erase(k);
    }
}

template <class Trial>
void batch_is_made_with_the_store(Trial& t)
{
    using Status = StoreOutcome::Status;
    const auto k = t.new_key(), one = t.new_key(), two = t.new_key();
    const std::array both{addition(one, "1"), addition(two, "two")};
    auto outcome = t.create_with(both, k, "first");
    t.expect(outcome.status == Status::stored && t.holds(k, "first"), "create with additions did not create");
    t.expect(outcome.longest == 8, "create did not say how long the longest log is");
    t.expect(t.holds(one, "head 1") && t.holds(two, "head two"), "create did not make the additions");
    const auto first = t.get(k).version;
    outcome = t.store_with(both, k, first, "second");
    t.expect(outcome.status == Status::stored && t.holds(k, "second"), "store_if with additions did not store");
    t.expect(outcome.longest == 11, "store_if did not say how long the longest log is");
    t.expect(t.holds(one, "head 11") && t.holds(two, "head twotwo"), "store_if did not make the additions");
    const auto began = Trial::Clock::now();
    outcome = t.store_with({}, k, t.get(k).version, "third", t.brief);
    t.expect(outcome.status == Status::stored && outcome.longest == 0, "store_if without additions made some");
    t.expect(t.until_gone(k, began) <= t.at_most_brief(), "store_if with additions did not shorten the life");
    t.erase(one);
    t.erase(two);
}

template <class Trial>
void batch_is_all_or_nothing(Trial& t)
{
    using Status = StoreOutcome::Status;
    const auto k = t.new_key(), one = t.new_key(), two = t.new_key();
    const std::array both{addition(one, "1"), addition(two, "2")};
    const auto added = [&] { return t.load(one) || t.load(two); };
    t.expect(t.store_with(both, k, 1, "v").status == Status::missing && !t.load(k), "store_if created a record");
    t.expect(!added(), "additions were made where nothing was stored");
    t.create(k, "v");
    const auto standing = t.get(k);
    t.expect(t.create_with(both, k, "other").status == Status::conflict && t.holds(k, "v"), "create overwrote");
    t.expect(!added(), "additions were made where nothing was created");
    auto outcome = t.store_with(both, k, standing.version + 1, "late");
    t.expect(outcome.status == Status::conflict && outcome.standing.value == standing.value &&
                 outcome.standing.version == standing.version,
             "store_if with additions did not show what stands");
    t.expect(!added(), "additions were made in spite of a conflict");

    t.create(two, "no log");
    outcome = t.store_with(both, k, standing.version, "new");
    t.expect(outcome.status == Status::stored && t.holds(k, "new"),
             "what is at a log's key kept a record from being stored");
    t.expect(outcome.longest == 0 && !t.load(one) && t.holds(two, "no log"), "some of the additions were made");
    t.erase(k);
    outcome = t.create_with(both, k, "newer");
    t.expect(outcome.status == Status::stored && t.holds(k, "newer"),
             "what is at a log's key kept a record from being created");
    t.expect(outcome.longest == 0 && !t.load(one) && t.holds(two, "no log"), "some of the additions were made");
    t.erase(k);
    t.erase(two);
}

template <class Trial>
void batch_is_atomic(Trial& t)
{
    using Status = StoreOutcome::Status;
    const auto k = t.new_key(), log = t.new_key();
    const auto number = [](const Record& record) { return std::stoul("0" + std::string{as_text(record.value)}); };
    const std::array more{addition(log, "x")};
    t.create_with(std::array{addition(log, "")}, k, "0");
    t.together([&](unsigned) {
        auto read = t.get(k);
        for (unsigned done = 0; done < t.options().rounds;) {
            t.expect(count_of(t.get(log), 1) >= number(read), "a record was seen without its addition");
            auto outcome = t.store_with(more, k, read.version, std::to_string(number(read) + 1));
            if (outcome.status == Status::missing)
                return t.expect(false, "the record was missing for a moment");
            done += outcome.status == Status::stored ? 1U : 0U;
            read = outcome.status == Status::stored ? t.get(k) : std::move(outcome.standing);
        }
    });
    t.expect(number(t.get(k)) == std::size_t{t.options().threads} * t.options().rounds, "an update was lost");
    t.expect(count_of(t.get(log), 1) == number(t.get(k)), "there are not as many additions as stores");
    t.erase(k);
    t.erase(log);
}

} // namespace sojourn::inline v0::testing::detail
