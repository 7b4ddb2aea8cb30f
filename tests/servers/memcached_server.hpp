#pragma once

#include "../storage/scratch.hpp"

#include <doctest/doctest.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

/// A memcached of the test's own, on a free port or a socket in a folder of its own, that ends with the test.
namespace servers {

/// Polls until `done()`; a minute is long even for a machine that is busy.
template <class Done>
bool eventually(Done done)
{
    using Clock = std::chrono::steady_clock;
    for (const auto end = Clock::now() + std::chrono::minutes{1}; Clock::now() < end;
         std::this_thread::sleep_for(std::chrono::milliseconds{5}))
        if (done())
            return true;
    return done();
}

inline sockaddr_in loopback(std::uint16_t port)
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    return address;
}

/// A socket bound to a free port of the loopback, and which.
inline int bound_socket(std::uint16_t& port)
{
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    auto address = loopback(0);
    socklen_t size = sizeof(address);
    REQUIRE(::bind(socket, reinterpret_cast<const sockaddr*>(&address), size) == 0);
    REQUIRE(::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port = ntohs(address.sin_port);
    return socket;
}

inline std::uint16_t free_port()
{
    std::uint16_t port = 0;
    ::close(bound_socket(port));
    return port;
}

class MemcachedServer {
public:
    enum class At { port, path };

    /// With its own command-line options besides. With users (name, password) it takes SASL and no text protocol.
    explicit MemcachedServer(std::vector<std::string> options = {}, At at = At::port,
                             std::vector<std::pair<std::string, std::string>> users = {})
        : options_{std::move(options)}, speaks_text_{users.empty()}
    {
        if (at == At::path)
            path_ = folder_.path() / "socket";
        if (!users.empty())
            add(users);
        for (int attempt = 0; attempt != 20; ++attempt) { // somebody else may take the port that was free
            port_ = at == At::port ? free_port() : std::uint16_t{0};
            if (start())
                return;
        }
        FAIL("memcached does not start");
    }
    MemcachedServer(MemcachedServer&&) = delete;
    ~MemcachedServer() { kill(); }

    std::uint16_t port() const noexcept { return port_; }
    std::string path() const { return path_; }
    const scratch::Folder& folder() const noexcept { return folder_; }

    /// At the same address, with nothing in memory. Whether it answers.
    bool start()
    {
        std::vector<std::string> words{"memcached", "-U", "0", "-t", "2"};
        if (::geteuid() == 0) // it has to be told so; as another user it would forget whose end is to be its own
            words.insert(words.end(), {"-u", "root"});
        if (port_ != 0)
            words.insert(words.end(), {"-l", "127.0.0.1", "-p", std::to_string(port_)});
        else
            words.insert(words.end(), {"-s", path_});
        words.insert(words.end(), options_.begin(), options_.end());
        std::vector<char*> arguments;
        for (auto& word : words)
            arguments.push_back(word.data());
        arguments.push_back(nullptr);
        const auto parent = ::getpid();
        process_ = ::fork();
        REQUIRE(process_ >= 0);
        if (process_ == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            ::setenv("SASL_CONF_PATH", folder_.path().c_str(), 1);
            if (::getppid() == parent)
                ::execvp(arguments[0], arguments.data());
            ::_exit(127);
        }
        bool running = true;
        const bool answered = eventually([&] {
            running = ::waitpid(process_, nullptr, WNOHANG) == 0;
            return !running || (speaks_text_ ? command("version").starts_with("VERSION") : connects());
        });
        if (!running)
            process_ = -1;
        else if (!answered)
            kill();
        return running && answered;
    }
    void kill()
    {
        if (process_ <= 0)
            return;
        ::kill(process_, SIGKILL);
        ::waitpid(process_, nullptr, 0);
        process_ = -1;
    }
    /// Alive, but doing nothing: connections are made by the system, and no request is answered.
    void freeze() const
    {
        ::kill(process_, SIGSTOP);
        int status = 0;
        ::waitpid(process_, &status, WUNTRACED);
    }
    void thaw() const { ::kill(process_, SIGCONT); }

    /// What the server says to a line of its text protocol, to the first end of a line, or all if it ends with `END`.
    std::string command(std::string_view line) const
    {
        const int socket = connect();
        if (socket < 0)
            return {};
        std::string reply;
        const auto text = std::string{line} + "\r\n";
        if (::send(socket, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size())) {
            char bytes[4096];
            pollfd readable{socket, POLLIN, 0};
            const bool is_list = line.starts_with("get") || line.starts_with("stats");
            while (!reply.ends_with(is_list ? "END\r\n" : "\r\n") && ::poll(&readable, 1, 60'000) == 1) {
                const auto count = ::recv(socket, bytes, sizeof(bytes), 0);
                if (count <= 0)
                    break;
                reply.append(bytes, static_cast<std::size_t>(count));
            }
        }
        ::close(socket);
        return reply;
    }
    /// One of its statistics, as a number.
    long statistic(std::string_view name) const
    {
        const auto all = command("stats");
        const auto found = all.find("STAT " + std::string{name} + ' ');
        return found == all.npos ? -1 : std::atol(all.c_str() + found + name.size() + 6);
    }

private:
    /// Where Cyrus SASL looks for the settings of a program of that name.
    void add(const std::vector<std::pair<std::string, std::string>>& users)
    {
        options_.emplace_back("-S");
        const std::string file = folder_.path() / "users";
        for (const auto& [name, password] : users)
            REQUIRE(std::system(("printf %s '" + password +
                                 "' | PATH=$PATH:/usr/sbin saslpasswd2 -p -c -a memcached -u here -f '" + file + "' '" +
                                 name + "'")
                                    .c_str()) == 0);
        scratch::write(folder_.path() / "memcached.conf", "mech_list: plain\nsasldb_path: " + file + "\n");
    }

    int connect() const
    {
        const int socket = ::socket(port_ != 0 ? AF_INET : AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const auto tcp = loopback(port_);
        sockaddr_un local{};
        local.sun_family = AF_UNIX;
        path_.copy(local.sun_path, sizeof(local.sun_path) - 1);
        const auto* address =
            port_ != 0 ? reinterpret_cast<const sockaddr*>(&tcp) : reinterpret_cast<const sockaddr*>(&local);
        if (::connect(socket, address, port_ != 0 ? sizeof(tcp) : sizeof(local)) == 0)
            return socket;
        ::close(socket);
        return -1;
    }
    bool connects() const
    {
        const int socket = connect();
        ::close(socket);
        return socket >= 0;
    }

    scratch::Folder folder_;
    std::vector<std::string> options_;
    bool speaks_text_;
    std::string path_;
    std::uint16_t port_ = 0;
    pid_t process_ = -1;
};

} // namespace servers
