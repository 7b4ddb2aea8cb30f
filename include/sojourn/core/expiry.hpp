#pragma once

#include <sojourn/chrono.hpp>
#include <sojourn/concepts.hpp>
#include <sojourn/cookie/set_cookie.hpp>
#include <sojourn/error.hpp>
#include <sojourn/wire/frame.hpp>

#include <optional>

namespace sojourn::inline v0::core {

using std::chrono::seconds;
using wire::Time;
using wire::Times;

/// How long a session may live, each counted from its own moment; 0 switches a check off.
struct Timeouts {
    seconds idling{900};     ///< since the last activity
    seconds rolling{3600};   ///< since the id was last renewed
    seconds absolute{86400}; ///< since the session began
};

/// The longest life anything of ours has, in a browser (RFC 6265bis §5.5) and in a store: 400 days.
inline constexpr seconds longest_life = cookie::max_cookie_age;

/// How long something lasts, and from when on.
struct Life {
    seconds age{};
    Time from{};
};

/// The later, and the earlier, of two moments.
inline Time later(Time one, Time other) noexcept { return one < other ? other : one; }
inline Time earlier(Time one, Time other) noexcept { return one < other ? one : other; }

/// Time gone by; a clock that ran backwards, or another machine's that is ahead, counts as none.
inline seconds elapsed(Time since, Time now) noexcept { return now > since ? now - since : seconds{0}; }

/// Which timeout the session has passed; code 0 if none. One that is reached to the second is still good.
inline errc expired(const Times& times, Time now, const Timeouts& timeouts) noexcept
{
    const auto passed = [now](Time since, seconds limit) { return limit.count() != 0 && elapsed(since, now) > limit; };
    if (passed(times.created, timeouts.absolute))
        return errc::absolute_timeout;
    if (passed(times.saved, timeouts.rolling))
        return errc::rolling_timeout;
    if (passed(times.seen, timeouts.idling))
        return errc::idling_timeout;
    return {};
}

/// What is left of one timeout; nothing if it is switched off, 0 if it is used up.
inline std::optional<seconds> remaining(Time since, Time now, seconds limit) noexcept
{
    if (limit.count() == 0)
        return std::nullopt;
    const seconds gone = elapsed(since, now);
    return gone < limit ? limit - gone : seconds{0};
}

/// How long until the rolling or the absolute timeout, whichever comes first, and at least a second. Idling is not in it,
/// because a touch does not tell the store.
inline seconds time_to_live(const Times& times, Time now, const Timeouts& timeouts) noexcept
{
    seconds left = longest_life;
    const auto shorten = [&left, now](Time since, seconds limit) {
        if (const seconds rest = limit - elapsed(since, now); limit.count() != 0 && rest < left)
            left = rest;
    };
    shorten(times.saved, timeouts.rolling);
    shorten(times.created, timeouts.absolute);
    return left.count() > 0 ? left : seconds{1};
}

/// Whether three quarters of the rolling timeout are spent, so that `refresh` renews the session.
inline bool renewal_due(const Times& times, Time now, const Timeouts& timeouts) noexcept
{
    return timeouts.rolling.count() != 0 && elapsed(times.saved, now) * 4 > timeouts.rolling * 3;
}

} // namespace sojourn::inline v0::core
