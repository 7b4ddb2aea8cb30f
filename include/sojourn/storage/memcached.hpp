#pragma once

#include <sojourn/bytes.hpp>
#include <sojourn/concepts.hpp>
#include <sojourn/error.hpp>
#include <sojourn/storage/detail/memcached_client.hpp>
#include <sojourn/storage/detail/memcached_exptime.hpp>
#include <sojourn/storage/key.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sojourn::inline v0::storage {

/// Records on one or several memcached servers (1.4 or later), shared by all that reach them. Models `VersionedStorage`;
/// blocking. Needs no further library.
///
/// memcached is a cache: when it is full it evicts what has been used least, and a restart empties it. A session that is
/// gone so reads as "nothing found" and its owner logs in again; nothing brings back an older state. With its option -M
/// memcached refuses new sessions instead (`errc::store_failed`). A value is at most what its option -I allows: 1 MiB with
/// key and overhead unless told otherwise; a larger one is `errc::store_failed`, and what stood there stands.
///
/// Expiry is in whole seconds of a clock that ticks once a second: a record lives for its time, rounded up, and up to two
/// seconds more. A life that ends beyond the year 2105 is without end.
///
/// With several servers each key lies on one, found by consistent hashing: one server more or less moves one in n. All
/// instances have to name the same servers, in the same words. When a server fails, its sessions do not move to another
/// one, where they would be missing: they are errors until it is back.
///
/// A failing system is `errc::store_failed` with the server, the command and the reason, never a key, a value or the
/// password, and within the sum of the time-outs; whether the call has taken effect is not known then. A command is not sent
/// twice unless it surely has not been carried out or is a get. Connections are looked at before they are used: one that
/// died while nobody used it is replaced. After a time-out a connection is closed, as the late reply may still come.
///
/// What lies under a record's key and is no record is "nothing found" to `load` and an error to `create`; `store`,
/// `expire` and `erase` do not look first. Where others use the same servers, take a prefix of your own.
///
/// A handle: copies share the connections. After a fork the child makes its own.
class Memcached {
public:
    struct Server {
        std::string host = "127.0.0.1";
        std::uint16_t port = 11211;
        /// The path of its socket; then host and port mean nothing.
        std::string unix_socket = {};
    };

    struct Options {
        std::string host = "127.0.0.1";
        std::uint16_t port = 11211;
        /// The path of a socket on this machine, instead of host and port. Default: none.
        std::string unix_socket = {};
        /// Several servers, instead of all above. Default: none.
        std::vector<Server> servers = {};
        /// For SASL (PLAIN), on each server. The text travels in clear, as all of memcached's: between trusted machines only.
        /// Default: none.
        std::string username = {};
        std::string password = {};
        /// What keys begin and end with: printable ASCII, no space, together up to 122 characters. Default: nothing.
        std::string prefix = {};
        std::string suffix = {};
        /// For the whole of making a connection, sending a command, receiving a reply, in milliseconds. The first is also
        /// how long a caller waits for a connection of the pool. Default: 1 s each, long for a server that answers within
        /// one millisecond, and not too long to be told of it by a browser that waits.
        std::chrono::milliseconds connect_timeout{1000};
        std::chrono::milliseconds send_timeout{1000};
        std::chrono::milliseconds read_timeout{1000};
        /// After being unused for this long a connection is closed. Default: 60 s, below what firewalls forget after.
        std::chrono::milliseconds keepalive_timeout{60'000};
        /// The most connections to each server. Default: 32; one carries some ten thousand commands a second.
        std::size_t pool_size = 32;
        /// The most callers that wait when all are in use; the next is refused at once. Default: 1024, several for each
        /// thread of a large program.
        std::size_t backlog = 1024;
    };

    Memcached() : Memcached{Options{}} {}
    explicit Memcached(Options options) : state_{std::make_shared<State>(std::move(options))} {}

    /// `errc::unlawful_option` if the options are unlawful. Asks no server: one that is down now may be up when needed.
    Result<void> check() const { return state_->unlawful ? Result<void>{*state_->unlawful} : Result<void>{}; }

    /// Whether all servers answer, with this user name and password.
    Result<void> ping() { return state_->unlawful ? *state_->unlawful : state_->client.ping(); }

    Result<std::optional<Record>> load(std::string_view key)
    {
        if (const auto refused = refuse(key))
            return *refused;
        auto found = state_->client.get(name(key));
        if (!found)
            return found.error();
        if (!*found || (*found)->flags != record_flags)
            return std::optional<Record>{};
        if ((*found)->state == 0)
            return Error{errc::store_failed, "the memcached server was started without cas (-C)"};
        return std::optional{Record{std::move((*found)->value), (*found)->state}};
    }

    Result<bool> create(std::string_view key, BytesView value, TimeToLive ttl)
    {
        if (const auto refused = refuse(key))
            return *refused;
        auto added = state_->client.add(name(key), value, record_flags, detail::memcached::exptime(ttl));
        if (!added || *added)
            return added;
        const auto found = state_->client.get(name(key));
        if (found && *found && (*found)->flags != record_flags)
            return Error{errc::store_failed, "memcached: what lies under a record's key is no record: take a prefix"};
        return found ? Result<bool>{false} : found.error();
    }

