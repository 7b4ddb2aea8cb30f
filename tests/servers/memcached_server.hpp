#pragma once

#include "process.hpp"

#include <doctest/doctest.h>

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Real memcached servers.
namespace memcached_test {

using servers::comes_true;
using servers::Words;
using Users = std::vector<std::pair<std::string, std::string>>; ///< names and passwords

class MemcachedServer {
public:
    enum class At { port, path };

    /// `options` go on its command line. With users it takes SASL and no text protocol; with TLS (-Z) no other.
    explicit MemcachedServer(Words options = {}, At at = At::port, const Users& users = {})
        : options_{std::move(options)}, is_text_{users.empty() && std::ranges::count(options_, "-Z") == 0}
    {
        if (at == At::path)
            path_ = folder_.path() / "socket";
        if (!users.empty())
            add(users);
        start();
    }
    MemcachedServer(const MemcachedServer&) = delete;

    std::uint16_t port() const noexcept { return port_; }
    std::string unix_socket() const { return path_; }
    void signal(int number) const { process_->signal(number); }

    /// As if the machine had gone; `start` brings it back at the same address, with nothing in memory.
    void kill() { process_.reset(); }
    void start()
    {
        const bool is_new = port_ == 0;
        for (int attempt = 0; attempt != 20; ++attempt) {
            if (is_new && path_.empty())
                port_ = servers::free_port();
            Words words{"env", "SASL_CONF_PATH=" + folder_.path().string(), "memcached", "-U", "0", "-t", "2"};
            if (::geteuid() == 0) // it has to be told so; as another user it would forget whose end is to be its own
                words.insert(words.end(), {"-u", "root"});
            if (path_.empty())
                words.insert(words.end(), {"-l", "127.0.0.1", "-p", std::to_string(port_)});
            else
                words.insert(words.end(), {"-s", path_});
            words.insert(words.end(), options_.begin(), options_.end());
            process_ = std::make_unique<servers::Process>(std::move(words), folder_.path() / "log");
            bool answers = false;
            comes_true([&] { return (answers = is_ready()) || process_->has_ended(); });
            if (answers && !process_->has_ended()) // else it was another program's port
                return;
            process_.reset();
        }
        FAIL("memcached does not start: ", scratch::read(folder_.path() / "log"));
    }

    /// What it says to a line of its text protocol, to the first end of a line, or all if it ends with `END`.
    std::string ask(std::string_view line) const
    {
        const int socket = connect();
        std::string reply;
        const auto text = std::string{line} + "\r\n";
        if (::send(socket, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size())) {
            std::array<char, 4096> bytes;
            pollfd readable{socket, POLLIN, 0};
            const bool is_list = line.starts_with("get") || line.starts_with("stats");
            while (!reply.ends_with(is_list ? "END\r\n" : "\r\n") && ::poll(&readable, 1, 60'000) == 1) {
                const auto count = ::recv(socket, bytes.data(), bytes.size(), 0);
                if (count <= 0)
                    break;
                reply.append(bytes.data(), static_cast<std::size_t>(count));
            }
        }
        ::close(socket);
        return reply;
    }
    /// One of its statistics.
    long statistic(std::string_view name) const
    {
        const auto all = ask("stats");
        const auto found = all.find("STAT " + std::string{name} + ' ');
        return found == all.npos ? -1 : std::atol(all.c_str() + found + name.size() + 6);
    }

private:
    bool is_ready() const
    {
        if (is_text_)
            return ask("version").starts_with("VERSION");
        const int socket = connect();
        ::close(socket);
        return socket >= 0;
    }

    /// Where Cyrus SASL looks for the settings of a program of that name.
    void add(const Users& users)
    {
        options_.emplace_back("-S");
        const std::string file = folder_.path() / "users";
        for (const auto& [name, password] : users) {
            const auto command = "printf %s '" + password +
                                 "' | PATH=$PATH:/usr/sbin saslpasswd2 -p -c -a memcached -u here -f '" + file + "' '" +
                                 name + "'";
            REQUIRE(std::system(command.c_str()) == 0);
        }
        scratch::write(folder_.path() / "memcached.conf", "mech_list: plain\nsasldb_path: " + file + "\n");
    }

    /// -1: nobody listens.
    int connect() const
    {
        const int socket = ::socket(path_.empty() ? AF_INET : AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const auto tcp = servers::loopback(port_);
        sockaddr_un local = {};
        local.sun_family = AF_UNIX;
        path_.copy(local.sun_path, sizeof(local.sun_path) - 1);
        const void* const address = path_.empty() ? static_cast<const void*>(&tcp) : &local;
        if (::connect(socket, static_cast<const sockaddr*>(address), path_.empty() ? sizeof(tcp) : sizeof(local)) == 0)
            return socket;
        ::close(socket);
        return -1;
    }

    scratch::Folder folder_;
    Words options_;
    bool is_text_;
    std::string path_;
    std::uint16_t port_ = 0;
    std::unique_ptr<servers::Process> process_;
};

/// Options for a storage on a server, with more patience than a busy machine needs.
template <class Options>
Options options_for(const MemcachedServer& server)
{
    Options options;
    if (server.port() != 0)
        options.port = server.port();
    options.unix_socket = server.unix_socket();
    options.connect_timeout = options.send_timeout = options.read_timeout = std::chrono::seconds{30};
    return options;
}

} // namespace memcached_test
