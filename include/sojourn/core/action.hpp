#pragma once

#include <sojourn/concepts.hpp>
#include <sojourn/error.hpp>
#include <sojourn/result.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>
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
    /// `addition`: just one.
    static Action append(std::span<const Addition> addition) noexcept
    {
        return {.kind = Kind::append, .key = addition.front().key, .additions = addition};
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
    Error error = {};
    std::size_t longest = 0; ///< the length of the longest log that was added to; 0: no addition was made

    /// What a storage's answer means. `otherwise`: what a false one does.
    template <class Answer>
    static Reply of(Result<Answer> answer, Outcome otherwise = Outcome::nothing)
    {
        if (!answer)
            return failed(answer.error());
        if constexpr (std::is_same_v<Answer, bool>) {
            return {.outcome = *answer ? Outcome::done : otherwise};
        } else if constexpr (std::is_same_v<Answer, StoreOutcome>) {
            if (answer->status == StoreOutcome::Status::stored)
                return {.longest = answer->longest};
            return answer->status == StoreOutcome::Status::conflict
                       ? Reply{.outcome = Outcome::conflict, .record = std::move(answer->standing)}
                       : Reply{.outcome = Outcome::nothing};
        } else if constexpr (std::is_same_v<Answer, std::optional<Record>>) {
            return *answer ? Reply{.record = std::move(**answer)} : Reply{.outcome = Outcome::nothing};
        } else { // of append
            return {.outcome = *answer ? Outcome::done : Outcome::conflict, .longest = answer->value_or(0)};
        }
    }
    static Reply failed(Error error) { return {.outcome = Outcome::failed, .error = std::move(error)}; }
};

} // namespace sojourn::inline v0::core
