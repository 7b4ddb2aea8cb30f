#pragma once

#include "duration.hpp"
#include "form.hpp"
#include "html.hpp"
#include "view.hpp"

#include <deque>
#include <optional>
#include <string>
#include <string_view>

// The part of the page that no shop has: what its session is and how it is kept.

namespace shop::detail {

inline void show_clock(Html& html, std::string_view name, std::string_view meaning, sojourn::core::seconds limit,
                       std::optional<sojourn::core::seconds> left)
{
    html.add(R"(<li><p class="head"><span>{} <span class="soft small">{}</span></span>)", name, meaning);
    if (limit.count() == 0)
        html.add("<span>off</span></p>");
    else if (!left) // it runs from the first save on
        html.add("<span class=\"soft\">{}</span></p>", words(limit));
    else
        html.add(R"(<span role="timer" id="{}" aria-label="{} timeout, time left" data-left="{}">{}</span></p>
<progress id="{}-bar" max="{}" value="{}" aria-label="{} timeout"></progress>)",
                 name, name, left->count(), words(*left), name, limit.count(), left->count(), name);
    html.add("</li>\n");
}

inline void show_session(Html& html, const View& view)
{
    const auto& session = view.session;
    const auto& options = view.options;
    html.add(R"(<section class="card" aria-labelledby="session">
<div class="head"><h2 id="session">This session</h2><span id="state" class="pill {}">{}</span></div>
)",
             view.is_new ? "new" : "",
             view.is_new     ? "new"
             : view.restored ? "restored"
                             : "continued");
    if (view.reason)
        html.add(R"(<p>It is new because <em id="reason">{}</em>.
<span class="soft small">A real shop logs this and tells nobody. Nothing is stored until something changes.</span></p>
)",
                 view.reason.message());
    else
        html.add(R"(<dl class="facts">
<dt>Handle</dt><dd><code id="handle">{}</code> <span class="soft small">the same until logout</span></dd>
<dt>Id</dt><dd><code id="id">{}…</code> <span class="soft small">new with each save; shown in part</span></dd>
<dt>Subject</dt><dd id="subject">{}</dd>
</dl>
)",
                 session.handle, std::string_view{session.id}.substr(0, 8),
                 session.subject.empty() ? "nobody has logged in" : session.subject);
    html.add("<h3>{}</h3>\n<ul class=\"clocks\">\n", view.is_new ? "Time left, once it begins" : "Time left");
    show_clock(html, "idling", "from the last activity", options.idling_timeout, session.idling_timeout);
    show_clock(html, "rolling", "from the last save", options.rolling_timeout, session.rolling_timeout);
    show_clock(html, "absolute", "from the start", options.absolute_timeout, session.absolute_timeout);
    html.add(R"(</ul>
<p class="soft small">{} A visit in the last quarter of the rolling timeout saves the session, under a new id.</p>
<div class="row">
)",
             options.touch_threshold.count() == 0
                 ? "Each visit counts as activity."
                 : "Visits less than " + words(options.touch_threshold) +
                       " apart count as one activity, so that not every response carries a cookie.");
    begin_form(html, view.token, "/touch");
    html.add("<button id=\"touch\">Touch</button></form>\n");
    begin_form(html, view.token, "/refresh");
    html.add("<button id=\"refresh\">Refresh</button></form>\n");
    begin_form(html, view.token, "/logout");
    html.add("<button id=\"destroy\" class=\"bad\">Destroy</button></form>\n</div>\n</section>\n");
}

inline void show_build(Html& html, const View& view)
{
    html.add(R"(<section class="card" aria-labelledby="build">
<h2 id="build">How it is kept</h2>
<dl class="facts">
<dt>Storage</dt><dd id="storage">{}</dd>
<dt>Answered by</dt><dd id="instance">{}</dd>
<dt>Cipher suite</dt><dd>{}</dd>
<dt>Codec</dt><dd>{}</dd>
<dt>Two tabs at once</dt><dd id="updates">{}</dd>
<dt>Logout</dt><dd id="revokes">{}</dd>
<dt>Cookies</dt><dd><ul id="cookies">
)",
             view.storage, view.instance, view.cipher, view.codec,
             view.loses_no_update ? "both changes count, no update is lost"
                                  : "the response that arrives last wins: an update can be lost",
             view.can_revoke ? "the session is gone: a copy of its cookie is worth nothing"
                             : "takes the cookie from the browser: a copy of it opens until it times out");
    for (const CookieSize& cookie : view.cookies)
        html.add("<li><code>{}</code> {} bytes</li>\n", cookie.name, cookie.size);
    if (view.cookies.empty())
        html.add("<li>none came with this request</li>\n");
    html.add("</ul></dd>\n</dl>\n</section>\n");
}

inline void show_ideas(Html& html, const View& view)
{
    html.add(
        R"(<section class="card" aria-labelledby="ideas">
<h2 id="ideas">Things to try</h2>
<ul class="try">
<li>Fill the cart, then log in: the cart stays; handle and id are new, so nobody can have planted them.</li>
<li>Log in with “Remember me”, close the browser, and open it again.</li>
<li>{}</li>
<li>{}</li>
<li>Change a letter of the cookie in the browser’s developer tools and reload: a new session, and the page says why.</li>
<li>{}</li>
<li>Start the program with <code>--idling 10</code>, log in, and wait.</li>
</ul>
</section>
)",
        view.can_revoke ? "Log in under one name in two browsers, and log one of them out from the other."
                        : "Start a race, and then one in demo_memory.",
        view.can_revoke ? "Store a long note: the cookie stays as short as it was."
                        : "Store a long note: the session takes a second cookie. Store a short one: that cookie goes.",
        view.can_revoke
            ? "Copy the cookie, log out, and put it back: it opens nothing."
            : "Copy the cookie, log out, and put it back: it still opens. The demos with a store prevent that.");
}

inline void show_sent(Html& html, const std::deque<Sent>& sent)
{
    html.add(R"(<section class="card wide" aria-labelledby="sent">
<h2 id="sent">What the server sent</h2>
<p class="soft small">Its last responses, newest first, and their Set-Cookie lines. Whoever has a cookie's value has the
session: in its place stand its length and a hash.</p>
<ol class="sent" id="journal">
)");
    for (const Sent& response : sent) {
        html.add(
            R"(<li><span class="mono"><span class="status">{}</span> {}</span> <span class="soft small">{}{}</span>)",
            response.status, response.request, response.time, response.lines.empty() ? ", no cookie" : "");
        html.add("<ul>");
        for (const ShownLine& line : response.lines)
            html.add(R"(<li class="mono">Set-Cookie: {}=<span class="value">{}</span>{}</li>)", line.name,
                     line.size == 0 ? "empty" : std::to_string(line.size) + " bytes, #" + line.digest, line.attributes);
        html.add("</ul></li>\n");
    }
    html.add("</ol>\n</section>\n");
}

} // namespace shop::detail
