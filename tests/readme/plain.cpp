#include <sojourn/sojourn.hpp>

#include <string>
#include <string_view>
#include <vector>

struct Cart {
    std::vector<std::string> items;
    int visits = 0;
};
BOOST_HANA_ADAPT_STRUCT(Cart, items, visits);

using Session =
    sojourn::Session<sojourn::storage::Cookie, sojourn::cipher::XChaCha20Poly1305, sojourn::codec::MessagePack<Cart>>;

int main()
{
    const Session::Manager sessions{{.secret = "the secret of a README"}};
    int sent = 0;
    const auto send_header = [&](std::string_view, std::string_view line) {
        sent += line.starts_with("__Host-session=") ? 1 : 0;
    };
    // README
    return sent == 1 ? 0 : 1;
}
