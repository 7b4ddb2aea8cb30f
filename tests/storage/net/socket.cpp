#include <sojourn/storage/net/socket.hpp>

#include "../../servers/process.hpp"

#include <doctest/doctest.h>

#include <pthread.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

// Every wait has an end, and the right one, however it is waited.
namespace {

using namespace sojourn;
using namespace std::chrono_literals;
using storage::net::Clock;
using storage::net::Socket;
using storage::net::within;

/// A socket and who is at its other end.
struct Pair {
    explicit Pair(bool over_tcp) : socket{connect(over_tcp)} {}
    Pair(const Pair&) = delete;
    ~Pair() { ::close(peer); }

    void say(std::string_view text) const
    {
        REQUIRE(::send(peer, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size()));
    }

    int peer = -1;
    Socket socket;

private:
    Socket connect(bool over_tcp)
    {
        const scratch::Folder folder;
        const int listener = ::socket(over_tcp ? AF_INET : AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        storage::net::Address address{.host = "127.0.0.1"};
        if (over_tcp) {
            address.port = servers::bind_to_free_port(listener);
        } else {
            address.unix_socket = folder.path() / "socket";
            sockaddr_un name = {};
            name.sun_family = AF_UNIX;
            std::ranges::copy(address.unix_socket, &name.sun_path[0]);
            REQUIRE(::bind(listener, reinterpret_cast<const sockaddr*>(&name), sizeof(name)) == 0);
        }
        REQUIRE(::listen(listener, 1) == 0);
        auto connected = Socket::connect(address, within(60s)).value();
        peer = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
        REQUIRE(peer >= 0);
        ::close(listener);
        return connected;
    }
};

/// What is read until there is no more in time, and why there is not.
std::pair<std::string, std::string> read_all(Socket& socket, std::chrono::milliseconds time)
{
    std::string text;
    std::array<std::byte, 16> bytes;
    const auto until = within(time);
    for (;;) {
        const auto count = socket.read(bytes, until);
        if (!count)
            return {text, count.error().detail()};
        text.append(as_text(std::span{bytes}.first(*count)));
    }
}

/// Interrupts a thread all the time, by a signal whose handler lets no system call go on by itself.
class Interrupter {
public:
    Interrupter()
    {
        struct sigaction action = {};
        action.sa_handler = [](int) {};
        REQUIRE(::sigaction(SIGUSR1, &action, &before_) == 0);
    }
    Interrupter(const Interrupter&) = delete;
    ~Interrupter()
    {
        over_ = true;
        thread_.join();
        ::sigaction(SIGUSR1, &before_, nullptr);
    }

private:
    struct sigaction before_ = {};
    std::atomic<bool> over_ = false;
    std::thread thread_{[this, whom = ::pthread_self()] {
        while (!over_) {
            ::pthread_kill(whom, SIGUSR1);
            std::this_thread::sleep_for(1ms);
        }
    }};
};

} // namespace

TEST_CASE("a read ends when its time is over, be it short or long; what comes before then is had")
{
    for (const bool over_tcp : {true, false})
        for (const auto time : {0ms, 1ms, 30ms, 150ms, 300ms}) {
            CAPTURE(over_tcp);
            CAPTURE(time.count());
            Pair pair{over_tcp};
            pair.say("early");
            const auto began = Clock::now();
            CHECK(read_all(pair.socket, time) == std::pair<std::string, std::string>{"early", "read: timed out"});
            CHECK(Clock::now() - began >= time);
            CHECK(Clock::now() - began < 30s);
        }
}

TEST_CASE("a reply that takes its time is waited for, and the end of the stream is told at once")
{
    for (const bool over_tcp : {true, false}) {
        Pair pair{over_tcp};
        std::thread peer{[&] {
            std::this_thread::sleep_for(200ms); // longer than a single recv waits
            pair.say("late");
            ::shutdown(pair.peer, SHUT_WR);
        }};
        CHECK(read_all(pair.socket, 1h) ==
              std::pair<std::string, std::string>{"late", "the server closed the connection"});
        peer.join();
    }
}

TEST_CASE("a reply that comes a byte at a time ends with the time for all of it")
{
    Pair pair{true};
    std::atomic<bool> over = false;
    std::thread peer{[&] {
        while (!over) {
            pair.say("x");
            std::this_thread::sleep_for(5ms);
        }
    }};
    const auto began = Clock::now();
    const auto [text, why] = read_all(pair.socket, 300ms);
    over = true;
    peer.join();
    CHECK(why == "read: timed out");
    CHECK_FALSE(text.empty());
    CHECK(Clock::now() - began >= 300ms);
    CHECK(Clock::now() - began < 30s);
}

TEST_CASE("signals neither end a read nor prolong it")
{
    for (const bool over_tcp : {true, false}) {
        Pair pair{over_tcp};
        const Interrupter interrupter;
        const auto began = Clock::now();
        CHECK(read_all(pair.socket, 300ms).second == "read: timed out");
        CHECK(Clock::now() - began >= 300ms);
        CHECK(Clock::now() - began < 30s);
        std::thread peer{[&] {
            std::this_thread::sleep_for(20ms);
            pair.say("late");
            ::shutdown(pair.peer, SHUT_WR);
        }};
        CHECK(read_all(pair.socket, 1h).first == "late");
        peer.join();
    }
}

TEST_CASE("a write to who does not read ends when its time is over")
{
    for (const bool over_tcp : {true, false}) {
        Pair pair{over_tcp};
        const Bytes large(32 * 1024 * 1024);
        const auto began = Clock::now();
        CHECK(pair.socket.write(large, within(150ms)).error().detail() == "write: timed out");
        CHECK(Clock::now() - began >= 150ms);
        CHECK(Clock::now() - began < 30s);
    }
}

TEST_CASE("quiet is what lives and has nothing to say, which is known without waiting")
{
    for (const bool over_tcp : {true, false}) {
        Pair pair{over_tcp};
        const auto began = Clock::now();
        for (int n = 0; n != 1000; ++n)
            REQUIRE(pair.socket.is_quiet());
        CHECK(Clock::now() - began < 30s); // where each one that waits takes 50 ms
        pair.say("unasked");
        CHECK(servers::comes_true([&] { return !pair.socket.is_quiet(); }));
        CHECK(read_all(pair.socket, 0ms).first == "unasked");
        CHECK(pair.socket.is_quiet());
        ::shutdown(pair.peer, SHUT_WR);
        CHECK(servers::comes_true([&] { return !pair.socket.is_quiet(); }));
    }
}
