#include <sojourn/codec/map.hpp>
#include <sojourn/sojourn.hpp>

#include <string>
#include <vector>

using Session = sojourn::Session<sojourn::storage::Cookie, sojourn::cipher::XChaCha20Poly1305,
                                 sojourn::codec::MessagePack<sojourn::Map>>;

int main()
{
    const Session::Manager sessions{{.secret = "the secret of a README"}};
    auto session = sessions.start("");
    // README
    return theme && *theme == "dark" && recent && *recent == std::vector<int>{3, 1, 4} && session.save() ? 0 : 1;
}
