#pragma once

#include "form.hpp"
#include "html.hpp"
#include "view.hpp"

#include <sodium/randombytes.h>

#include <string>
#include <string_view>

// A text in the session, which may be long.

namespace shop {

/// 5000 characters that no compression makes much shorter.
inline std::string random_note()
{
    constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .";
    std::string text(5000, ' ');
    for (char& c : text)
        c = letters[randombytes_uniform(letters.size())];
    return text;
}

namespace detail {

inline void show_note(Html& html, const View& view)
{
    const Cart& cart = view.cart;
    const bool is_long = cart.note.size() > 2400; // 600 characters of UTF-8: more does not go through the form
    html.add(R"(<section class="card" aria-labelledby="note">
<h2 id="note">A note to the courier</h2>
)");
    begin_form(html, view.token, "/note", "note");
    html.add(R"(
<label for="text">It is part of the session: <span id="note-size">{}</span> bytes now.</label>
<textarea id="text" name="note" maxlength="600" placeholder="{}">
{}</textarea>
<p class="row"><button id="store">Store the note</button>
<button id="store-long" name="random" value="1">Store a long note</button></p>
<p class="soft small">The long one is 5000 random characters, so that compression does not help much.</p>
</form>
</section>
)",
             cart.note.size(),
             is_long ? "Too long to show. What you write here replaces it." : "Third door on the left, knock twice.",
             is_long ? std::string_view{} : std::string_view{cart.note});
}

} // namespace detail

} // namespace shop
