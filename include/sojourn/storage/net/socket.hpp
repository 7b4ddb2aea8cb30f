#pragma once

#include <sojourn/bytes.hpp>
#include <sojourn/chrono.hpp>
#include <sojourn/error.hpp>
#include <sojourn/result.hpp>
#include <sojourn/storage/detail/posix.hpp>
#include <sojourn/storage/net/address.hpp>

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

namespace sojourn::inline v0::storage::net {

/// How a stream is to encrypt and whom it is to believe; tls.hpp does, a plain socket cannot.
struct TlsSettings {
    bool on = false;
    bool verify = true;
    std::string ca_file = {};
    std::string server_name = {}; ///< none: the host of the address
};

/// A byte stream over TCP or a Unix socket. Errors are `errc::store_failed` with the operation and the system's words.
///
/// Host names are looked up by the system's resolver, which keeps to its own time limits (resolv.conf).
class Socket {
public:
    static constexpr bool can_encrypt = false;

    /// What the connections of one storage share: for a plain socket, nothing.
    struct Context {
        explicit Context(const TlsSettings&) noexcept {}
        std::optional<Error> unlawful() const { return std::nullopt; }
    };

    static Result<Socket> connect(const Address& address, const Context&, Deadline until)
    {
        return connect(address, until);
    }

    static Result<Socket> connect(const Address& address, Deadline until)
    {
        return address.unix_socket.empty() ? connect_tcp(address, until) : connect_unix(address, until);
    }

    /// For calls that do not wait (MSG_DONTWAIT).
    int get() const noexcept { return socket_.get(); }

    /// Writes all of it.
    Result<void> write(BytesView bytes, Deadline until)
    {
        while (!bytes.empty()) {
            const auto count = storage::detail::uninterrupted(
                [&] { return ::send(get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT); });
            if (count >= 0)
                bytes = bytes.subspan(static_cast<std::size_t>(count));
            else if (!would_block() || !wait(get(), POLLOUT, until))
                return failed("write");
        }
        return {};
    }

    /// Reads what is there, at least one byte: how many. The end of the stream is an error.
    Result<std::size_t> read(std::span<std::byte> bytes, Deadline until)
    {
        // Most replies come soon: to wait within recv is one system call instead of three
        int flags = until - Clock::now() > 2 * patience ? 0 : MSG_DONTWAIT;
        for (;; flags = MSG_DONTWAIT) {
            const auto count = ::recv(get(), bytes.data(), bytes.size(), flags);
            if (count > 0)
                return static_cast<std::size_t>(count);
            if (count == 0)
                return Error{errc::store_failed, "the server closed the connection"};
            if ((!would_block() && errno != EINTR) || !wait(get(), POLLIN, until))
                return failed("read");
        }
    }

    /// Whether nothing is there to be read, not even the end: what an idle connection that still lives looks like.
    bool is_quiet() const noexcept
    {
        std::byte one;
        return ::recv(get(), &one, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && would_block();
    }

private:
    explicit Socket(storage::detail::Descriptor socket) noexcept : socket_{std::move(socket)} {}

    /// How long a recv waits by itself, which knows no deadline; from then on it is poll that waits.
    static constexpr std::chrono::milliseconds patience{50};

    static bool would_block() noexcept { return errno == EAGAIN; }

    static storage::detail::Descriptor open(int family) noexcept
    {
        return storage::detail::Descriptor{::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    }

    static Result<Socket> connect_unix(const Address& address, Deadline until)
    {
        sockaddr_un name = {};
        name.sun_family = AF_UNIX;
        if (address.unix_socket.size() >= sizeof(name.sun_path))
            return Error{errc::store_failed, "connect: the path is too long"};
        std::memcpy(name.sun_path, address.unix_socket.data(), address.unix_socket.size());
        Socket socket{open(AF_UNIX)};
        while (!socket.connect_to(&name, sizeof(name), until)) {
            if (errno != EAGAIN) // the server's queue is full, which cannot be waited for otherwise
                return failed("connect");
            if (Clock::now() >= until) {
                errno = ETIMEDOUT;
                return failed("connect");
            }
            ::poll(nullptr, 0, 1);
        }
        return socket;
    }

    /// Tries each address of the host, for its share of the time.
    static Result<Socket> connect_tcp(const Address& address, Deadline until)
    {
        addrinfo hints = {};
        hints.ai_family = AF_UNSPEC;
        hints.ai_socktype = SOCK_STREAM;
        hints.ai_flags = AI_NUMERICSERV;
        addrinfo* list = nullptr;
        if (const int refused =
                ::getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &list))
            return Error{errc::store_failed, std::string{"look up the host: "} + ::gai_strerror(refused)};
        const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> addresses{list, &::freeaddrinfo};

        auto left = 0;
        for (const auto* each = list; each != nullptr; each = each->ai_next)
            ++left;
        for (const auto* each = list; each != nullptr; each = each->ai_next) {
            Socket socket{open(each->ai_family)};
            const auto now = Clock::now();
            if (socket.connect_to(each->ai_addr, each->ai_addrlen, now + (std::max(until, now) - now) / left--)) {
                const int yes = 1;
                ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
                ::setsockopt(socket.get(), SOL_SOCKET, SO_KEEPALIVE, &yes, sizeof(yes));
                socket.let_recv_wait();
                return socket;
            }
        }
        return failed("connect");
    }

    /// False: the reason is in errno.
    bool connect_to(const void* name, socklen_t size, Deadline until) noexcept
    {
        if (get() < 0)
            return false;
        if (::connect(get(), static_cast<const sockaddr*>(name), size) == 0)
            return true;
        if ((errno != EINPROGRESS && errno != EINTR) || !wait(get(), POLLOUT, until))
            return false;
        int reason = 0;
        socklen_t length = sizeof(reason);
        if (::getsockopt(get(), SOL_SOCKET, SO_ERROR, &reason, &length) == 0)
            errno = reason;
        return errno == 0;
    }

    /// Once it is connected. Where the system refuses, recv does not wait, and poll does from the beginning.
    ///
    /// Not for a Unix socket: Linux wakes who waits within its recv also when the peer has read what was sent, for nothing, which
    /// costs more than the calls saved.
    void let_recv_wait() noexcept
    {
        const timeval longest{0, std::chrono::microseconds{patience}.count()};
        const int flags = ::fcntl(get(), F_GETFL);
        if (flags >= 0 && ::setsockopt(get(), SOL_SOCKET, SO_RCVTIMEO, &longest, sizeof(longest)) == 0)
            ::fcntl(get(), F_SETFL, flags & ~O_NONBLOCK);
    }

    storage::detail::Descriptor socket_;
};

} // namespace sojourn::inline v0::storage::net
