#pragma once

#include "form.hpp"

#include <sojourn/cookie/lines.hpp>
#include <sojourn/http/httplib.hpp>

#include <cstddef>
#include <string_view>

// What the shop looks at before it does what a request asks for, and before it answers.

namespace shop {

/// SameSite=Lax keeps other sites' forms from acting in the client's session; but to a browser all ports of this machine
/// are one site. This header tells them apart.
inline bool is_foreign(const httplib::Request& request)
{
    const auto site = request.get_header_value("Sec-Fetch-Site");
    return !site.empty() && site != "same-origin" && site != "none";
}

/// Whether the form would act in a session whose pages it does not come from. A newcomer has none to act in.
template <class Session>
bool is_forged(const Session& session, const httplib::Request& form)
{
    return !session.is_new() && !session.verify_csrf(form.get_param_value(token_field));
}

/// Whether cpp-httplib will be able to read the Cookie line that these make: a line of 8192 bytes, and other programs on
/// this machine have cookies too.
inline bool fit_one_header(const sojourn::cookie::Lines& lines)
{
    constexpr std::size_t longest = 7500;
    std::size_t size = 0;
    for (const std::string_view line : lines)
        size += line.find(';') + 2;
    return size <= longest;
}

} // namespace shop
