#pragma once

#include <sojourn/chrono.hpp>
#include <sojourn/concepts.hpp>
#include <sojourn/error.hpp>
#include <sojourn/storage/detail/deadline.hpp>
#include <sojourn/storage/detail/posix.hpp>

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

/// What storages across a network share: byte streams whose every wait has an end, and pools of connections. For the
/// storages' own use; it may change with any release.
namespace sojourn::inline v0::storage::net {

/// Where a server listens.
struct Address {
    std::string host = {}; ///< a name or an IP address
    std::uint16_t port = 0;
    std::string unix_socket = {}; ///< a path; if there is one, it counts and not the other two

    bool operator==(const Address&) const = default;

    bool is_ipv6() const noexcept { return host.find(':') != host.npos; }

    /// As it is written in messages: `10.0.0.5:6379`, `[::1]:6379`, `/run/redis.sock`.
    std::string text() const
    {
        if (!unix_socket.empty())
            return unix_socket;
        return (is_ipv6() ? '[' + host + ']' : host) + ':' + std::to_string(port);
    }
};

/// A port as text; 0 is none.
inline std::optional<std::uint16_t> port_of(std::string_view text) noexcept
{
    std::uint16_t port = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), port);
    const bool whole = failed == std::errc{} && end == text.data() + text.size();
    return whole && port != 0 ? std::optional{port} : std::nullopt;
}

using Clock = std::chrono::steady_clock;
using Deadline = Clock::time_point;

inline Deadline within(std::chrono::milliseconds time) noexcept
{
    return storage::detail::deadline(Clock::now(), time);
}

/// Until the socket can do what `events` says, or is broken. False: not by then (ETIMEDOUT), or the system failed.
inline bool wait(int socket, short events, Deadline until) noexcept
{
    constexpr std::chrono::milliseconds longest{std::numeric_limits<int>::max()};
    for (;;) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now());
        pollfd one{socket, events, 0};
        const int ready = ::poll(&one, 1, static_cast<int>(std::clamp({}, left, longest).count()));
        if (ready > 0)
            return true;
        if (ready < 0 && errno != EINTR)
            return false;
        if (ready == 0 && left <= longest) {
            errno = ETIMEDOUT;
            return false;
        }
    }
}

/// `errc::store_failed` with what was tried and the system's words for errno.
inline Error failed(std::string_view operation)
{
    const std::error_code reason{errno, std::system_category()};
    return {errc::store_failed,
            std::string{operation}.append(": ") + (errno == ETIMEDOUT ? "timed out" : reason.message())};
}

} // namespace sojourn::inline v0::storage::net
