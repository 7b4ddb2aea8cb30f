#pragma once

#include <sojourn/bytes.hpp>
#include <sojourn/crypto/secret.hpp>
#include <sojourn/error.hpp>
#include <sojourn/storage/net/address.hpp>
#include <sojourn/storage/net/pool.hpp>
#include <sojourn/storage/net/socket.hpp>

#include <sodium/utils.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace sojourn::inline v0::storage::redis {

struct Timeouts {
    std::chrono::milliseconds connect{};
    std::chrono::milliseconds send{};
    std::chrono::milliseconds read{};
};

/// How a Redis server is reached and used. `Stream` is net::Socket, or net::Tls where TLS is to be had.
template <class Stream>
struct Options {
    /// A name or an IP address. Default: 127.0.0.1, this machine.
    std::string host = "127.0.0.1";
    /// Default: 6379, Redis's own.
    std::uint16_t port = 6379;
    /// The path of a Unix socket, used instead of host and port. Default: none.
    std::string unix_socket = {};

    /// Who logs in (Redis 6 and later). Default: none, the server's default user.
    std::string username = {};
    /// The password of the user, or of the server (`requirepass`). Kept in locked memory and wiped here. Default: none.
    std::string password = {};
    /// The number of the database. Default: 0, the only one that a cluster has.
    int database = 0;

    /// What the server's keys begin and end with, around ours: printable ASCII, up to 100 characters each. Default:
    /// `session:`, so that an administrator can tell what they are.
    std::string prefix = "session:";
    std::string suffix = {};

    /// How long a request waits for a place in the pool, a connection and its login, together; for its command to be sent;
    /// and for its reply. Default: 1 s each, many times what a server takes that is well. A lookup of the host's name is
    /// not bounded by it.
    std::chrono::milliseconds connect_timeout{1000};
    std::chrono::milliseconds send_timeout{1000};
    std::chrono::milliseconds read_timeout{1000};

    /// How long a connection is kept that nobody uses. Default: 60 s, less than firewalls allow. 0: none is kept.
    std::chrono::milliseconds keepalive_timeout{60'000};
    /// Storages of this process that have the same name here, and the same settings but for database, prefix and suffix,
    /// share their connections. Default: none, each storage and its copies have their own.
    std::string pool_name = {};
    /// The most connections at a time, 1 or more. Default: 32, one a thread of most servers.
    std::size_t pool_size = 32;
    /// How many requests may wait for a connection; those beyond are refused at once. Default: 128, so that a slow server
    /// is noticed by a few and not by everyone for ever.
    std::size_t backlog = 128;

    /// Whether to encrypt with TLS, 1.2 or later. Default: true for the types that can, whose name ends in Tls.
    bool ssl = Stream::can_encrypt;
    /// Whether to believe only a certificate that is valid, signed by a known authority and made for `server_name`.
    /// Default: true; without it, whoever is on the way can read and change everything.
    bool ssl_verify = true;
    /// A file of the authorities to believe, PEM. Default: none, those of the system.
    std::string ssl_ca_file = {};
    /// The name that the server is asked for (SNI) and has to prove. Default: none, the host.
    std::string server_name = {};

    Timeouts timeouts() const { return {connect_timeout, send_timeout, read_timeout}; }
    net::PoolSettings pool() const { return {pool_size, backlog, keepalive_timeout}; }
    net::Address address() const { return {host, port, unix_socket}; }
    net::TlsSettings tls() const { return {ssl, ssl_verify, ssl_ca_file, server_name}; }
    /// What counts for each server: here, all of it.
    const Options& each_server() const noexcept { return *this; }

    /// `errc::unlawful_option` with the option's name.
    std::optional<Error> unlawful() const
    {
        const auto refused = [](std::string why) { return Error{errc::unlawful_option, std::move(why)}; };
        const auto is_bad_text = [](std::string_view text) { return text.find('\0') != text.npos; };
        if (unix_socket.empty() && (host.empty() || is_bad_text(host)))
            return refused("host: none");
        if (unix_socket.empty() && port == 0)
            return refused("port: 0");
        if (unix_socket.size() > 107 || is_bad_text(unix_socket))
            return refused("unix_socket: longer than 107 bytes, or not a path");
        if (database < 0)
            return refused("database: below 0");
        for (const auto& [name, affix] : {std::pair{"prefix", &prefix}, std::pair{"suffix", &suffix}})
            if (affix->size() > 100 || std::ranges::any_of(*affix, [](char c) { return c <= ' ' || c >= 0x7f; }))
                return refused(std::string{name} + ": not up to 100 printable characters of ASCII");
        for (const auto& [name, time] : {std::pair{"connect_timeout", connect_timeout},
                                         {"send_timeout", send_timeout},
                                         {"read_timeout", read_timeout}})
            if (time <= std::chrono::milliseconds{0})
                return refused(std::string{name} + ": not above 0");
        if (keepalive_timeout < std::chrono::milliseconds{0})
            return refused("keepalive_timeout: below 0");
        if (pool_size == 0)
            return refused("pool_size: 0");
        if (ssl && !Stream::can_encrypt)
            return refused("ssl: this type has no TLS; that of <sojourn/storage/redis_tls.hpp> has");
        if (!ssl && (!ssl_ca_file.empty() || !server_name.empty()))
            return refused("ssl_ca_file or server_name: without ssl");
        if (is_bad_text(ssl_ca_file) || is_bad_text(server_name))
            return refused("ssl_ca_file or server_name: with a zero byte");
        if (ssl && ssl_verify && server_name.empty() && !unix_socket.empty())
            return refused("server_name: none, to be verified over a Unix socket");
        return std::nullopt;
    }
};

/// Name and password, the latter in locked memory.
class Login {
public:
    /// Wipes the password that is handed in.
    Login(std::string username, std::string& password) : username_{std::move(username)}
    {
        if (!password.empty()) {
            password_ = crypto::Secret{password.size()};
            std::ranges::copy(as_bytes(password), password_.bytes().begin());
            password_.seal();
        }
        sodium_memzero(password.data(), password.size());
        password.clear();
    }

    bool is_needed() const noexcept { return !username_.empty() || !password().empty(); }
    const std::string& username() const noexcept { return username_; }
    std::string_view password() const noexcept { return as_text(password_.bytes()); }

private:
    std::string username_;
    crypto::Secret password_;
};

} // namespace sojourn::inline v0::storage::redis
