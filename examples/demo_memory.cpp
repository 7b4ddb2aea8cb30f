// The same shop; its sessions lie in this program's memory and end with it.

#include "shop/run.hpp"

#include <sojourn/storage/memory.hpp>

int main(int argc, char** argv)
{
    return shop::run("in this program's memory", argc, argv,
                     [](const shop::Arguments&) { return sojourn::storage::Memory{}; });
}
