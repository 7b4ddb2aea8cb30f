#pragma once

#include "cart.hpp"
#include "form.hpp"
#include "html.hpp"
#include "view.hpp"

#include <string>
#include <string_view>

// The part of the page that any shop has: the shelf and the cart.

namespace shop::detail {

inline std::string price(int cents)
{
    const auto rest = std::to_string(cents % 100);
    return "€ " + std::to_string(cents / 100) + (rest.size() == 1 ? ".0" : ".") + rest;
}

inline void show_products(Html& html, const View& view)
{
    html.add(R"(<section class="card" aria-labelledby="shelf">
<h2 id="shelf">On the shelf</h2>
<ul class="products">
)");
    for (const Product& product : products) {
        html.add("<li>");
        begin_form(html, view.token, "/cart");
        html.add(R"(
<svg viewBox="0 0 24 24" aria-hidden="true"><path d="{}"/></svg>
<h3>{}</h3><p class="soft small">{}</p>
<input type="hidden" name="product" value="{}"><input type="hidden" name="step" value="1">
<div class="row"><span>{}</span><button class="main" id="add-{}" aria-label="Add {} to the cart">Add</button></div>
</form></li>
)",
                 product.icon, product.title, product.words, product.name, price(product.cents), product.name,
                 product.title);
    }
    html.add("</ul>\n</section>\n");
}

inline void show_cart(Html& html, const View& view)
{
    html.add(R"(<section class="card" aria-labelledby="cart">
<h2 id="cart">Your cart</h2>
)");
    int total = 0;
    html.add("<ul class=\"lines\">\n");
    for (const auto& [name, count] : view.cart.items) {
        const Product* const product = find_product(name);
        if (product == nullptr) // an older release sold it
            continue;
        total += count * product->cents;
        html.add(R"(<li><span class="title">{}</span>)", product->title);
        begin_form(html, view.token, "/cart", "row");
        html.add(R"(<input type="hidden" name="product" value="{}">
<button class="step" name="step" value="-1" aria-label="One {} less">−</button>
<span class="count" id="count-{}">{}</span>
<button class="step" name="step" value="1" aria-label="One {} more">+</button>
<button class="plain" name="step" value="0" aria-label="Remove {}">Remove</button></form>
<span class="price">{}</span></li>
)",
                 name, product->title, name, count, product->title, product->title, price(count * product->cents));
    }
    html.add("</ul>\n");
    if (total == 0)
        html.add("<p class=\"soft\">Nothing in it yet.</p>\n");
    else
        html.add("<p class=\"total\"><span>Total</span><span id=\"total\">{}</span></p>\n", price(total));
    html.add("</section>\n");
}

} // namespace shop::detail
