#include <sojourn/sojourn.hpp>
#include <sojourn/storage/file.hpp>

#include <chrono>
#include <stdexcept>
#include <string>
#include <vector>

using namespace std::chrono_literals;

struct Cart {
    std::vector<std::string> items;
    int visits = 0;
};
BOOST_HANA_ADAPT_STRUCT(Cart, items, visits);

using Session =
    sojourn::Session<sojourn::storage::File, sojourn::cipher::XChaCha20Poly1305, sojourn::codec::MessagePack<Cart>>;

int main()
try {
    const std::string new_secret = "the secret of this year";
    const std::string old_secret = "the secret of last year";
    // README
    return sessions.cookie_name() == "__Host-shop" ? 0 : 1;
} catch (const std::invalid_argument& error) { // who runs the tests may not write there
    return std::string{error.what()}.find("/var/lib/shop/sessions") != std::string::npos ? 0 : 1;
}
