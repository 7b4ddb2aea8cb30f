#pragma once

#include <sojourn/error.hpp>
#include <sojourn/storage/net/address.hpp>
#include <sojourn/storage/net/options.hpp>
#include <sojourn/storage/net/pool.hpp>
#include <sojourn/storage/net/socket.hpp>
#include <sojourn/storage/redis/command.hpp>
#include <sojourn/storage/redis/options.hpp>
#include <sojourn/storage/redis/records.hpp>
#include <sojourn/storage/redis/reply.hpp>
#include <sojourn/storage/redis/server.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace sojourn::inline v0::storage {

namespace redis {

/// The one server whose address the options tell.
template <class Stream>
class OneServer {
public:
    using Options = redis::Options<Stream>;

    explicit OneServer(Options&& options) : OneServer{options, net::identity_of(options)} {}

    std::optional<Error> unlawful() const { return dialer_->unlawful(); }
    Answer ask(std::string_view, const Command& command, bool repeated) { return server_.ask(command, repeated); }

private:
    using Route = Direct<Stream>;

    OneServer(Options& options, const std::string& identity)
        : dialer_{std::make_shared<const Dialer<Stream>>(options)},
          server_{Route{dialer_, options.address()}, options.terms(),
                  Server<Route>::Pool::named(options.pool_name, identity, options.pool())}
    {
    }

    std::shared_ptr<const Dialer<Stream>> dialer_;
    Server<Route> server_;
};

} // namespace redis

/// Records in a Redis server (2.8 and later; ACL users need Redis 6), or in one that speaks its protocol and has EVAL. Models
/// `BatchStorage`; blocking. Needs hiredis, which reads the replies.
///
///     storage::Redis{{.host = "10.0.0.5", .username = "shop", .password = password}}
///
/// A failing server or network is `errc::store_failed` within the timeouts, with the address, the command's name and the
/// reason, never a key or a value. If it fails while a command is under way it is not known whether that was carried out; it
/// is not sent again, but for a load. Connections are opened when they are needed, and anew after a failure: a program
/// neither needs the server to start nor a restart when the server comes back.
///
/// Expiry goes by the server's clock. What the server does not keep through its own restart (`appendonly`), or evicts
/// (`maxmemory-policy` other than `noeviction`), is gone, and who it belonged to is logged out. Every pooled connection is
/// the server's memory: `pool_size` times the processes stays below its `maxclients`.
///
/// A handle: copies share the pool.
using Redis = redis::Records<redis::OneServer<net::Socket>>;

} // namespace sojourn::inline v0::storage
