#include <sojourn/sojourn.hpp>

#include <string>

struct Cart {
    std::string user;
    int visits = 0;
};
BOOST_HANA_ADAPT_STRUCT(Cart, user, visits);

using Storage = sojourn::storage::Cookie;
using Cipher = sojourn::cipher::XChaCha20Poly1305;
using Codec = sojourn::codec::MessagePack<Cart>;
using Session = sojourn::Session<Storage, Cipher, Codec>;

// README

int main()
{
    const Session::Manager sessions{{.secret = "the secret of a README"}};
    auto session = sessions.start("");
    ++session->visits;
    return session.save() ? 0 : 1;
}
