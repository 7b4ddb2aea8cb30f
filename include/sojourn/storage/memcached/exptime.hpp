#pragma once

#include <sojourn/chrono.hpp>
#include <sojourn/concepts.hpp>

#include <algorithm>
#include <cstdint>
#include <limits>

namespace sojourn::inline v0::storage::memcached {

/// A time to live as memcached's exptime: up to 30 days in seconds, above that as Unix time; what is beyond 32 bits of that
/// (the year 2106), never, which is 0; and what is over at once as a date long past.
///
/// In whole seconds, rounded up, and one more: memcached counts from the last tick of its clock, up to a second ago.
inline std::uint32_t exptime(TimeToLive ttl, std::chrono::system_clock::time_point now) noexcept
{
    using std::chrono::ceil;
    using std::chrono::seconds;
    constexpr std::int64_t most_relative = 60 * 60 * 24 * 30;
    constexpr std::uint32_t long_past = most_relative + 1; // a day of 1970
    constexpr std::uint32_t never = 0;
    constexpr TimeToLive longest = std::chrono::hours{24 * 366 * 200}; // longer than 32 bits can tell
    if (ttl.count() <= 0)
        return long_past;
    const std::int64_t left = ceil<seconds>(std::min(ttl, longest)).count() + 1;
    if (left <= most_relative)
        return static_cast<std::uint32_t>(left);
    const std::int64_t end = ceil<seconds>(now.time_since_epoch()).count() + left;
    return end <= std::numeric_limits<std::uint32_t>::max() ? static_cast<std::uint32_t>(end) : never;
}

inline std::uint32_t exptime(TimeToLive ttl) noexcept { return exptime(ttl, std::chrono::system_clock::now()); }

} // namespace sojourn::inline v0::storage::memcached
