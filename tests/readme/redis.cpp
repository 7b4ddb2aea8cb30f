#include <sojourn/sojourn.hpp>
#include <sojourn/storage/redis.hpp>

#include <chrono>
#include <string>
#include <vector>

using namespace std::chrono_literals;

struct Cart {
    std::vector<std::string> items;
    int visits = 0;
};
BOOST_HANA_ADAPT_STRUCT(Cart, items, visits);

int main()
{
    const std::string secret = "the secret of the README";
    const std::string password = "of the shop";
    // README
    return sessions.open("").is_new() ? 0 : 1; // without a cookie no server is asked
}
