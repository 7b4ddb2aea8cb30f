#pragma once

#include <sojourn/bytes.hpp>
#include <sojourn/codec/message_pack.hpp>
#include <sojourn/reflect.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace bench {

/// What is kept in the sessions that are measured.
struct Cart {
    std::string user;
    std::string name;
    std::string locale;
    std::vector<std::string> items;
    std::int64_t visits = 0;
    std::int64_t last_seen = 0;
    double total = 0;
    bool newsletter = false;
};

} // namespace bench

BOOST_HANA_ADAPT_STRUCT(bench::Cart, user, name, locale, items, visits, last_seen, total, newsletter);

namespace bench {

/// A cart that is `size` bytes of MessagePack. Its items are texts of 40 characters, which compress to about two thirds.
inline Cart cart_of(std::size_t size)
{
    Cart cart{.user = "ann@example.org",
              .name = "Ann Example",
              .locale = "en-GB",
              .items = {},
              .visits = 12,
              .last_seen = 1'764'000'000,
              .total = 149.9,
              .newsletter = true};
    const auto encoded = [&cart] {
        sojourn::Buffer out;
        static_cast<void>(sojourn::codec::MessagePack<Cart>{}.encode(cart, {}, {}, out));
        return out.size();
    };
    std::uint32_t state = 1;
    while (encoded() < size) {
        std::string& item = cart.items.emplace_back("article ");
        while (item.size() < 40 && encoded() < size) {
            state = state * 1'664'525 + 1'013'904'223;
            item += "0123456789abcdef"[state >> 28];
        }
    }
    return cart;
}

} // namespace bench
