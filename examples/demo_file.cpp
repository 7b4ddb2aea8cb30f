// The same shop; its sessions lie in files, one each, and outlive the program as long as its secret stays the same.

#include "shop/run.hpp"

#include <sojourn/storage/file.hpp>

int main(int argc, char** argv)
{
    return shop::run("in files", argc, argv, [](const shop::Arguments& arguments) {
        return sojourn::storage::File{{.path = arguments.directory}};
    });
}
