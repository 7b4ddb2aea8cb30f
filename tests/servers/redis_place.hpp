#pragma once

#include "../client.hpp"
#include "redis_server.hpp"

#include <sojourn/storage/redis.hpp>

/// Sessions in a Redis server of their own.
template <>
struct Place<sojourn::storage::Redis> {
    redis_test::RedisServer server;
    sojourn::storage::Redis storage() const
    {
        return sojourn::storage::Redis{redis_test::options_for<sojourn::storage::Redis::Options>(server)};
    }
};
