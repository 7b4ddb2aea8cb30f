#pragma once

#include "account.hpp"
#include "goods.hpp"
#include "html.hpp"
#include "insight.hpp"
#include "note.hpp"
#include "race.hpp"
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
<script src="/race.js" defer></script>
</head>
<body>
)",
             title);
}

inline bool is_logged_in(const View& view) { return !view.session.subject.empty(); }

inline void show_header(Html& html, const View& view)
{
    html.add(R"(<header><div>
<h1 class="brand">Waystation <span>provisions for a short stay · a demo of sojourn, sessions {}</span></h1>
)",
             view.storage);
    if (is_logged_in(view))
        show_sign_out(html, view);
    else
        show_sign_in(html, view);
    html.add("</div></header>\n");
}

/// What is said once.
inline void show_notices(Html& html, const View& view)
{
    if (view.notice)
        html.add("<p class=\"flash wide\" role=\"status\" id=\"notice\">{}</p>\n", *view.notice);
    if (view.restored)
        html.add(
            R"(<p class="flash warn wide" role="status" id="restored">Welcome back. It was your remember cookie that
restored this session: a shop would ask for the password before anything that matters.</p>
)");
}

} // namespace detail

inline std::string page(const View& view)
{
    Html html;
    detail::begin_page(html, "Waystation");
    detail::show_header(html, view);
    html.add("<main class=\"page\">\n");
    detail::show_notices(html, view);
    html.add("<div class=\"column\">\n");
    detail::show_products(html, view);
    detail::show_cart(html, view);
    detail::show_race(html, view);
    detail::show_note(html, view);
    html.add("</div>\n<div class=\"column\">\n");
    if (detail::is_logged_in(view)) {
        detail::show_account(html, view);
        detail::show_devices(html, view);
    }
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
