// A small shop whose sessions lie in its clients' cookies: no server, no database, nothing kept between requests.
//
//     demo --port 8080        then open http://127.0.0.1:8080 in a browser

#include "shop/run.hpp"

#include <sojourn/storage/cookie.hpp>

int main(int argc, char** argv)
{
    return shop::run("in the cookie", argc, argv, [](const shop::Arguments&) { return sojourn::storage::Cookie{}; });
}
