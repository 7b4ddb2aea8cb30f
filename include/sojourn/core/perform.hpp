#pragma once

#include <sojourn/concepts.hpp>
#include <sojourn/core/action.hpp>

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
    constexpr auto reply = [](auto answer) { return Reply::of(std::move(answer)); };
    constexpr auto taken = [](auto answer) { return Reply::of(std::move(answer), Reply::Outcome::conflict); };
    const auto& [kind, key, value, version, ttl, additions] = action;
    if constexpr (BatchStorage<Storage>) {
        if (kind == Action::Kind::create && !additions.empty())
            return then(storage.create(key, value, ttl, additions), reply);
        if (kind == Action::Kind::store_if && !additions.empty())
            return then(storage.store_if(key, version, value, ttl, additions), reply);
    }
    if constexpr (AppendingStorage<Storage>)
        if (kind == Action::Kind::append)
            return then(storage.append(additions.front()), reply);
    switch (kind) {
    case Action::Kind::create: return then(storage.create(key, value, ttl), taken);
    case Action::Kind::store_if:
        if constexpr (VersionedStorage<Storage>)
            return then(storage.store_if(key, version, value, ttl), reply);
        else
            return then(storage.store(key, value, ttl), reply);
    case Action::Kind::erase: return then(storage.erase(key), reply);
    case Action::Kind::append: // only for an AppendingStorage
    case Action::Kind::load:
    case Action::Kind::done: break;
    }
    return then(storage.load(key), reply);
}

} // namespace sojourn::inline v0::core
