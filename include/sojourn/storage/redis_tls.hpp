#pragma once

#include <sojourn/storage/net/tls.hpp>
#include <sojourn/storage/redis.hpp>
#include <sojourn/storage/redis_cluster.hpp>
#include <sojourn/storage/redis_sentinel.hpp>

namespace sojourn::inline v0::storage {

/// storage::Redis over TLS. A type of its own, so that who does without needs no OpenSSL, neither to compile nor to link.
///
///     storage::RedisTls{{.host = "redis.internal", .password = password, .ssl_ca_file = "/etc/ssl/internal.pem"}}
///
/// With `.ssl = false` it speaks plainly: for a program that is told at run time whether to encrypt.
using RedisTls = redis::Records<redis::OneServer<net::Tls>>;

/// storage::RedisSentinel over TLS, to the sentinels and to the servers.
using RedisSentinelTls = redis::Records<redis::Sentinels<net::Tls>>;

/// storage::RedisCluster over TLS. Nodes have to tell names or addresses that are in their certificates.
using RedisClusterTls = redis::Records<redis::Cluster<net::Tls>>;

} // namespace sojourn::inline v0::storage
