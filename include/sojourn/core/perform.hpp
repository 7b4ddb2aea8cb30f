#pragma once

#include <sojourn/concepts.hpp>
#include <sojourn/core/action.hpp>
#include <sojourn/result.hpp>

#include <optional>
#include <utility>

namespace sojourn::inline v0::core {

/// Hands an action to the storage: `then(answer, to_reply)` gets what the storage's function answers, result or
/// awaitable, and what turns the result into a reply. The one place that knows which action calls which function.
///
/// A storage that cannot compare and store replaces what is there: with it, the later of two saves wins.
template <ServerStorage Storage, class Then>
auto perform(Storage& storage, const Action& action, Then then)
{
    using Outcome = Reply::Outcome;
    constexpr auto missing = [](const Result<bool>& answer) { return Reply::of(answer, Outcome::nothing); };
    constexpr auto taken = [](const Result<bool>& answer) { return Reply::of(answer, Outcome::conflict); };
    switch (action.kind) {
    case Action::Kind::create: return then(storage.create(action.key, action.value, action.ttl), taken);
    case Action::Kind::store_if:
        if constexpr (VersionedStorage<Storage>)
            return then(storage.store_if(action.key, action.version, action.value, action.ttl),
                        [](Result<StoreOutcome> answer) { return Reply::of(std::move(answer)); });
        else
            return then(storage.store(action.key, action.value, action.ttl), missing);
    case Action::Kind::erase: return then(storage.erase(action.key), missing);
    case Action::Kind::load:
    case Action::Kind::done: break;
    }
    return then(storage.load(action.key),
                [](Result<std::optional<Record>> answer) { return Reply::of(std::move(answer)); });
}

} // namespace sojourn::inline v0::core
