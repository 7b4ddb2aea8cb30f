#pragma once

#include "view.hpp"

#include <sojourn/cookie/jar.hpp>
#include <sojourn/http/httplib.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace shop {

/// Adds the cookies of this name, and those that continue it, that came with the request.
inline void add_cookies(const httplib::Request& request, std::string_view name, std::vector<CookieSize>& cookies)
{
    sojourn::cookie::Jar jar{name};
    sojourn::http::Adapter<httplib::Request>::each_cookie_header(request,
                                                                 [&jar](std::string_view text) { jar.add(text); });
    for (const std::string_view value : jar.candidates())
        cookies.push_back({std::string{name}, value.size()});
    for (const auto& chunk : jar.chunks())
        cookies.push_back({std::string{name} + '.' + std::to_string(chunk.number), chunk.value.size()});
}

} // namespace shop
