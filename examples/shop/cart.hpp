#pragma once

#include <sojourn/merge.hpp>
#include <sojourn/merge_rules.hpp>
#include <sojourn/reflect.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <string_view>

namespace shop {

/// What a session holds.
struct Cart {
    std::map<std::string, int> items; ///< a product's name to how many of it
    std::string note;
};

struct Product {
    std::string_view name, title, words;
    int cents;
    std::string_view icon; ///< SVG path data in a square of 24
};

inline constexpr std::array products{
    Product{"blanket", "Wool blanket", "for cold waiting rooms", 4900,
            "M4 5h16v12H4zM4 9h16M4 13h16M6 17v3M10 17v3M14 17v3M18 17v3"},
    Product{"lantern", "Folding lantern", "lights one tent", 2450,
            "M8 8h8v10H8zM7 21h10M10 8V6h4v2M9 4a3 3 0 0 1 6 0M12 11v4M16 21v-3M8 21v-3"},
    Product{"kettle", "Travel kettle", "two cups in three minutes", 3200,
            "M7 9h10l2 11H5zM9 9a3 3 0 0 1 6 0M12 4v2M18 13l3-2M7 11C3 11 3 16 6 17"},
    Product{"map", "Map of the coast", "all paths, no reception", 1290,
            "M3 6l6-2 6 2 6-2v14l-6 2-6-2-6 2zM9 4v14M15 6v14"},
};

inline const Product* find_product(std::string_view name)
{
    const auto found = std::ranges::find(products, name, &Product::name);
    return found == products.end() ? nullptr : found;
}

inline int count_of(const Cart& cart, const Product& product)
{
    const auto found = cart.items.find(std::string{product.name});
    return found == cart.items.end() ? 0 : found->second;
}

/// Adds `step` to how many there are of a product; 0 removes it.
inline void change(Cart& cart, const Product& product, int step)
{
    constexpr int most = 999;
    const int count = step == 0 ? 0 : std::clamp(count_of(cart, product) + std::clamp(step, -most, most), 0, most);
    if (count == 0)
        cart.items.erase(std::string{product.name});
    else
        cart.items.insert_or_assign(std::string{product.name}, count);
}

} // namespace shop

BOOST_HANA_ADAPT_STRUCT(shop::Cart, items, note);

// When several tabs change the cart at once, what each has added to a product's number is added.
template <>
inline constexpr auto sojourn::merge_rules<shop::Cart> = rules(rule<&shop::Cart::items>(merge::sum));
