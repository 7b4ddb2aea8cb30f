#pragma once

#include <sojourn/error.hpp>
#include <sojourn/storage/net/address.hpp>
#include <sojourn/storage/net/options.hpp>
#include <sojourn/storage/net/pool.hpp>
#include <sojourn/storage/net/socket.hpp>
#include <sojourn/storage/redis/command.hpp>
#include <sojourn/storage/redis/connection.hpp>
#include <sojourn/storage/redis/options.hpp>
#include <sojourn/storage/redis/records.hpp>
#include <sojourn/storage/redis/reply.hpp>
#include <sojourn/storage/redis/sentinel_route.hpp>
#include <sojourn/storage/redis/server.hpp>

#include <sodium/utils.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sojourn::inline v0::storage {

namespace redis {

/// How a master is found whose whereabouts Redis Sentinel knows.
template <class Stream>
struct SentinelOptions {
    /// What the sentinels call the master (`sentinel monitor`). Default: mymaster, as in Redis's own example.
    std::string master_name = "mymaster";
    /// Some of the sentinels, better all: `{{.host = "10.0.0.1", .port = 26379}, …}`. What most of these say is believed.
    /// Default: none, which is unlawful.
    std::vector<net::Address> sentinels = {};
    /// Which server is asked. Default: the master, the only one that takes changes.
    Role role = Role::master;
    /// Who logs in to the sentinels. Default: none.
    std::string sentinel_username = {};
    /// Wiped here, like `Options::password`. Default: none.
    std::string sentinel_password = {};
    /// All that counts for each server: its login, database, keys, timeouts, pool and TLS, which the sentinels are asked by,
    /// too. Not host, port and unix_socket: these the sentinels tell.
    Options<Stream> server = {};

    const Options<Stream>& each_server() const noexcept { return server; }

    std::optional<Error> unlawful() const
    {
        const auto refused = [](const char* why) { return Error{errc::unlawful_option, why}; };
        if (master_name.empty())
            return refused("master_name: none");
        if (sentinels.empty())
            return refused("sentinels: none");
        for (const auto& each : sentinels)
            if (each.unix_socket.empty() &&
                (each.host.empty() || each.host.find('\0') != each.host.npos || each.port == 0))
                return refused("sentinels: one without a host or a port");
        if (server.address() != Options<Stream>{}.address())
            return refused("server: its address is what the sentinels tell");
        return server.unlawful();
    }
};

/// The server that the sentinels name, now and after each failover.
template <class Stream>
class Sentinels {
public:
    using Options = SentinelOptions<Stream>;

    explicit Sentinels(Options&& options) : Sentinels{options, net::identity_of(options.server)} {}

    std::optional<Error> unlawful() const { return servers_->unlawful(); }
    Answer ask(std::string_view, const Command& command, bool repeated) { return server_.ask(command, repeated); }

private:
    using Route = SentinelRoute<Stream>;

    Sentinels(Options& options, std::string identity)
        : servers_{std::make_shared<const Dialer<Stream>>(options.server)},
          server_{Route{options.master_name, options.sentinels, options.role, servers_, sentinels_of(options)},
                  options.server.terms(), pool_of(options, std::move(identity))}
    {
    }

    /// The servers' password has been wiped before.
    static std::shared_ptr<const Dialer<Stream>> sentinels_of(Options& options)
    {
        auto each = options.server;
        each.username = options.sentinel_username;
        each.password = options.sentinel_password;
        each.database = 0;
        sodium_memzero(options.sentinel_password.data(), options.sentinel_password.size());
        options.sentinel_password.clear();
        return std::make_shared<const Dialer<Stream>>(each);
    }

    static std::shared_ptr<typename Server<Route>::Pool> pool_of(const Options& options, std::string identity)
    {
        auto settings = options.server.pool();
        settings.idle = std::min(settings.idle, Route::sure_for);
        identity.append(options.role == Role::master ? "master " : "replica ").append(options.master_name);
        for (const auto& each : options.sentinels)
            identity.append(" ").append(each.text());
        return Server<Route>::Pool::named(options.server.pool_name, identity, settings);
    }

    std::shared_ptr<const Dialer<Stream>> servers_;
    Server<Route> server_;
};

} // namespace redis

/// Records in the Redis master that a group of sentinels watches over; follows it when another one is promoted. Models
/// `BatchStorage`; blocking. As storage::Redis, and:
///
///     storage::RedisSentinel{{.master_name = "sessions",
///                             .sentinels = {{"10.0.0.1", 26379}, {"10.0.0.2", 26379}, {"10.0.0.3", 26379}},
///                             .server = {.password = password}}}
///
/// Each new connection asks the sentinels where the master is, until most of them agree, and the server whether it is one
/// (ROLE). A failure of one connection ends all of them, and so does a second without use. From the master's end until the
/// sentinels have promoted a replica calls fail, `errc::store_failed`; after it they find the new one.
///
/// What a master had not yet told a replica when it was lost is lost with it: Redis replicates after it has answered, and
/// `SENTINEL FAILOVER` lets the old master go on taking changes for a while. So does one that is cut off from its sentinels,
/// not from this program. With `.server = {.replicas = 1}` what a replica does not have is not reported as stored. A session
/// whose last save was lost goes on as it was before; one that had just begun is gone. A master that restarts empty, faster
/// than the sentinels notice, is empty: let it keep its records (`appendonly`) or restart slowly.
using RedisSentinel = redis::Records<redis::Sentinels<net::Socket>>;

} // namespace sojourn::inline v0::storage
