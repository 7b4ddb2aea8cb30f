#pragma once

#include <sojourn/bytes.hpp>
#include <sojourn/chrono.hpp>
#include <sojourn/concepts.hpp>
#include <sojourn/error.hpp>
#include <sojourn/result.hpp>

#include <sodium/randombytes.h>
#include <sodium/utils.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <latch>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace sojourn::inline v0::testing {

struct ConformanceOptions {
    /// The storage's own: times to live are rounded up to multiples of it. Default: milliseconds, as the concept has it.
    std::chrono::milliseconds granularity{1};
    /// The longest value that is tried, in bytes. Default: 1 MiB.
    std::size_t largest_value = 1024 * 1024;
    /// How many threads meet on one key, 2 or more. Default: 4.
    unsigned threads = 4;
    /// How often they do. Default: 100; a storage across a network may want fewer.
    unsigned rounds = 100;
    /// How much later than its time an expiry may be seen on a machine that is busy. Default: 2 s.
    std::chrono::milliseconds patience{2000};
};

namespace detail {

/// A storage on trial before one law: its functions as the laws want to say them, and what was found against it.
/// Values are text, answers come plain; a storage that fails where the law knows of no failure breaks the law.
template <class Storage, class Wait>
class StorageTrial {
public:
    using Clock = std::chrono::steady_clock;
    static constexpr TimeToLive long_life = std::chrono::hours{1};
    static constexpr TimeToLive brief{250};

    StorageTrial(Storage storage, const ConformanceOptions& options, Wait& wait)
        : storage_{std::move(storage)}, options_{options}, wait_{wait}
    {
    }

    Storage& storage() noexcept { return storage_; }
    const ConformanceOptions& options() const noexcept { return options_; }
    /// A storage that should show the same records, for the same law.
    StorageTrial beside(Storage other) { return {std::move(other), options_, wait_}; }

    // --- calls

    template <class Answer>
    auto wait(Answer&& answer)
    {
        return wait_(std::forward<Answer>(answer));
    }

    std::optional<Record> load(std::string_view key) { return plain("load", wait(storage_.load(key))); }
    bool create(std::string_view key, std::string_view value, TimeToLive ttl = long_life)
    {
        return plain("create", wait(storage_.create(key, as_bytes(value), ttl)));
    }
    bool store(std::string_view key, std::string_view value, TimeToLive ttl = long_life)
    {
        return plain("store", wait(storage_.store(key, as_bytes(value), ttl)));
    }
    StoreOutcome store_if(std::string_view key, Version version, std::string_view value, TimeToLive ttl = long_life)
    {
        return plain("store_if", wait(storage_.store_if(key, version, as_bytes(value), ttl)));
    }
    std::optional<std::size_t> append(const Addition& addition)
    {
        return plain("append", wait(storage_.append(addition)));
    }
    StoreOutcome create_with(std::span<const Addition> additions, std::string_view key, std::string_view value,
                             TimeToLive ttl = long_life)
    {
        return plain("create with additions", wait(storage_.create(key, as_bytes(value), ttl, additions)));
    }
    StoreOutcome store_with(std::span<const Addition> additions, std::string_view key, Version version,
                            std::string_view value, TimeToLive ttl = long_life)
    {
        return plain("store_if with additions", wait(storage_.store_if(key, version, as_bytes(value), ttl, additions)));
    }
    bool expire(std::string_view key, TimeToLive ttl) { return plain("expire", wait(storage_.expire(key, ttl))); }
    bool erase(std::string_view key) { return plain("erase", wait(storage_.erase(key))); }

    bool holds(std::string_view key, std::string_view value)
    {
        const auto found = load(key);
        return found && as_text(found->value) == value;
    }
    /// The record, or an empty one with a version none has.
    Record get(std::string_view key) { return load(key).value_or(Record{}); }

    // --- time

    /// How long after `began` the key was seen without a record; more than `at_most_brief()` if that took too long.
    Clock::duration until_gone(std::string_view key, Clock::time_point began)
    {
        while (load(key) && Clock::now() - began <= at_most_brief())
            std::this_thread::sleep_for(std::chrono::milliseconds{5});
        return Clock::now() - began;
    }
    Clock::duration at_most_brief() const { return outlive_brief() + options_.patience; }
    /// After this long a record with a brief life has certainly expired.
    Clock::duration outlive_brief() const { return brief + 2 * options_.granularity; }

    // --- threads

    /// Calls `act(0)` … `act(threads - 1)`, each on a thread of its own, all at once.
    template <class Act>
    void together(Act act)
    {
        std::latch all_are_there{options_.threads};
        std::vector<std::thread> threads;
        for (unsigned i = 0; i < options_.threads; ++i)
            threads.emplace_back([&, i] {
                all_are_there.arrive_and_wait();
                act(i);
            });
        for (auto& thread : threads)
            thread.join();
    }

    // --- verdicts, from any thread

    void expect(bool kept, std::string_view otherwise)
    {
        if (kept)
            return;
        const std::lock_guard alone{mutex_};
        if (std::find(found_.begin(), found_.end(), otherwise) == found_.end())
            found_.emplace_back(otherwise);
    }
    const std::vector<std::string>& found() const noexcept { return found_; }

    /// 128 random bits, so that a storage may keep what other trials left.
    static std::string new_key()
    {
        std::array<unsigned char, 16> random;
        std::array<char, 33> hex;
        randombytes_buf(random.data(), random.size());
        return sodium_bin2hex(hex.data(), hex.size(), random.data(), random.size());
    }

private:
    template <class T>
    T plain(std::string_view call, Result<T> answer)
    {
        if (answer)
            return std::move(*answer);
        expect(false, std::string{call} + " failed: " + answer.error().message());
        return T{};
    }

    Storage storage_;
    const ConformanceOptions& options_;
    Wait& wait_;
    std::mutex mutex_;
    std::vector<std::string> found_;
};

} // namespace detail
} // namespace sojourn::inline v0::testing
