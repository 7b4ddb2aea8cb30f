#pragma once

#include "all.hpp"

#include <string>
#include <vector>

// A program's struct and sessions, as two of its translation units share them.

namespace odr {

struct Item {
    std::string name;
    int count = 0;
};
struct Cart {
    std::vector<Item> items;
    int visits = 0;
};

} // namespace odr

BOOST_HANA_ADAPT_STRUCT(odr::Item, name, count);
BOOST_HANA_ADAPT_STRUCT(odr::Cart, items, visits);

namespace odr {

using Sessions = sojourn::Session<sojourn::storage::Cookie, sojourn::cipher::XChaCha20Poly1305,
                                  sojourn::codec::Zstd<sojourn::codec::Json<Cart>>>;

inline std::string visit(const Sessions::Manager& sessions, const std::string& cookie)
{
    auto session = sessions.start(cookie);
    ++session->visits;
    session->items.push_back({"bread", session->visits});
    const auto lines = session.save();
    const std::string_view line = *lines.value().begin();
    return std::string{line.substr(0, line.find(';'))};
}

} // namespace odr
