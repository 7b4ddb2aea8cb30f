// The same shop; its sessions lie in a Redis server, for as many instances of the shop as there are.

#include "shop/run.hpp"

#include <sojourn/storage/redis.hpp>

int main(int argc, char** argv)
{
    return shop::run("in Redis", argc, argv, [](const shop::Arguments& arguments) {
        return sojourn::storage::Redis{{.host = arguments.store_host, .port = arguments.store_port.value_or(6379)}};
    });
}
