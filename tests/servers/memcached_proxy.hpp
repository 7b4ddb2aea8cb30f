#pragma once

#include "memcached_server.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <thread>
#include <utility>

/// What can stand between a client and a server, or in a server's place.
namespace proxies {

/// Stands between client and server on the loopback, and lets through what the test says.
class Proxy {
public:
    explicit Proxy(std::uint16_t server) : server_{server}, listener_{servers::bound_socket(port_)}
    {
        REQUIRE(::listen(listener_, 16) == 0);
        acceptor_ = std::thread{[this] { accept(); }};
    }
    Proxy(Proxy&&) = delete;
    ~Proxy()
    {
        stop_ = true;
        acceptor_.join();
        for (auto& thread : connections_)
            thread.join();
        ::close(listener_);
    }

    std::uint16_t port() const noexcept { return port_; }

    /// After so many more bytes of replies the connection is cut, once.
    void cut_after(long bytes) noexcept { cut_after_ = bytes; }
    /// Replies come a byte at a time, with a pause before each. None: whole.
    void trickle(std::chrono::milliseconds pause) noexcept { pause_ = pause.count(); }

    /// Bytes of requests that have been passed on, or dropped, and connections made, so far.
    long requested() const noexcept { return requested_; }
    int accepted() const noexcept { return accepted_; }

private:
    static constexpr long never = -1;

    static bool readable(int socket, int milliseconds)
    {
        pollfd one{socket, POLLIN, 0};
        return ::poll(&one, 1, milliseconds) == 1;
    }

    void accept()
    {
        while (!stop_)
            if (readable(listener_, 5))
                if (const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC); client >= 0) {
                    ++accepted_;
                    connections_.emplace_back([this, client] { serve(client); });
                }
    }

    void serve(int client)
    {
        const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const auto address = servers::loopback(server_);
        if (::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0)
            while (!stop_ && forward(client, server) && reply(server, client)) {}
        ::close(server);
        ::close(client);
    }

    bool forward(int client, int server)
    {
        char bytes[65536];
        if (!readable(client, 1))
            return true;
        const auto count = ::recv(client, bytes, sizeof(bytes), 0);
        if (count <= 0 || ::send(server, bytes, static_cast<std::size_t>(count), MSG_NOSIGNAL) != count)
            return false;
        requested_ += count;
        return true;
    }

    bool reply(int server, int client)
    {
        char bytes[65536];
        if (!readable(server, 1))
            return true;
        const bool is_slow = pause_ != 0;
        auto count = ::recv(server, bytes, is_slow ? 1 : sizeof(bytes), 0);
        if (count <= 0)
            return false;
        if (is_slow)
            std::this_thread::sleep_for(std::chrono::milliseconds{pause_});
        const long left = cut_after_;
        const bool cut = left != never && count >= left;
        if (cut)
            count = left;
        if (left != never)
            cut_after_ = cut ? never : left - count;
        return ::send(client, bytes, static_cast<std::size_t>(count), MSG_NOSIGNAL) == count && !cut;
    }

    std::uint16_t server_;
    std::uint16_t port_ = 0;
    int listener_;
    std::atomic<bool> stop_ = false;
    std::atomic<long> cut_after_ = never;
    std::atomic<long> pause_ = 0;
    std::atomic<long> requested_ = 0;
    std::atomic<int> accepted_ = 0;
    std::thread acceptor_;
    std::list<std::thread> connections_;
};

/// Answers by itself: `serve(socket)` is called for each connection, one after the other, and the socket closed then.
template <class Serve>
class Impostor {
public:
    explicit Impostor(Serve serve) : serve_{std::move(serve)}, listener_{servers::bound_socket(port_)}
    {
        REQUIRE(::listen(listener_, 16) == 0);
        thread_ = std::thread{[this] {
            pollfd one{listener_, POLLIN, 0};
            while (!stop_) {
                if (::poll(&one, 1, 5) != 1)
                    continue;
                const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
                serve_(socket);
                ::close(socket);
            }
        }};
    }
    Impostor(Impostor&&) = delete;
    ~Impostor()
    {
        stop_ = true;
        thread_.join();
        ::close(listener_);
    }
    std::uint16_t port() const noexcept { return port_; }

private:
    Serve serve_;
    std::uint16_t port_ = 0;
    int listener_;
    std::atomic<bool> stop_ = false;
    std::thread thread_;
};

} // namespace proxies
