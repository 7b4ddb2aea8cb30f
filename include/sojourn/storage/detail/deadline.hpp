#pragma once

#include <sojourn/chrono.hpp>
#include <sojourn/concepts.hpp>

namespace sojourn::inline v0::storage::detail {

/// `now + ttl` without overflow: a time to live beyond the clock's range lasts for ever, one below zero ends now.
/// `TimePoint` counts in milliseconds or finer and `now` is past its clock's epoch.
template <class TimePoint>
constexpr TimePoint deadline(TimePoint now, TimeToLive ttl) noexcept
{
    const auto longest = std::chrono::floor<TimeToLive>(TimePoint::max() - now);
    return ttl >= longest ? TimePoint::max() : ttl > TimeToLive::zero() ? now + ttl : now;
}

} // namespace sojourn::inline v0::storage::detail
