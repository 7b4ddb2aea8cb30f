#pragma once

#include <sojourn/storage/memcached.hpp>
#include <sojourn/storage/net/tls.hpp>

namespace sojourn::inline v0::storage {

/// storage::Memcached over TLS (memcached 1.5.13 and later, built with it and started with -Z). A type of its own, so that
/// who does without needs no OpenSSL, neither to compile nor to link.
///
///     storage::MemcachedTls{{.host = "cache.internal", .ssl_ca_file = "/etc/ssl/internal.pem"}}
///
/// With `.ssl = false` it speaks plainly: for a program that is told at run time whether to encrypt.
using MemcachedTls = memcached::Records<net::Tls>;

} // namespace sojourn::inline v0::storage
