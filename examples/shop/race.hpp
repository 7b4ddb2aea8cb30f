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

/// What the page says of a race after which the cart has `more` of the prize than before.
inline std::string race_result(long more)
{
    const std::string sent = std::to_string(racers) + " requests at once, and ";
    if (more == racers)
        return sent + "all of them arrived: nothing is lost.";
    if (more > racers)
        return sent + std::to_string(more) + " arrived: nothing is lost, and another tab was at it too.";
    return sent + "only " + std::to_string(more) + " arrived: of cookies sent at once the last one wins.";
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
<input type="hidden" name="racers" value="{}"><input type="hidden" name="before" value="{}">
<button id="race">Start</button></form>
<noscript><p class="soft small">It takes JavaScript, as nothing else here does.</p></noscript>
</section>
)",
             prize.name, racers, count_of(view.cart, prize));
}

} // namespace detail

} // namespace shop
