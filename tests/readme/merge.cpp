#include <sojourn/sojourn.hpp>
#include <sojourn/storage/memory.hpp>

#include <algorithm>
#include <string>
#include <vector>

struct Cart {
    std::vector<std::string> items;
    int visits = 0;
    int best = 0;
};
BOOST_HANA_ADAPT_STRUCT(Cart, items, visits, best);

// README

using Session =
    sojourn::Session<sojourn::storage::Memory, sojourn::cipher::XChaCha20Poly1305, sojourn::codec::MessagePack<Cart>>;

int main()
{
    const Session::Manager sessions{{.secret = "the secret of a README"}};
    auto begin = sessions.start("");
    begin->items.push_back("tea");
    const auto lines = begin.save();
    const std::string cookie{*lines->begin()};
    auto one = sessions.start(cookie);
    auto two = sessions.start(cookie);
    one->items.push_back("bread");
    two->items.push_back("milk");
    ++one->visits;
    ++two->visits;
    one->best = 7;
    two->best = 5;
    if (!one.save() || !two.save())
        return 1;
    const auto now = sessions.open(cookie);
    const bool good =
        now->items == std::vector<std::string>{"tea", "bread", "milk"} && now->visits == 2 && now->best == 7;
    return good ? 0 : 1;
}
