// A program with cookie sessions and nothing else: what it links, and what it holds, is looked at (tools/link_check.py).

#include <sojourn/sojourn.hpp>

#include <cstdio>
#include <string>

struct Cart {
    std::string user;
    int visits = 0;
};
BOOST_HANA_ADAPT_STRUCT(Cart, user, visits);

using Session = sojourn::Session<sojourn::storage::Cookie, sojourn::cipher::XChaCha20Poly1305,
                                 sojourn::codec::Zstd<sojourn::codec::MessagePack<Cart>>>;

int main(int count, char** arguments)
{
    const Session::Manager sessions{{.secret = "the secret of a linked program"}};
    auto session = sessions.start(count > 1 ? arguments[1] : "");
    ++session->visits;
    const auto saved = session.save();
    if (!saved)
        return 1;
    for (const std::string_view line : *saved)
        std::printf("%.*s\n", static_cast<int>(line.size()), line.data());
}
