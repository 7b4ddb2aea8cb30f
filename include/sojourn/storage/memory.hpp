#pragma once

#include <sojourn/bytes.hpp>
#include <sojourn/concepts.hpp>
#include <sojourn/error.hpp>
#include <sojourn/result.hpp>
#include <sojourn/storage/detail/memory_shards.hpp>
#include <sojourn/storage/key.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

namespace sojourn::inline v0::storage {

/// Records in this process's memory. Models `VersionedStorage`; blocks only for the moment another thread holds a shard.
///
/// Records lie in shards with a lock each, which is held to exchange a pointer and never to copy a value. Time is the
/// steady clock's: setting the wall clock neither ends nor lengthens a session. A machine that sleeps may stop that
/// clock; the session's own timeouts, which are sealed into it, still count.
///
/// Each call removes up to two expired records of its shard: more than a call can add, so that none pile up, and no call
/// stalls. When the storage is full, expired records of all shards go first, as many as what needs room takes up; if that
/// is not enough, it is refused with `errc::store_failed` and all that lives stays. To evict would be to let whoever
/// opens enough sessions log everyone else out, silently; a refusal hits the newcomers and is seen.
///
/// A handle: copies share the records, which live as long as one of them does.
class Memory {
public:
    /// How much it may hold.
    struct Options {
        /// The most that all records may take, in bytes, each counted with its key and `record_overhead`. Default:
        /// 256 MiB, about 200 000 sessions of 1 KiB.
        std::size_t max_bytes = 256 * 1024 * 1024;
        /// Parts that are locked apart, up to 4096. Default: 64, several for each core of the machines this runs on.
        std::size_t shards = 64;
    };

    /// What a record costs beside its key and value, in bytes.
    static constexpr std::size_t record_overhead = detail::MemoryShards::record_overhead;

    Memory() : Memory{Options{}} {}
    explicit Memory(Options options)
        : options_{options}, records_{std::make_shared<detail::MemoryShards>(options.shards, options.max_bytes)}
    {
    }

    /// `errc::unlawful_option` if there is not room for one record, not one shard or too many.
    Result<void> check() const
    {
        if (options_.max_bytes <= record_overhead)
            return Error{errc::unlawful_option, "max_bytes: no room for one record"};
        if (options_.shards == 0 || options_.shards > detail::MemoryShards::most_shards)
            return Error{errc::unlawful_option, "shards: not 1 to 4096"};
        return {};
    }

    /// The bytes that count towards `max_bytes` now.
    std::size_t size_bytes() const noexcept { return records_->used(); }

    Result<std::optional<Record>> load(std::string_view key) const
    {
        if (!is_key(key))
            return unlawful_key();
        const auto state = Locked{*records_, key}.state();
        return state ? std::optional{state.copy()} : std::nullopt;
    }

    Result<bool> create(std::string_view key, BytesView value, TimeToLive ttl)
    {
        if (!is_key(key))
            return unlawful_key();
        auto fresh = share(value);
        Locked shard{*records_, key};
        if (shard.alive())
            return false;
        if (!shard.insert(std::move(fresh), ttl))
            return full();
        return true;
    }

    Result<bool> store(std::string_view key, BytesView value, TimeToLive ttl)
    {
        const auto outcome = replace(key, std::nullopt, value, ttl);
        if (!outcome)
            return outcome.error();
        return outcome->status == StoreOutcome::Status::stored;
    }

    Result<StoreOutcome> store_if(std::string_view key, Version version, BytesView value, TimeToLive ttl)
    {
        return replace(key, version, value, ttl);
    }

    Result<bool> expire(std::string_view key, TimeToLive ttl)
    {
        if (!is_key(key))
            return unlawful_key();
        Locked shard{*records_, key};
        if (!shard.alive())
            return false;
        shard.expire(ttl);
        return true;
    }

    Result<bool> erase(std::string_view key)
    {
        if (!is_key(key))
            return unlawful_key();
        Locked shard{*records_, key};
        if (!shard.alive())
            return false;
        shard.erase();
        return true;
    }

private:
    using Locked = detail::MemoryShards::Locked;

    static std::shared_ptr<const Bytes> share(BytesView value)
    {
        return std::make_shared<const Bytes>(value.begin(), value.end());
    }

    static Error full() { return {errc::store_failed, "memory storage full"}; }

    Result<StoreOutcome> replace(std::string_view key, std::optional<Version> expected, BytesView value, TimeToLive ttl)
    {
        if (!is_key(key))
            return unlawful_key();
        auto fresh = share(value);
        detail::MemoryState standing; // copied, or freed, when the lock is not held any more
        {
            Locked shard{*records_, key};
            standing = shard.state();
            if (!standing)
                return StoreOutcome{};
            if (!expected || *expected == standing.version) {
                if (!shard.replace(std::move(fresh), ttl))
                    return full();
                return StoreOutcome{StoreOutcome::Status::stored};
            }
        }
        return StoreOutcome{StoreOutcome::Status::conflict, standing.copy()};
    }

    Options options_;
    std::shared_ptr<detail::MemoryShards> records_;
};

} // namespace sojourn::inline v0::storage
