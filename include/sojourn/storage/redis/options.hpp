#pragma once

#include <sojourn/chrono.hpp>
#include <sojourn/error.hpp>
#include <sojourn/storage/net/address.hpp>
#include <sojourn/storage/net/login.hpp>
#include <sojourn/storage/net/options.hpp>
#include <sojourn/storage/net/pool.hpp>
#include <sojourn/storage/net/socket.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace sojourn::inline v0::storage::redis {

using net::Login;

/// What a call may take, and what a change needs to be one.
struct Terms : net::Timeouts {
    unsigned replicas = 0;
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
    /// `session:`, so that an administrator can tell what they are, or what the storage says.
    std::optional<std::string> prefix = std::nullopt;
    std::string suffix = {};

    /// How long a request waits for a place in the pool, a connection and its login, together; for its command to be sent;
    /// and for its reply. Default: 1 s each, many times what a server takes that is well. A lookup of the host's name is
    /// not bounded by it.
    std::chrono::milliseconds connect_timeout{1000};
    std::chrono::milliseconds send_timeout{1000};
    std::chrono::milliseconds read_timeout{1000};

    /// How many replicas have to have a change, or it is an error: not known to be kept (WAIT, of Redis 3, in the same round
    /// trip). Default: 0; Redis tells them after it has answered, and a failover may lose what was saved last. With 1 it
    /// cannot: an answer takes as long as the nearest replica, and without any there are no changes.
    unsigned replicas = 0;

    /// How long a connection is kept that nobody uses. Default: 60 s, less than firewalls allow. 0: none is kept.
    std::chrono::milliseconds keepalive_timeout{60'000};
    /// Storages of this process that have the same name here, and the same server, login, TLS and settings of the pool, share
    /// their connections, also with other databases, prefixes and suffixes. Default: none, each storage and its copies have
    /// their own.
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

    Terms terms() const { return {{connect_timeout, send_timeout, read_timeout}, replicas}; }
    net::PoolSettings pool() const { return {pool_size, backlog, keepalive_timeout}; }
    net::Address address() const { return {host, port, unix_socket}; }
    net::TlsSettings tls() const { return {ssl, ssl_verify, ssl_ca_file, server_name}; }
    /// What counts for each server: here, all of it.
    const Options& each_server() const noexcept { return *this; }

    /// `errc::unlawful_option` with the option's name.
    std::optional<Error> unlawful() const
    {
        if (database < 0)
            return Error{errc::unlawful_option, "database: below 0"};
        return net::find_unlawful<Stream>(*this, address());
    }
};

} // namespace sojourn::inline v0::storage::redis
