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

/// Stands for what makes a reader's pages.
struct Page {
    std::string csrf;
    void add_hidden_field(const char*, std::string value) { csrf = std::move(value); }
};

int main()
{
    const Session::Manager sessions{{.secret = "the secret of a README"}};
    httplib::Request request;
    httplib::Response response;
    Page page;
    int refused = 0;
    const auto forbidden = [&refused] { refused += 1; };
    const auto unavailable = [&refused] { refused += 10; };
    std::string shown;
    const auto handle = [&](Session session) {
        // README
        shown = notice.value_or("");
    };
    handle(sessions.start(request)); // a new session: no token is good
    const bool closed = refused == 1;

    auto session = sessions.start(request);
    const std::string token = session.csrf_token();
    if (!session.save(response))
        return 1;
    request.headers.emplace("Cookie", response.get_header_value("Set-Cookie"));
    request.params.emplace("csrf", token);
    request.path = "/bread";
    handle(sessions.start(request));
    const auto page_seen = sessions.open(request).info("last-page");
    return closed && refused == 1 && shown == "Bread is in your cart." && page_seen == request.path ? 0 : 1;
}
