#pragma once

#include <sojourn/bytes.hpp>
#include <sojourn/storage/detail/posix.hpp>

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <climits>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <system_error>

/// Streams with deadlines: every call ends by its deadline, however little arrives at a time. They report as the system
/// does, the reason in errno; ETIMEDOUT when the deadline has passed.
namespace sojourn::inline v0::storage::detail::memcached {

using Clock = std::chrono::steady_clock;
using Deadline = Clock::time_point;

/// A server's address; the path of a Unix socket takes precedence.
struct Address {
    std::string host;
    std::uint16_t port = 0;
    std::string path;

    /// As an error names it.
    std::string text() const { return path.empty() ? host + ':' + std::to_string(port) : path; }
};

inline std::string words_for(int reason) { return std::error_code{reason, std::system_category()}.message(); }

inline bool wait_for(int socket, short events, Deadline deadline) noexcept
{
    for (;;) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
        pollfd one{socket, events, 0};
        const int ready = ::poll(&one, 1, static_cast<int>(std::clamp<std::int64_t>(left, 0, INT_MAX)));
        if (ready > 0)
            return true;
        if (ready < 0 && errno != EINTR)
            return false;
        if (ready == 0 && left <= INT_MAX) {
            errno = ETIMEDOUT;
            return false;
        }
    }
}

/// Sends both, one after the other. Else false, and the server has not got all of it.
inline bool send_all(int socket, std::span<std::byte> head, BytesView value, Deadline deadline) noexcept
{
    std::array<iovec, 2> parts{
        {{head.data(), head.size()}, {const_cast<std::byte*>(value.data()), value.size()}}}; // only read from
    std::size_t next = 0;
    while (next != parts.size()) {
        msghdr message{};
        message.msg_iov = &parts.at(next);
        message.msg_iovlen = parts.size() - next;
        const auto sent = ::sendmsg(socket, &message, MSG_NOSIGNAL);
        if (sent < 0) {
            if (errno == EINTR)
                continue;
            if ((errno != EAGAIN && errno != EWOULDBLOCK) || !wait_for(socket, POLLOUT, deadline))
                return false;
        }
        for (auto rest = static_cast<std::size_t>(std::max<ssize_t>(sent, 0)); next != parts.size(); ++next) {
            auto& part = parts.at(next);
            const auto count = std::min(rest, part.iov_len);
            rest -= count;
            part.iov_base = static_cast<std::byte*>(part.iov_base) + count;
            part.iov_len -= count;
            if (part.iov_len != 0)
                break;
        }
    }
    return true;
}

/// What is there, and at least a byte: how many, 0 if the server has closed the connection, -1.
inline ssize_t receive(int socket, std::span<std::byte> bytes, Deadline deadline) noexcept
{
    for (;;) {
        if (!wait_for(socket, POLLIN, deadline))
            return -1;
        const auto count = ::recv(socket, bytes.data(), bytes.size(), MSG_DONTWAIT);
        if (count >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR))
            return count;
    }
}

/// Whether a connection that nobody uses can be used: it is open, and nothing came that nobody asked for.
inline bool is_quiet(int socket) noexcept
{
    std::byte byte{};
    return ::recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

/// To one address of a host.
inline Descriptor connect_to(const addrinfo& address, Deadline deadline) noexcept
{
    Descriptor socket{
        ::socket(address.ai_family, address.ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, address.ai_protocol)};
    if (!socket)
        return socket;
    const int yes = 1;
    ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
    if (::connect(socket.get(), address.ai_addr, address.ai_addrlen) == 0)
        return socket;
    if ((errno != EINPROGRESS && errno != EINTR) || !wait_for(socket.get(), POLLOUT, deadline))
        return {};
    int reason = 0;
    socklen_t size = sizeof(reason);
    ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &reason, &size);
    errno = reason;
    return reason == 0 ? std::move(socket) : Descriptor{};
}

inline Descriptor connect_to(const std::string& path, Deadline deadline) noexcept
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof(address.sun_path)) {
        errno = ENAMETOOLONG;
        return {};
    }
    std::memcpy(static_cast<char*>(address.sun_path), path.c_str(), path.size());
    // It may wait for room in the server's queue, which poll does not tell of: so it blocks, with a limit.
    const auto left =
        std::max(std::chrono::ceil<std::chrono::microseconds>(deadline - Clock::now()), std::chrono::microseconds{1});
    const timeval limit{left.count() / 1'000'000, left.count() % 1'000'000};
    Descriptor socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    if (!socket || ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) != 0)
        return {};
    const auto* generic = static_cast<const sockaddr*>(static_cast<const void*>(&address));
    const int connected = uninterrupted([&] { return ::connect(socket.get(), generic, sizeof(address)); });
    if (connected != 0 && errno == EAGAIN)
        errno = ETIMEDOUT;
    return connected == 0 && ::fcntl(socket.get(), F_SETFL, O_NONBLOCK) == 0 ? std::move(socket) : Descriptor{};
}

/// A connection, or none and `why`. A host's addresses are tried in turn, all by the deadline; only looking up its name
/// takes as long as the system's resolver does.
inline Descriptor connect_to(const Address& address, Deadline deadline, std::string& why)
{
    if (!address.path.empty()) {
        auto socket = connect_to(address.path, deadline);
        if (!socket)
            why = words_for(errno);
        return socket;
    }
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* all = nullptr;
    if (const int error = ::getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &all);
        error != 0) {
        why = error == EAI_SYSTEM ? words_for(errno) : ::gai_strerror(error);
        return {};
    }
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owned{all, ::freeaddrinfo};
    for (const addrinfo* one = all; one != nullptr; one = one->ai_next)
        if (auto socket = connect_to(*one, deadline))
            return socket;
    why = words_for(errno);
    return {};
}

} // namespace sojourn::inline v0::storage::detail::memcached
