#pragma once

#include <sojourn/http/adapter.hpp>
#include <sojourn/http/client.hpp>

#include <httplib.h>

#include <optional>
#include <string>
#include <string_view>

namespace sojourn::inline v0::http::detail {

inline void set_header(httplib::Headers& headers, std::string_view name, const std::optional<std::string>& value)
{
    headers.erase(std::string{name});
    if (value)
        headers.emplace(name, *value);
}

} // namespace sojourn::inline v0::http::detail

/// cpp-httplib: `sessions.start(request)`, `session.save(response)`. It reads header lines of up to
/// CPPHTTPLIB_HEADER_MAX_LENGTH (8192) bytes, so with the cookie storage set `max_length` to 5600 or that to more.
template <>
struct sojourn::http::Adapter<httplib::Request> {
    template <class F>
    static void each_cookie_header(const httplib::Request& request, F f)
    {
        const auto [first, last] = request.headers.equal_range("Cookie");
        for (auto field = first; field != last; ++field)
            f(std::string_view{field->second});
    }
    /// The peer's address, which is the proxy's behind one. cpp-httplib does not tell the scheme.
    static Client client(const httplib::Request& request)
    {
        const auto agent = request.headers.find("User-Agent");
        return {.ip = request.remote_addr,
                .user_agent = agent == request.headers.end() ? std::string_view{} : std::string_view{agent->second}};
    }
    static void set_header(httplib::Request& request, std::string_view name, const std::optional<std::string>& value)
    {
        detail::set_header(request.headers, name, value);
    }
};

/// And the response.
template <>
struct sojourn::http::Adapter<httplib::Response> {
    static void set_cookie(httplib::Response& response, std::string_view line)
    {
        auto [field, last] = response.headers.equal_range("Set-Cookie");
        while (field != last)
            field = cookie_name(field->second) == cookie_name(line) ? response.headers.erase(field) : std::next(field);
        response.headers.emplace("Set-Cookie", std::string{line});
    }
    static void set_header(httplib::Response& response, std::string_view name, const std::optional<std::string>& value)
    {
        detail::set_header(response.headers, name, value);
    }
};
