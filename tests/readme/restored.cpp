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
    const Session::Manager sessions{{.secret = "the secret of a README", .remember = true}};
    httplib::Request request;
    httplib::Response response;
    int asked = 0;
    const auto ask_again_before_what_is_sensitive = [&asked] { ++asked; };
    const auto unavailable = [&asked] { asked = 100; };
    const auto handle = [&] {
        // README
    };
    {
        auto session = sessions.start(request);
        ++session->visits;
        httplib::Response begun;
        if (!session.save(begun))
            return 1;
        request.headers.emplace("Cookie", begun.get_header_value("Set-Cookie", 1)); // the remember cookie alone
    }
    handle();
    const bool both = response.get_header_value_count("Set-Cookie") == 2;
    request.headers.clear();
    request.headers.emplace("Cookie", response.get_header_value("Set-Cookie"));
    handle();
    return asked == 1 && both ? 0 : 1;
}
