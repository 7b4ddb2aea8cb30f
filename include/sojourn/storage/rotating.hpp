#pragma once

#include <sojourn/bytes.hpp>
#include <sojourn/chrono.hpp>
#include <sojourn/concepts.hpp>
#include <sojourn/error.hpp>
#include <sojourn/result.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sojourn::inline v0 {

/// What a save of a protocol that gives each id a record of its own does to the store (protocol/lua_resty.hpp).
struct Rotation {
    std::string_view key;        ///< of the new record
    BytesView value;             ///< of the new record
    std::chrono::seconds ttl{0}; ///< at least 1
    std::string_view old_key;    ///< of the record it takes the place of; empty: of none
    /// What is left to the old record, at most; it keeps what is less. 0: nothing.
    std::chrono::seconds stale_ttl{0};
    std::chrono::sys_seconds now{};       ///< what indexes go by
    std::span<const std::string> indexes; ///< in which the session is listed from now on
    std::span<const std::string> left;    ///< in which it is not any more
};

/// A `ServerStorage` whose records and indexes lua-resty-session reads and writes, too.
///
/// Keys are those of that library before a storage adds its own prefix and suffix: a cookie's name, `:`, and a record's key
/// of 43 characters; or, of an index, the cookie's name, `:`, audience, `:`, subject, both as base64url. An index holds record
/// keys without the name. Beside the five functions, for a storage `s`:
/// 1. `s.rotate(rotation)` → `Result<bool>`: puts the new record in place, lets the old one end, and enters the new key in the
///    indexes in the place of the old one. `false`: there is no old record any more, and nothing was done, so that what was
///    destroyed stays dead.
/// 2. `s.remove(key, indexes, now)` → `Result<bool>`: as `erase`, and takes the key out of each index.
/// 3. `s.members(index, now)` → `Result<std::vector<std::string>>`: the record keys in an index that are not over.
///
/// Modelled by storage::LuaRestyFile, storage::LuaRestyRedis, storage::LuaRestyMemcached.
template <class S>
concept RotatingStorage =
    ServerStorage<S> && requires(S& storage, const Rotation& rotation, std::string_view key,
                                 std::span<const std::string> indexes, std::chrono::sys_seconds now) {
        { storage.rotate(rotation) } -> Answers<Result<bool>>;
        { storage.remove(key, indexes, now) } -> Answers<Result<bool>>;
        { storage.members(key, now) } -> Answers<Result<std::vector<std::string>>>;
    };

} // namespace sojourn::inline v0
