#pragma once

#include <sojourn/core/expiry.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace sojourn::inline v0 {

/// What `Session::properties` tells. A session that was never saved has no id, no handle and no time left; a timeout that is
/// switched off has none left to tell.
struct Properties {
    std::string id;            ///< the 32-byte id in base64url. For the program, not for a log
    std::string handle;        ///< a hash that stays the same from login to logout and opens nothing; fit for logs
    std::string_view audience; ///< the session's
    std::string_view subject;  ///< whom it is about; empty: nobody
    std::optional<core::seconds> timeout;          ///< the least of the three that follow
    std::optional<core::seconds> idling_timeout;   ///< until it has idled for too long
    std::optional<core::seconds> rolling_timeout;  ///< until it had to be renewed
    std::optional<core::seconds> absolute_timeout; ///< until it is too old

    /// Fills in the four from the moments that the timeouts count from.
    void tell_time_left(const core::Times& times, core::Time now, const core::Timeouts& timeouts) noexcept
    {
        idling_timeout = core::remaining(times.seen, now, timeouts.idling);
        rolling_timeout = core::remaining(times.saved, now, timeouts.rolling);
        absolute_timeout = core::remaining(times.created, now, timeouts.absolute);
        for (const auto& left : {idling_timeout, rolling_timeout, absolute_timeout})
            if (left && (!timeout || *left < *timeout))
                timeout = left;
    }
};

} // namespace sojourn::inline v0
