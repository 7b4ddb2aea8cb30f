#include <sojourn/protocol/lua_resty.hpp>
#include <sojourn/sojourn.hpp>
#include <sojourn/storage/lua_resty_redis.hpp>

#include <string>
#include <vector>

struct Cart {
    std::vector<std::string> items;
    int visits = 0;
};
BOOST_HANA_ADAPT_STRUCT(Cart, items, visits);

int main()
{
    const std::string secret = "the secret of the README";
    // README
    return sessions.open("").is_new() ? 0 : 1; // without a cookie no server is asked
}
