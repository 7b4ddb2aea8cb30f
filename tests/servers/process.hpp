#pragma once

#include "../storage/scratch.hpp"

#include <doctest/doctest.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

/// Real servers that a test starts for itself: on free ports of the loopback interface, in folders of their own, gone with
/// the test, whatever becomes of it.
namespace servers {

using Words = std::vector<std::string>;
using Clock = std::chrono::steady_clock;

/// Whether `is_so()` comes true, while a slow and busy machine may still be at it.
template <class IsSo>
bool comes_true(IsSo is_so, std::chrono::seconds patience = std::chrono::seconds{60})
{
    for (const auto end = Clock::now() + patience; Clock::now() < end;) {
        if (is_so())
            return true;
        std::this_thread::sleep_for(std::chrono::milliseconds{10});
    }
    return is_so();
}

inline sockaddr_in loopback(std::uint16_t port)
{
    sockaddr_in name = {};
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    name.sin_port = htons(port);
    return name;
}

/// A socket at a port that nobody else has; which one.
inline std::uint16_t bind_to_free_port(int socket)
{
    sockaddr_in name = loopback(0);
    socklen_t size = sizeof(name);
    auto* const address = reinterpret_cast<sockaddr*>(&name);
    REQUIRE(::bind(socket, address, size) == 0);
    REQUIRE(::getsockname(socket, address, &size) == 0);
    return ntohs(name.sin_port);
}

/// One that nobody listens on now; somebody else may be quicker to take it.
inline std::uint16_t free_port()
{
    const int probe = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto port = bind_to_free_port(probe);
    ::close(probe);
    return port;
}

/// A program that runs until the end of the scope, and ends with the test program however that ends.
class Process {
public:
    Process(Words words, const std::filesystem::path& log)
    {
        std::vector<char*> arguments; // made before the fork: other threads may hold what memory needs
        for (auto& word : words)
            arguments.push_back(word.data());
        arguments.push_back(nullptr);
        const auto parent = ::getpid();
        id_ = ::fork();
        REQUIRE(id_ >= 0);
        if (id_ != 0)
            return;
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        ::dup2(out, STDOUT_FILENO);
        ::dup2(out, STDERR_FILENO);
        if (::getppid() == parent)
            ::execvp(arguments[0], arguments.data());
        ::_exit(127);
    }
    Process(const Process&) = delete;
    ~Process()
    {
        ::kill(id_, SIGKILL);
        ::waitpid(id_, nullptr, 0);
    }

    void signal(int number) const
    {
        REQUIRE(::kill(id_, number) == 0);
        int status = 0;
        if (number == SIGSTOP) // takes its time on a busy machine
            ::waitpid(id_, &status, WUNTRACED);
    }
    bool has_ended() const
    {
        siginfo_t info = {};
        return ::waitid(P_PID, static_cast<id_t>(id_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == id_;
    }

private:
    pid_t id_ = -1;
};

} // namespace servers
