#include <sojourn/http/httplib.hpp>
#include <sojourn/sojourn.hpp>
#include <sojourn/storage/memory.hpp>

struct Cart {
    int visits = 0;
};
BOOST_HANA_ADAPT_STRUCT(Cart, visits);

using Session =
    sojourn::Session<sojourn::storage::Memory, sojourn::cipher::XChaCha20Poly1305, sojourn::codec::MessagePack<Cart>>;

int main()
{
    const Session::Manager sessions{{.secret = "the secret of a README"}};
    httplib::Request form;
    form.params.emplace("remember", "on");
    httplib::Response response;
    int failures = 0;
    const auto unavailable = [&failures] { ++failures; };
    auto session = sessions.start(form);
    [&] {
        // README
    }();
    const bool two = response.get_header_value_count("Set-Cookie") == 2;
    httplib::Request request; // the browser has been closed and opened again
    request.headers.emplace("Cookie", response.get_header_value("Set-Cookie", 1));
    const auto restored = sessions.open(request);
    return failures == 0 && two && restored.restored() && restored.subject() == "ann" ? 0 : 1;
}
