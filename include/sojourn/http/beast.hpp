#pragma once

#include <sojourn/http/adapter.hpp>
#include <sojourn/http/client.hpp>

#include <boost/beast/http/field.hpp>
#include <boost/beast/http/message.hpp>

#include <optional>
#include <string>
#include <string_view>

/// Boost.Beast: `sessions.start(request)`, `session.save(response)` for messages of any body and fields.
template <class Body, class Fields>
struct sojourn::http::Adapter<boost::beast::http::request<Body, Fields>> {
    template <class F>
    static void each_cookie_header(const boost::beast::http::request<Body, Fields>& request, F f)
    {
        const auto [first, last] = request.equal_range(boost::beast::http::field::cookie);
        for (auto field = first; field != last; ++field)
            f(std::string_view{field->value().data(), field->value().size()});
    }
    /// The address and the scheme are the socket's to tell.
    static Client client(const boost::beast::http::request<Body, Fields>& request)
    {
        const auto agent = request[boost::beast::http::field::user_agent];
        return {.user_agent = std::string_view{agent.data(), agent.size()}};
    }
    static void set_header(boost::beast::http::request<Body, Fields>& request, std::string_view name,
                           const std::optional<std::string>& value)
    {
        request.erase(name);
        if (value)
            request.insert(name, *value);
    }
};

/// And the response.
template <class Body, class Fields>
struct sojourn::http::Adapter<boost::beast::http::response<Body, Fields>> {
    static void set_cookie(boost::beast::http::response<Body, Fields>& response, std::string_view line)
    {
        using boost::beast::http::field;
        auto [each, last] = response.equal_range(field::set_cookie);
        while (each != last)
            each = cookie_name({each->value().data(), each->value().size()}) == cookie_name(line) ? response.erase(each)
                                                                                                  : std::next(each);
        response.insert(field::set_cookie, line);
    }
    static void set_header(boost::beast::http::response<Body, Fields>& response, std::string_view name,
                           const std::optional<std::string>& value)
    {
        response.erase(name);
        if (value)
            response.insert(name, *value);
    }
};
