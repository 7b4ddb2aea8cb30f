#pragma once

#include "process.hpp"

#include <doctest/doctest.h>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

/// A TCP proxy on the loopback interface that a test can make misbehave.
namespace proxy_test {

class Proxy {
public:
    static constexpr std::size_t all = static_cast<std::size_t>(-1);

    explicit Proxy(std::uint16_t server) : server_{server}, listener_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)}
    {
        port_ = servers::bind_to_free_port(listener_);
        REQUIRE(::listen(listener_, 64) == 0);
        acceptor_ = std::thread{[this] { accept_all(); }};
    }
    Proxy(const Proxy&) = delete;
    ~Proxy()
    {
        over_ = true;
        acceptor_.join();
        for (auto& thread : threads_)
            thread.join();
        ::close(listener_);
    }

    std::uint16_t port() const noexcept { return port_; }

    /// Each connection is cut after that many bytes of what the server says from now on.
    void cut_replies_after(std::size_t bytes) noexcept { left_ = bytes; }
    /// Replies come a byte at a time, with that pause before each; 0: whole.
    void trickle(std::chrono::milliseconds pause) noexcept { pause_ = pause.count(); }
    /// This is said instead of what the server does.
    void say(std::string text)
    {
        const std::lock_guard lock{mutex_};
        instead_ = std::move(text);
    }
    /// How many connections there were so far, and how many bytes of commands and of replies came through.
    int connections() const noexcept { return connections_; }
    std::size_t requested() const noexcept { return requested_; }
    std::size_t replied() const noexcept { return replied_; }

private:
    static bool is_readable(int socket)
    {
        pollfd one{socket, POLLIN, 0};
        return ::poll(&one, 1, 10) > 0;
    }

    void accept_all()
    {
        while (!over_) {
            if (!is_readable(listener_))
                continue;
            const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
            if (client < 0)
                continue;
            const int yes = 1; // what is said is there at once, though it be little and the other side silent
            ::setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
            ++connections_;
            threads_.emplace_back([this, client] { forward(client); });
        }
    }

    void forward(int client)
    {
        const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const sockaddr_in name = servers::loopback(server_);
        bool goes_on = ::connect(server, reinterpret_cast<const sockaddr*>(&name), sizeof(name)) == 0;
        while (goes_on && !over_) {
            std::array<pollfd, 2> both{{{client, POLLIN, 0}, {server, POLLIN, 0}}};
            if (::poll(both.data(), both.size(), 10) <= 0)
                continue;
            goes_on = (both[0].revents == 0 || pass(client, server, false)) &&
                      (both[1].revents == 0 || pass(server, client, true));
        }
        ::close(server);
        ::close(client);
    }

    bool pass(int from, int to, bool is_reply)
    {
        std::array<char, 4096> bytes;
        const std::chrono::milliseconds pause{is_reply ? pause_.load() : 0};
        const auto count = ::recv(from, bytes.data(), pause.count() != 0 ? 1 : bytes.size(), 0);
        if (count <= 0)
            return false;
        std::this_thread::sleep_for(pause);
        std::string text{bytes.data(), static_cast<std::size_t>(count)};
        if (!is_reply) {
            requested_ += text.size();
        } else {
            const std::lock_guard lock{mutex_};
            if (!instead_.empty())
                text = instead_;
        }
        const auto allowed = is_reply ? left_.load() : all;
        const bool is_cut = allowed != all && text.size() >= allowed;
        if (is_cut)
            text.resize(allowed);
        else if (allowed != all)
            left_ -= text.size();
        while (!text.empty()) {
            const auto sent = ::send(to, text.data(), text.size(), MSG_NOSIGNAL);
            if (sent <= 0)
                return false;
            if (is_reply)
                replied_ += static_cast<std::size_t>(sent);
            text.erase(0, static_cast<std::size_t>(sent));
        }
        return !is_cut;
    }

    const std::uint16_t server_;
    const int listener_;
    std::uint16_t port_ = 0;
    std::atomic<bool> over_ = false;
    std::atomic<std::size_t> left_ = all;
    std::atomic<std::chrono::milliseconds::rep> pause_ = 0;
    std::atomic<int> connections_ = 0;
    std::atomic<std::size_t> requested_ = 0;
    std::atomic<std::size_t> replied_ = 0;
    std::mutex mutex_;
    std::string instead_;
    std::vector<std::thread> threads_;
    std::thread acceptor_;
};

} // namespace proxy_test
