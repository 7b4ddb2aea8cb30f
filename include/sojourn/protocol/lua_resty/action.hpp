#pragma once

#include <sojourn/bytes.hpp>
#include <sojourn/chrono.hpp>
#include <sojourn/concepts.hpp>
#include <sojourn/core/action.hpp>
#include <sojourn/core/perform.hpp>
#include <sojourn/result.hpp>
#include <sojourn/storage/rotating.hpp>

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sojourn::inline v0::protocol::lua_resty {

/// What an operation wants of a `RotatingStorage` next: as `core::Action`, with what that has beside the others.
struct Action {
    enum class Kind { done, load, store, rotate, remove, members };
    Kind kind = Kind::done;
    Rotation rotation = {};
    std::string_view key = {}; ///< of a record, or the name of an index
    BytesView value = {};
    TimeToLive ttl{0};
    std::span<const std::string> indexes = {};
    std::chrono::sys_seconds now{};

    bool is_done() const noexcept { return kind == Kind::done; }

    Action() = default;
    explicit Action(Kind what, std::string_view which = {}) noexcept : kind{what}, key{which} {}
};

/// What became of an action.
struct Reply : core::Reply {
    std::vector<std::string> members = {};
};

/// As `core::perform`.
template <RotatingStorage Storage, class Then>
auto perform(Storage& storage, const Action& action, Then then)
{
    using Outcome = core::Reply::Outcome;
    constexpr auto missing = [](Result<bool> answer) {
        return Reply{core::Reply::of(std::move(answer), Outcome::nothing)};
    };
    switch (action.kind) {
    case Action::Kind::store: return then(storage.store(action.key, action.value, action.ttl), missing);
    case Action::Kind::rotate: return then(storage.rotate(action.rotation), missing);
    case Action::Kind::remove: return then(storage.remove(action.key, action.indexes, action.now), missing);
    case Action::Kind::members:
        return then(storage.members(action.key, action.now), [](Result<std::vector<std::string>> answer) {
            return answer ? Reply{{}, std::move(*answer)} : Reply{core::Reply::failed(answer.error())};
        });
    case Action::Kind::load:
    case Action::Kind::done: break;
    }
    return then(storage.load(action.key),
                [](Result<std::optional<Record>> answer) { return Reply{core::Reply::of(std::move(answer))}; });
}

} // namespace sojourn::inline v0::protocol::lua_resty
