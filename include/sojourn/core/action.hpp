#pragma once

#include <sojourn/concepts.hpp>
#include <sojourn/error.hpp>
#include <sojourn/result.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

namespace sojourn::inline v0::core {

/// What an operation wants of the storage next, or that it is done. The views last until the operation is resumed.
///
/// An operation is a machine without input or output of its own: `start()` gives the first action, `resume(reply)` each
/// next one. A driver carries the actions out (drive_sync.hpp, drive_asio.hpp), a test answers them by hand.
struct Action {
    enum class Kind : std::uint8_t { done, load, create, store_if, append, erase };
    Kind kind = Kind::done;
    std::string_view key = {};
    BytesView value = {};
    Version version = 0;
    TimeToLive ttl{0};
    /// append: the one to make. create, store_if: those to make with it, if the storage can (`BatchStorage`).
    std::span<const Addition> additions = {};

    bool is_done() const noexcept { return kind == Kind::done; }

    static Action done() noexcept { return {}; }
    static Action load(std::string_view key) noexcept { return {.kind = Kind::load, .key = key}; }
    static Action create(std::string_view key, BytesView value, TimeToLive ttl,
                         std::span<const Addition> additions = {}) noexcept
    {
        return {.kind = Kind::create, .key = key, .value = value, .ttl = ttl, .additions = additions};
    }
    static Action store_if(std::string_view key, Version version, BytesView value, TimeToLive ttl,
                           std::span<const Addition> additions = {}) noexcept
    {
        return {
            .kind = Kind::store_if, .key = key, .value = value, .version = version, .ttl = ttl, .additions = additions};
    }
    static Action append(const Addition& addition) noexcept
    {
        return {.kind = Kind::append, .key = addition.key, .additions = {&addition, 1}};
    }
    static Action erase(std::string_view key) noexcept { return {.kind = Kind::erase, .key = key}; }
};

/// What became of an action.
struct Reply {
    enum class Outcome : std::uint8_t {
        done,     ///< it was carried out; a load's record is in `record`
        nothing,  ///< there is nothing under the key
        conflict, ///< create, append: something else is there; store_if: another version is, in `record`
        failed,   ///< the storage failed, `error` says how; whether the action took effect is not known
    };
    Outcome outcome = Outcome::done;
    Record record = {};
    std::optional<Error> error = {};
    /// The length of the longest log that was added to; nothing if no addition was made.
    std::optional<std::size_t> longest = {};

    static Reply of(Result<std::optional<Record>> loaded)
    {
        if (!loaded)
            return failed(loaded.error());
        if (!*loaded)
            return {.outcome = Outcome::nothing};
        return {.outcome = Outcome::done, .record = std::move(**loaded)};
    }
    /// `otherwise` is what a false answer means.
    static Reply of(const Result<bool>& answer, Outcome otherwise)
    {
        if (!answer)
            return failed(answer.error());
        return {.outcome = *answer ? Outcome::done : otherwise};
    }
    static Reply of(Result<StoreOutcome> stored)
    {
        if (!stored)
            return failed(stored.error());
        switch (stored->status) {
        case StoreOutcome::Status::stored: return {.outcome = Outcome::done, .longest = stored->longest};
        case StoreOutcome::Status::conflict:
            return {.outcome = Outcome::conflict, .record = std::move(stored->standing)};
        case StoreOutcome::Status::missing: break;
        }
        return {.outcome = Outcome::nothing};
    }
    static Reply of(const Result<std::optional<std::size_t>>& appended)
    {
        if (!appended)
            return failed(appended.error());
        return {.outcome = *appended ? Outcome::done : Outcome::conflict, .longest = *appended};
    }
    static Reply failed(Error error) { return {.outcome = Outcome::failed, .error = std::move(error)}; }
};

} // namespace sojourn::inline v0::core
