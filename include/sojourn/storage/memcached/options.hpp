#pragma once

#include <sojourn/chrono.hpp>
#include <sojourn/error.hpp>
#include <sojourn/storage/key.hpp>
#include <sojourn/storage/memcached/protocol.hpp>
#include <sojourn/storage/net/address.hpp>
#include <sojourn/storage/net/options.hpp>
#include <sojourn/storage/net/pool.hpp>
#include <sojourn/storage/net/socket.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sojourn::inline v0::storage::memcached {

/// How memcached servers are reached and used. `Stream` is net::Socket, or net::Tls where TLS is to be had.
template <class Stream>
struct Options {
    /// A name or an IP address. Default: 127.0.0.1, this machine.
    std::string host = "127.0.0.1";
    /// Default: 11211, memcached's own.
    std::uint16_t port = 11211;
    /// The path of a Unix socket, used instead of host and port. Default: none.
    std::string unix_socket = {};
    /// Several servers, instead of all above: `{{.host = "10.0.0.5", .port = 11211}, …}`. Default: none.
    std::vector<net::Address> servers = {};

    /// Who logs in, by SASL (PLAIN), on each server. Without TLS both travel in clear. Default: nobody.
    std::string username = {};
    /// Kept in locked memory and wiped here. Default: none.
    std::string password = {};

    /// What the servers' keys begin and end with, around ours: printable ASCII without space, up to 100 characters each and
    /// 122 together, as a key of memcached's has 250. Default: `session:`, so that nobody else's key is one of ours, or
    /// what the storage says.
    std::optional<std::string> prefix = std::nullopt;
    std::string suffix = {};

    /// How long a request waits for a place in the pool, a connection and its login, together. Default: 1 s, as of the next
    /// two: many times what a server takes that is well. Looking up the host's name may take longer.
    std::chrono::milliseconds connect_timeout{1000};
    /// How long it takes at most for a command to be sent.
    std::chrono::milliseconds send_timeout{1000};
    /// How long its reply is waited for.
    std::chrono::milliseconds read_timeout{1000};

    /// After being idle for so long a connection is closed. Default: 60 s, less than firewalls allow. 0: at once.
    std::chrono::milliseconds keepalive_timeout{60'000};
    /// Storages of this process that have the same name here, and the same settings but for prefix and suffix, share their
    /// connections. Default: none, those of each storage and its copies are its own.
    std::string pool_name = {};
    /// The most connections to each server, 1 or more. Default: 32, one a thread of most programs.
    std::size_t pool_size = 32;
    /// How many requests may wait for one of them; the next is refused at once. Default: 128, so that a slow server is
    /// noticed by a few and not by everyone for ever.
    std::size_t backlog = 128;

    /// TLS, as of Redis: whether to encrypt, by default if the type can; whether to believe only a certificate that is valid,
    /// of a known authority and made for `server_name`, by default; a file of the authorities, PEM, by default those of the
    /// system; and the name a server is asked for (SNI) and has to prove, by default its host.
    bool ssl = Stream::can_encrypt;
    bool ssl_verify = true;
    std::string ssl_ca_file = {};
    std::string server_name = {};

    net::Timeouts timeouts() const { return {connect_timeout, send_timeout, read_timeout}; }
    net::PoolSettings pool() const { return {pool_size, backlog, keepalive_timeout}; }
    net::TlsSettings tls() const { return {ssl, ssl_verify, ssl_ca_file, server_name}; }
    /// Of each server.
    std::vector<net::Address> addresses() const
    {
        return servers.empty() ? std::vector{net::Address{host, port, unix_socket}} : servers;
    }

    /// `errc::unlawful_option` with the option's name.
    std::optional<Error> unlawful() const
    {
        const auto refused = [](const char* why) { return Error{errc::unlawful_option, why}; };
        const Options unset;
        if (!servers.empty() && (host != unset.host || port != unset.port || !unix_socket.empty()))
            return refused("servers: besides a host, port or unix_socket");
        for (const auto& server : addresses())
            if (auto found = net::find_unlawful<Stream>(*this, server))
                return found;
        for (std::size_t n = 1; n < servers.size(); ++n)
            for (std::size_t before = 0; before != n; ++before)
                if (servers[before].text() == servers[n].text())
                    return refused("servers: one is named twice");
        if (prefix.value_or("session:").size() + suffix.size() + max_key_length > max_key_size)
            return refused("prefix, suffix: together longer than 122 characters");
        if (username.empty() != password.empty())
            return refused("username, password: one without the other");
        if ((username + password).find('\0') != std::string::npos)
            return refused("username, password: with a zero byte");
        return std::nullopt;
    }
};

} // namespace sojourn::inline v0::storage::memcached
