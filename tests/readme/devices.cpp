#include <sojourn/http/httplib.hpp>
#include <sojourn/sojourn.hpp>
#include <sojourn/storage/memory.hpp>

#include <string>

struct Cart {
    int visits = 0;
};
BOOST_HANA_ADAPT_STRUCT(Cart, visits);

using Session =
    sojourn::Session<sojourn::storage::Memory, sojourn::cipher::XChaCha20Poly1305, sojourn::codec::MessagePack<Cart>>;

int main()
{
    const Session::Manager sessions{{.secret = "the secret of a README", .store_metadata = true}};
    httplib::Request request;
    httplib::Request form;
    httplib::Response response;
    int failures = 0;
    const auto unavailable = [&failures] { ++failures; };
    std::string shown;
    const auto show = [&shown](const std::string& label, auto created, auto last_seen, bool here) {
        shown += label + (created == last_seen ? " new" : "") + (here ? " here" : "");
    };
    auto session = sessions.start(request);
    [&] {
        // README
    }();
    request.headers.emplace("Cookie", response.get_header_value("Set-Cookie"));
    const bool ended = sessions.open(request).is_new();
    return failures == 0 && shown == "Firefox on Linux new here" && ended ? 0 : 1;
}
