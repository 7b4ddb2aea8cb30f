#include <sojourn/http/httplib.hpp>
#include <sojourn/sojourn.hpp>
#include <sojourn/storage/memory.hpp>

#include <string>
#include <string_view>
#include <vector>

struct Cart {
    std::vector<std::string> items;
    int visits = 0;
};
BOOST_HANA_ADAPT_STRUCT(Cart, items, visits);

using Session =
    sojourn::Session<sojourn::storage::Memory, sojourn::cipher::XChaCha20Poly1305, sojourn::codec::MessagePack<Cart>>;

int main()
{
    const Session::Manager sessions{{.secret = "the secret of a README"}};
    httplib::Request request;
    httplib::Response response;
    int failures = 0;
    std::string logged;
    const auto unavailable = [&](const std::string&) { ++failures; };
    const auto log = [&](std::string_view line) { logged = line; };
    [&] {
        // README
    }();
    request.headers.emplace("Cookie", response.get_header_value("Set-Cookie"));
    const auto again = sessions.open(request);
    const bool good = failures == 0 && logged == "the request carries no session cookie" &&
                      again->items == std::vector<std::string>{"bread"} && again.subject() == "ann";
    return good ? 0 : 1;
}
