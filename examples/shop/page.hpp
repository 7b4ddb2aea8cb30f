#pragma once

#include "goods.hpp"
#include "html.hpp"
#include "insight.hpp"
#include "view.hpp"

#include <string>
#include <string_view>
#include <utility>

namespace shop {

namespace detail {

inline void begin_page(Html& html, std::string_view title)
{
    html.add(R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{}</title>
<link rel="icon" href="/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/style.css">
<script src="/countdown.js" defer></script>
</head>
<body>
)",
             title);
}

inline void show_header(Html& html, const View& view)
{
    html.add(R"(<header><div>
<h1 class="brand">Waystation <span>provisions for a short stay · a demo of sojourn, sessions {}</span></h1>
)",
             view.storage);
    if (view.session.subject.empty())
        html.add(R"(<form class="signin" method="post" action="/login">
<div class="row"><input name="user" aria-label="User name" placeholder="User name" maxlength="40"
autocomplete="username" aria-describedby="no-password" required><button class="main">Log in</button></div>
<p class="soft small" id="no-password">No password here: any name will do.</p>
</form>
)");
    else
        html.add(R"(<p>Logged in as <strong id="user">{}</strong></p>
<form method="post" action="/logout"><button id="logout">Log out</button></form>
)",
                 view.session.subject);
    html.add("</div></header>\n");
}

} // namespace detail

inline std::string page(const View& view)
{
    Html html;
    detail::begin_page(html, "Waystation");
    detail::show_header(html, view);
    html.add("<main class=\"page\">\n<div class=\"column\">\n");
    detail::show_products(html);
    detail::show_cart(html, view.cart);
    detail::show_note(html, view.cart);
    html.add("</div>\n<div class=\"column\">\n");
    detail::show_session(html, view);
    detail::show_build(html, view);
    detail::show_ideas(html, view);
    html.add("</div>\n");
    detail::show_sent(html, view.sent);
    html.add("</main>\n</body>\n</html>\n");
    return std::move(html).take();
}

/// `more` says what it means for the reader; it may be empty.
inline std::string failure_page(int status, std::string_view words, std::string_view more)
{
    Html html;
    detail::begin_page(html, "Waystation: that did not work");
    html.add(R"(<main class="notice"><div class="card">
<p class="soft">Waystation · {}</p>
<h1>{}</h1>
)",
             status, words);
    if (!more.empty())
        html.add("<p>{}</p>\n", more);
    html.add("<a href=\"/\">Back to the shop</a>\n</div></main>\n</body>\n</html>\n");
    return std::move(html).take();
}

} // namespace shop
