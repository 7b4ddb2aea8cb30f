#pragma once

#include "cart.hpp"
#include "form.hpp"
#include "html.hpp"
#include "view.hpp"

#include <string>

// Many requests change the cart at the same moment. What is lost of them, if anything?

namespace shop {

inline constexpr int racers = 20;
inline constexpr const Product& prize = products.back();

/// What the page says of a race: so many requests `sent`, so many `answered` without an error, after which the cart has `more`
/// of the prize than before.
inline std::string race_result(long sent, long answered, long more)
{
    const auto text = [](long number) { return std::to_string(number); };
    const std::string begin = text(sent) + " requests at once, and ";
    if (more < answered)
        return begin + "only " + text(more) + " arrived: of cookies sent at once the last one wins.";
    if (answered < sent)
        return begin + text(more) + " arrived. " + text(sent - answered) +
               " met an error; nothing that was answered is lost.";
    if (more == sent)
        return begin + "all of them arrived: nothing is lost.";
    return begin + text(more) + " arrived: nothing is lost, and another tab was at it too.";
}

namespace detail {

inline void show_race(Html& html, const View& view)
{
    html.add(R"(<section class="card" aria-labelledby="race-title">
<h2 id="race-title">A race</h2>
<p>{} requests at once, as if from as many tabs: each opens the session, puts one {} into the cart, and saves.
<span class="soft">{}</span></p>
)",
             racers, prize.title,
             view.loses_no_update
                 ? "Whoever finds that another one was faster adds what both have added."
                 : "Each is answered with a cookie, and the browser keeps the last: some will be lost.");
    if (view.is_new) {
        html.add("<p class=\"soft small\">It takes a session: put something into the cart first.</p>\n</section>\n");
        return;
    }
    begin_form(html, view.token, "/race", "race");
    html.add(R"(<input type="hidden" name="product" value="{}"><input type="hidden" name="step" value="1">
<input type="hidden" name="racers" value="{}"><input type="hidden" name="answered">
<input type="hidden" name="before" value="{}">
<button id="race">Start</button></form>
<noscript><p class="soft small">It takes JavaScript, as nothing else here does.</p></noscript>
</section>
)",
             prize.name, racers, count_of(view.cart, prize));
}

} // namespace detail

} // namespace shop
