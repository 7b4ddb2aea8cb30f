#pragma once

#include <sojourn/bytes.hpp>
#include <sojourn/concepts.hpp>

#include <string>
#include <thread>
#include <utility>
#include <vector>

/// The laws of `VersionedStorage`.
namespace sojourn::inline v0::testing::detail {

template <class Trial>
void versions_are_unique(Trial& t)
{
    const auto k = t.new_key();
    std::vector<Version> seen;
    const auto note = [&] {
        const auto version = t.get(k).version;
        t.expect(version != 0, "a record is missing, or its version is 0");
        t.expect(version == t.get(k).version, "reading changed the version");
        for (const auto earlier : seen)
            t.expect(version != earlier, "two states of a key have the same version");
        seen.push_back(version);
    };
    for (int life = 0; life < 3; ++life) {
        t.create(k, "same");
        note();
        t.store(k, "same");
        note();
        t.store_if(k, seen.back(), "same");
        note();
        t.erase(k);
    }
}

template <class Trial>
void conflict_shows_what_stands(Trial& t)
{
    using Status = StoreOutcome::Status;
    const auto k = t.new_key();
    t.create(k, "first");
    const auto first = t.get(k);
    t.expect(t.store_if(k, first.version, "second").status == Status::stored, "store_if refused the standing version");
    const auto second = t.get(k);
    t.expect(as_text(second.value) == "second", "store_if did not replace the value");

    const auto outcome = t.store_if(k, first.version, "late", t.brief);
    t.expect(outcome.status == Status::conflict, "store_if took a version that was superseded");
    t.expect(outcome.standing.value == second.value, "the conflict does not show the value that stands");
    t.expect(outcome.standing.version == second.version, "the conflict does not show the version that stands");
    std::this_thread::sleep_for(t.outlive_brief());
    const auto after = t.get(k);
    t.expect(after.value == second.value && after.version == second.version, "a conflict changed the record");

    t.erase(k);
    t.create(k, "reborn");
    t.expect(t.store_if(k, second.version, "late").status == Status::conflict && t.holds(k, "reborn"),
             "store_if took a version of the record's former life");
    const auto began = Trial::Clock::now();
    t.expect(t.store_if(k, t.get(k).version, "x", t.brief).status == Status::stored,
             "store_if refused the standing version");
    t.expect(t.until_gone(k, began) <= t.at_most_brief(), "store_if did not shorten the life");
}

template <class Trial>
void store_if_never_creates(Trial& t)
{
    using Status = StoreOutcome::Status;
    const auto k = t.new_key();
    t.expect(t.store_if(k, 1, "v").status == Status::missing && !t.load(k), "store_if created a record");
    t.create(k, "v");
    const auto erased = t.get(k);
    t.erase(k);
    t.expect(t.store_if(k, erased.version, "late").status == Status::missing && !t.load(k),
             "store_if brought an erased record back");
    t.create(k, "v");
    const auto expired = t.get(k);
    t.expire(k, t.brief);
    t.until_gone(k, Trial::Clock::now());
    t.expect(t.store_if(k, expired.version, "late").status == Status::missing && !t.load(k),
             "store_if brought an expired record back");
}

template <class Trial>
void no_update_is_lost(Trial& t)
{
    using Status = StoreOutcome::Status;
    const auto number = [](const Record& record) { return std::stoul("0" + std::string{as_text(record.value)}); };
    const auto k = t.new_key();
    t.create(k, "0");
    t.together([&](unsigned) {
        auto read = t.get(k);
        for (unsigned done = 0; done < t.options().rounds;) {
            auto outcome = t.store_if(k, read.version, std::to_string(number(read) + 1));
            if (outcome.status == Status::missing)
                return t.expect(false, "the record was missing for a moment");
            done += outcome.status == Status::stored ? 1U : 0U;
            read = outcome.status == Status::stored ? t.get(k) : std::move(outcome.standing);
        }
    });
    const auto wanted = static_cast<unsigned long>(t.options().threads) * t.options().rounds;
    const auto counted = number(t.get(k));
    t.expect(counted == wanted,
             std::to_string(wanted) + " updates were reported, " + std::to_string(counted) + " counted");
    t.erase(k);
}

} // namespace sojourn::inline v0::testing::detail
