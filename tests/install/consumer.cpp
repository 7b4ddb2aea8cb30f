// A program of somebody else's: it opens a session that it made itself, and prints the version of the library.

#include <sojourn/sojourn.hpp>

#include <cstdio>
#include <string>

struct Visitor {
    int visits = 0;
};
BOOST_HANA_ADAPT_STRUCT(Visitor, visits);

using Session = sojourn::Session<sojourn::storage::Cookie, sojourn::cipher::XChaCha20Poly1305,
                                 sojourn::codec::Zstd<sojourn::codec::MessagePack<Visitor>>>;

int main()
{
    const Session::Manager sessions{{.secret = "the secret of a program of somebody else's"}};
    auto made = sessions.start("");
    made->visits = 1;
    const auto lines = made.save();
    if (!lines)
        return 1;

    std::string cookies;
    for (const std::string_view line : *lines)
        cookies += std::string(line.substr(0, line.find(';'))) + "; ";
    auto opened = sessions.open(cookies);
    if (opened.is_new() || opened->visits != 1)
        return 2;
    std::printf("a session opened by sojourn %s\n", SOJOURN_VERSION);
}
