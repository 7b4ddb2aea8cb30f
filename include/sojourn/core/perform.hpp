#pragma once

#include <sojourn/concepts.hpp>
#include <sojourn/core/action.hpp>
#include <sojourn/result.hpp>

#include <cstddef>
#include <optional>
#include <utility>

namespace sojourn::inline v0::core {

/// Hands an action to the storage: `then(answer, to_reply)` gets what the storage's function answers, result or
/// awaitable, and what turns the result into a reply. The one place that knows which action calls which function.
///
/// A storage that cannot compare and store replaces what is there: with it, the later of two saves wins. One that cannot add
/// to other records in the same step makes no additions, and the reply says so.
template <ServerStorage Storage, class Then>
auto perform(Storage& storage, const Action& action, Then then)
{
    using Outcome = Reply::Outcome;
    constexpr auto missing = [](const Result<bool>& answer) { return Reply::of(answer, Outcome::nothing); };
    constexpr auto taken = [](const Result<bool>& answer) { return Reply::of(answer, Outcome::conflict); };
    constexpr auto stored = [](Result<StoreOutcome> answer) { return Reply::of(std::move(answer)); };
    const auto& [kind, key, value, version, ttl, additions] = action;
    if constexpr (BatchStorage<Storage>) {
        if (kind == Action::Kind::create && !additions.empty())
            return then(storage.create(key, value, ttl, additions), stored);
        if (kind == Action::Kind::store_if && !additions.empty())
            return then(storage.store_if(key, version, value, ttl, additions), stored);
    }
    if constexpr (AppendingStorage<Storage>)
        if (kind == Action::Kind::append)
            return then(storage.append(additions.front()),
                        [](const Result<std::optional<std::size_t>>& answer) { return Reply::of(answer); });
    switch (kind) {
    case Action::Kind::create: return then(storage.create(key, value, ttl), taken);
    case Action::Kind::store_if:
        if constexpr (VersionedStorage<Storage>)
            return then(storage.store_if(key, version, value, ttl), stored);
        else
            return then(storage.store(key, value, ttl), missing);
    case Action::Kind::erase: return then(storage.erase(key), missing);
    case Action::Kind::append: // only for an AppendingStorage
    case Action::Kind::load:
    case Action::Kind::done: break;
    }
    return then(storage.load(key), [](Result<std::optional<Record>> answer) { return Reply::of(std::move(answer)); });
}

} // namespace sojourn::inline v0::core
