#pragma once

#include "html.hpp"

#include <string_view>

namespace shop {

/// The form field that holds the token.
inline constexpr const char* token_field = "csrf";

/// Begins a form that changes something. The token proves that the form is of a page of this session; a newcomer has no
/// session that another site could act in, and no token.
inline void begin_form(Html& html, std::string_view token, std::string_view action, std::string_view style = {})
{
    html.add(R"(<form method="post" action="{}" class="{}">)", action, style);
    if (!token.empty())
        html.add(R"(<input type="hidden" name="{}" value="{}">)", std::string_view{token_field}, token);
}

} // namespace shop
