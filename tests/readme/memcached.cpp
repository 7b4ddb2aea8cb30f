#include <sojourn/sojourn.hpp>
#include <sojourn/storage/memcached.hpp>

#include <chrono>
#include <string>
#include <vector>

using namespace std::chrono_literals;

struct Cart {
    std::vector<std::string> items;
    int visits = 0;
};
BOOST_HANA_ADAPT_STRUCT(Cart, items, visits);

using Session = sojourn::Session<sojourn::storage::Memcached, sojourn::cipher::XChaCha20Poly1305,
                                 sojourn::codec::MessagePack<Cart>>;

int main()
{
    const std::string secret = "the secret of the shop's machines";
    // README
    return sessions.cookie_name() == "__Host-session" ? 0 : 1;
}