    Result<bool> store(std::string_view key, BytesView value, TimeToLive ttl)
    {
        if (const auto refused = refuse(key))
            return *refused;
        return state_->client.replace(name(key), value, record_flags, detail::memcached::exptime(ttl));
    }

    /// With no time to live it erases, if that version stands there.
    Result<StoreOutcome> store_if(std::string_view key, Version version, BytesView value, TimeToLive ttl)
    {
        if (const auto refused = refuse(key))
            return *refused;
        using Compared = Client::Compared;
        const auto full = name(key);
        auto done = version == 0 ? Result<Compared>{Compared::changed} // no state has it
                    : ttl.count() <= 0
                        ? state_->client.erase_if(full, version)
                        : state_->client.cas(full, version, value, record_flags, detail::memcached::exptime(ttl));
        if (!done)
            return done.error();
        if (*done == Compared::done)
            return StoreOutcome{StoreOutcome::Status::stored};
        if (*done == Compared::missing)
            return StoreOutcome{};
        auto standing = load(key);
        if (!standing)
            return standing.error();
        return *standing ? StoreOutcome{StoreOutcome::Status::conflict, std::move(**standing)} : StoreOutcome{};
    }

    Result<bool> expire(std::string_view key, TimeToLive ttl)
    {
        if (const auto refused = refuse(key))
            return *refused;
        return state_->client.touch(name(key), detail::memcached::exptime(ttl));
    }

    Result<bool> erase(std::string_view key)
    {
        if (const auto refused = refuse(key))
            return *refused;
        return state_->client.erase(name(key));
    }

private:
    using Client = detail::memcached::Client;

    /// memcached keeps 32 bits beside each value; these tell a record from what others put there.
    static constexpr std::uint32_t record_flags = 0x736a6f31; // "sjo1"

    struct State {
        explicit State(Options given)
            : unlawful{find_unlawful(given)},
              prefix{std::move(given.prefix)},
              suffix{std::move(given.suffix)},
              client{addresses(given),
                     {given.connect_timeout, given.send_timeout, given.read_timeout, std::move(given.username),
                      std::move(given.password)},
                     {given.pool_size, given.backlog, given.connect_timeout, given.keepalive_timeout}}
        {
        }

        const std::optional<Error> unlawful;
        const std::string prefix;
        const std::string suffix;
        Client client;
    };

    static std::vector<detail::memcached::Address> addresses(const Options& options)
    {
        std::vector<detail::memcached::Address> all;
        all.reserve(options.servers.size() + 1);
        for (const auto& server : options.servers)
            all.push_back({server.host, server.port, server.unix_socket});
        if (all.empty())
            all.push_back({options.host, options.port, options.unix_socket});
        return all;
    }

    static std::optional<Error> find_unlawful(const Options& options)
    {
        const auto no = [](const char* why) { return Error{errc::unlawful_option, why}; };
        const auto plain = [](std::string_view text) {
            return std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
        };
        std::vector<std::string> names;
        for (const auto& address : addresses(options)) {
            if (address.path.empty() && (address.host.empty() || address.port == 0))
                return no("host, port: not both named");
            if (address.path.size() >= sizeof(sockaddr_un::sun_path))
                return no("unix_socket: longer than a socket's path can be");
            if (address.text().find('\0') != std::string::npos)
                return no("host, unix_socket: with a zero byte");
            if (std::ranges::find(names, address.text()) != names.end())
                return no("servers: one is named twice");
            names.push_back(address.text());
        }
        if (!plain(options.prefix) || !plain(options.suffix) ||
            options.prefix.size() + options.suffix.size() + max_key_length > detail::memcached::max_key_size)
            return no("prefix, suffix: not up to 122 printable characters without space");
        if (options.username.empty() != options.password.empty())
            return no("username, password: one without the other");
        if ((options.username + options.password).find('\0') != std::string::npos)
            return no("username, password: with a zero byte");
        for (const auto time : {options.connect_timeout, options.send_timeout, options.read_timeout})
            if (time.count() <= 0 || time > std::chrono::hours{24})
                return no("connect_timeout, send_timeout, read_timeout: not within a day");
        if (options.keepalive_timeout.count() <= 0 || options.keepalive_timeout > std::chrono::hours{24 * 365})
            return no("keepalive_timeout: not within a year");
        if (options.pool_size == 0)
            return no("pool_size: no connection at all");
        return std::nullopt;
    }

    std::optional<Error> refuse(std::string_view key) const { return !is_key(key) ? unlawful_key() : state_->unlawful; }

    std::string name(std::string_view key) const { return std::string{state_->prefix}.append(key) += state_->suffix; }

    std::shared_ptr<State> state_;
};

} // namespace sojourn::inline v0::storage
