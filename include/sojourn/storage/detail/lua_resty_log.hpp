#pragma once

#include <sojourn/bytes.hpp>
#include <sojourn/chrono.hpp>
#include <sojourn/wire/base64url.hpp>
#include <sojourn/wire/bytes_io.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

// An index of lua-resty-session where the store has no sets: a log of `key:expiry;` for what came and `key;` for what went.
// A key has 43 characters, an expiry is 5 bytes of Unix seconds, little-endian, as 7 characters of base64url.

namespace sojourn::inline v0::storage::detail {

inline constexpr std::size_t log_key_size = 43;
inline constexpr std::size_t log_expiry_size = 7;

inline std::string log_entry(std::string_view key, std::chrono::sys_seconds expires)
{
    std::array<std::byte, 5> bytes;
    wire::Writer{bytes.data()}.integer<5>(static_cast<std::uint64_t>(expires.time_since_epoch().count()));
    std::string entry{key};
    entry.append(1, ':').resize(key.size() + 1 + log_expiry_size);
    wire::encode(bytes, entry.data() + key.size() + 1);
    return entry.append(1, ';');
}

inline std::string log_removal(std::string_view key) { return std::string{key} + ";"; }

/// The keys that the log ends with, each with its expiry, without those that are over. What cannot be read ends it.
inline std::map<std::string, std::chrono::sys_seconds, std::less<>> read_log(std::string_view log,
                                                                             std::chrono::sys_seconds now)
{
    std::map<std::string, std::chrono::sys_seconds, std::less<>> latest;
    while (log.size() > log_key_size) {
        const auto key = log.substr(0, log_key_size);
        const char mark = log[log_key_size];
        log.remove_prefix(log_key_size + 1);
        latest.erase(std::string{key});
        if (mark == ';')
            continue;
        std::array<std::byte, 5> bytes;
        if (mark != ':' || log.size() <= log_expiry_size || log[log_expiry_size] != ';' ||
            !wire::decode(log.substr(0, log_expiry_size), bytes.data()))
            break;
        const std::chrono::sys_seconds expires{
            std::chrono::seconds{static_cast<std::int64_t>(wire::Reader{bytes}.integer<5>())}};
        log.remove_prefix(log_expiry_size + 1);
        if (expires > now)
            latest.emplace(key, expires);
    }
    return latest;
}

inline std::vector<std::string> log_members(std::string_view log, std::chrono::sys_seconds now)
{
    std::vector<std::string> members;
    for (const auto& [key, expires] : read_log(log, now))
        members.push_back(key);
    return members;
}

/// The same with nothing in it that is over; and when the last of it will be, `now` if there is nothing.
struct CompactLog {
    std::string text;
    std::chrono::sys_seconds expires;
};
inline CompactLog compact_log(std::string_view log, std::chrono::sys_seconds now)
{
    CompactLog compact{{}, now};
    for (const auto& [key, expires] : read_log(log, now)) {
        compact.text += log_entry(key, expires);
        compact.expires = std::max(compact.expires, expires);
    }
    return compact;
}

/// Whether most of what it holds is over, and there is enough of it to matter.
inline bool wants_compaction(std::string_view log, std::chrono::sys_seconds now)
{
    constexpr std::size_t small = 2048;
    return log.size() > small && log.size() > 2 * compact_log(log, now).text.size();
}

} // namespace sojourn::inline v0::storage::detail
