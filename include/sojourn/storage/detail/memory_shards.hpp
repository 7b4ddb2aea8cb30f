#pragma once

#include <sojourn/bytes.hpp>
#include <sojourn/chrono.hpp>
#include <sojourn/concepts.hpp>
#include <sojourn/storage/detail/deadline.hpp>

#include <boost/unordered/unordered_flat_map.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sojourn::inline v0::storage::detail {

/// A state of a record in memory. Whoever holds one can read it without a lock: states are replaced, never changed.
struct MemoryState {
    std::shared_ptr<const Bytes> value;
    Version version = 0;

    explicit operator bool() const noexcept { return value != nullptr; }
    Record copy() const { return {*value, version}; }
};

/// Records by key and by expiry, in parts that are locked apart, and the room that all of them share.
class MemoryShards {
public:
    /// What a record costs beside its key and value, in bytes: nodes, pointers and the allocator's rounding.
    static constexpr std::size_t record_overhead = 288;

    static constexpr std::size_t most_shards = 4096;

    class Locked;

    MemoryShards(std::size_t shards, std::size_t max_bytes)
        : shards_(std::clamp<std::size_t>(shards, 1, most_shards)), max_bytes_{max_bytes}
    {
    }

    std::size_t used() const noexcept { return used_.load(std::memory_order_relaxed); }

private:
    using Clock = std::chrono::steady_clock;

    struct Entry;
    using Expiries = std::multimap<Clock::time_point, Entry*>;
    struct Entry {
        std::string key;
        MemoryState state;
        Clock::time_point expires;
        Expiries::iterator expiry = {}; ///< its place there

        std::size_t cost() const noexcept { return key.size() + state.value->size() + record_overhead; }
    };
    using KeyHash = std::hash<std::string_view>;
    using Entries = boost::unordered_flat_map<std::string_view, std::unique_ptr<Entry>, KeyHash>;

    struct alignas(64) Shard { // a cache line of its own
        std::mutex mutex;
        Entries entries;
        Expiries expiries;
        Version last_version = 0; // a key keeps its shard, so that no two states of it share a version
    };

    bool take(std::size_t bytes) noexcept
    {
        auto taken = used();
        while (bytes <= max_bytes_ - taken)
            if (used_.compare_exchange_weak(taken, taken + bytes, std::memory_order_relaxed))
                return true;
        return false;
    }

    void give_back(std::size_t bytes) noexcept { used_.fetch_sub(bytes, std::memory_order_relaxed); }

    void remove(Shard& locked, Entry& entry) noexcept
    {
        give_back(entry.cost());
        locked.expiries.erase(entry.expiry);
        locked.entries.erase(locked.entries.find(entry.key));
    }

    /// False: there is none.
    bool remove_expired(Shard& locked, Clock::time_point now) noexcept
    {
        const auto first = locked.expiries.begin();
        if (first == locked.expiries.end() || first->first > now)
            return false;
        remove(locked, *first->second);
        return true;
    }

    /// Room for `bytes`, if need be that of expired records anywhere, as many as it takes. Shards that others hold are
    /// passed over.
    bool make_room(Shard& locked, Clock::time_point now, std::size_t bytes) noexcept
    {
        const auto make_in = [&](Shard& shard) {
            while (remove_expired(shard, now))
                if (take(bytes))
                    return true;
            return false;
        };
        if (bytes > max_bytes_)
            return false;
        if (take(bytes) || make_in(locked))
            return true;
        for (auto& shard : shards_)
            if (&shard != &locked)
                if (const std::unique_lock free{shard.mutex, std::try_to_lock}; free && make_in(shard))
                    return true;
        return false;
    }

    std::vector<Shard> shards_;
    const std::size_t max_bytes_;
    std::atomic<std::size_t> used_ = 0; // never above max_bytes_
};

/// The shard of one key while it is locked, and what lives under the key. Two expired records go with each.
class MemoryShards::Locked {
public:
    Locked(MemoryShards& all, std::string_view key)
        : all_{all},
          shard_{all.shards_[KeyHash{}(key) % all.shards_.size()]},
          lock_{shard_.mutex},
          now_{Clock::now()},
          key_{key}
    {
        for (int i = 0; i < 2; ++i)
            all_.remove_expired(shard_, now_);
        if (const auto found = shard_.entries.find(key); found != shard_.entries.end())
            entry_ = found->second.get();
    }

    bool alive() const noexcept { return entry_ != nullptr && entry_->expires > now_; }

    /// Nothing if nothing lives.
    MemoryState state() const { return alive() ? entry_->state : MemoryState{}; }

    /// Where nothing lives. False: full.
    bool insert(std::shared_ptr<const Bytes> value, TimeToLive ttl)
    {
        if (entry_ != nullptr)
            erase(); // what expired and has not been removed yet
        auto entry = std::make_unique<Entry>(
            Entry{std::string{key_}, {std::move(value), shard_.last_version + 1}, deadline(now_, ttl)});
        const auto cost = entry->cost();
        if (!all_.make_room(shard_, now_, cost))
            return false;
        try {
            auto& place = shard_.entries[entry->key];
            entry->expiry = shard_.expiries.emplace(entry->expires, entry.get());
            place = std::move(entry);
        } catch (...) { // out of memory
            shard_.entries.erase(entry->key);
            all_.give_back(cost);
            throw;
        }
        ++shard_.last_version;
        return true;
    }

    /// What lives is replaced. False: full.
    bool replace(std::shared_ptr<const Bytes> value, TimeToLive ttl)
    {
        const auto before = entry_->state.value->size();
        const auto after = value->size();
        if (after > before && !all_.make_room(shard_, now_, after - before))
            return false;
        if (after < before)
            all_.give_back(before - after);
        entry_->state = {std::move(value), ++shard_.last_version};
        expire(ttl);
        return true;
    }

    void expire(TimeToLive ttl)
    {
        auto node = shard_.expiries.extract(entry_->expiry);
        node.key() = entry_->expires = deadline(now_, ttl);
        entry_->expiry = shard_.expiries.insert(std::move(node));
    }

    void erase() noexcept { all_.remove(shard_, *entry_); }

private:
    MemoryShards& all_;
    Shard& shard_;
    std::unique_lock<std::mutex> lock_;
    Clock::time_point now_;
    std::string_view key_;
    Entry* entry_ = nullptr; ///< what is there, expired or not
};

} // namespace sojourn::inline v0::storage::detail
