#pragma once

#include "duration.hpp"
#include "form.hpp"
#include "html.hpp"
#include "view.hpp"

#include <sojourn/core/sweep.hpp>

#include <chrono>

// The part of the page that is about who is logged in, and where.

namespace shop::detail {

inline void show_sign_in(Html& html, const View& view)
{
    begin_form(html, view.token, "/login", "signin");
    html.add(R"(
<div class="row"><input name="user" aria-label="User name" placeholder="User name" maxlength="40"
autocomplete="username" aria-describedby="any-name" required><button class="main">Log in</button></div>
<div class="row"><label><input type="checkbox" name="remember"> Remember me</label>
<p class="soft small" id="any-name">Any name will do.</p></div>
</form>
)");
}

inline void show_sign_out(Html& html, const View& view)
{
    html.add(R"(<p>Logged in as <strong id="user">{}</strong></p>
)",
             view.session.subject);
    begin_form(html, view.token, "/logout");
    html.add("<button id=\"logout\">Log out</button></form>\n");
}

inline void show_account(Html& html, const View& view)
{
    html.add(R"(<section class="card" aria-labelledby="account">
<h2 id="account">Your account</h2>
<p>You are {}, and this is <span id="label">{}</span>.</p>
)",
             view.session.subject, view.label);
    begin_form(html, view.token, "/remember");
    html.add(R"(<input type="hidden" name="wanted" value="{}">
<button class="switch" role="switch" id="remember" aria-checked="{}">Remember me on this device</button></form>
<p class="soft small">{}</p>
</section>
)",
             view.remembered ? "no" : "yes", view.remembered ? "true" : "false",
             view.remembered
                 ? "A second cookie outlives the browser: close it, open it again, and you are still logged in."
                 : "This session ends when the browser is closed.");
}

inline void show_device(Html& html, const View& view, const sojourn::SessionSummary& device,
                        std::chrono::sys_seconds now)
{
    const bool is_this = device.handle == view.session.handle;
    html.add(R"(<li class="{}"><div class="title"><strong>{}</strong>
<p class="soft small">Logged in {} ago, last seen {} ago</p></div>
)",
             is_this ? "this" : "", device.label, words(now - device.created), words(now - device.last_seen));
    if (is_this) {
        html.add("<span class=\"pill\">this one</span>");
    } else {
        begin_form(html, view.token, "/devices/revoke");
        html.add(R"(<button name="handle" value="{}" aria-label="Log out {}">Log out</button></form>)", device.handle,
                 device.label);
    }
    html.add("</li>\n");
}

inline void show_devices(Html& html, const View& view)
{
    html.add(R"(<section class="card" aria-labelledby="devices-title">
<h2 id="devices-title">Your devices</h2>
)");
    if (!view.can_revoke) {
        html.add(R"(<p id="no-devices">A list of them needs a store, and these sessions lie in cookies only:
the server knows none of them until it comes along. The demos with a store have the list.</p>
</section>
)");
        return;
    }
    const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    html.add("<ul class=\"lines\" id=\"devices\">\n");
    for (const auto& device : view.devices)
        show_device(html, view, device, now);
    html.add("</ul>\n");
    if (view.devices.size() > 1) {
        begin_form(html, view.token, "/devices/revoke-others");
        html.add("<button id=\"revoke-others\" class=\"bad\">Log out everywhere else</button></form>\n");
    } else {
        html.add("<p class=\"soft small\">Log in under the same name in another browser, and reload.</p>\n");
    }
    html.add("</section>\n");
}

} // namespace shop::detail
