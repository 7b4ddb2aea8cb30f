// The same shop; its sessions lie in a memcached server, for as many instances of the shop as there are.

#include "shop/run.hpp"

#include <sojourn/storage/memcached.hpp>

int main(int argc, char** argv)
{
    return shop::run("in memcached", argc, argv, [](const shop::Arguments& arguments) {
        return sojourn::storage::Memcached{
            {.host = arguments.store_host, .port = arguments.store_port.value_or(11211)}};
    });
}
