#pragma once

#include <sojourn/storage/memcached/records.hpp>
#include <sojourn/storage/net/socket.hpp>

namespace sojourn::inline v0::storage {

/// Records on one or several memcached servers (1.4 or later), shared by all that reach them. Models `VersionedStorage`;
/// blocking. Needs no further library.
///
///     storage::Memcached{{.host = "10.0.0.5", .prefix = "shop:"}}
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
/// A failing server or network is `errc::store_failed` within the timeouts, with the address, the command's name and the
/// reason, never a key, a value or the password. If it fails while a command is under way it is not known whether that was
/// carried out; it is not sent again, but for a get. Connections are opened when they are needed, and anew after a failure:
/// a program neither needs the server to start nor a restart when the server comes back.
///
/// A handle: copies share the connections.
using Memcached = memcached::Records<net::Socket>;

} // namespace sojourn::inline v0::storage
