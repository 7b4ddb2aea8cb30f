#pragma once

#include "page.hpp"

#include <sojourn/error.hpp>
#include <sojourn/http/httplib.hpp>

#include <cstdio>
#include <string_view>

namespace shop {

/// Answers with a page that says what did not work, and what that means for the reader.
inline void refuse(httplib::Response& response, int status, std::string_view words, std::string_view more = {})
{
    response.status = status;
    response.set_content(failure_page(status, words, more), "text/html; charset=utf-8");
}

/// An error of the library means that no cookie was sent, so the client still has what it had.
inline void refuse(const httplib::Request& request, httplib::Response& response, const sojourn::Error& error)
{
    std::fprintf(stderr, "%s %s: %s\n", request.method.c_str(), request.path.c_str(), error.message().c_str());
    switch (error.code()) {
    case sojourn::errc::store_failed:
        response.set_header("Retry-After", "5");
        return refuse(response, 503, "The sessions cannot be reached just now.",
                      "Nothing is lost: your browser keeps its cookie. Please try again in a moment.");
    case sojourn::errc::too_large:
    case sojourn::errc::cookie_overflow:
        return refuse(response, 413, "That is more than a session can hold here.",
                      "It stays as it was. In cookies, a session that is remembered takes its place twice.");
    case sojourn::errc::conflict:
    case sojourn::errc::session_gone:
        return refuse(response, 409, "The session was changed or ended elsewhere at the same moment.",
                      "Please try again.");
    default: return refuse(response, 500, "That did not work.", "The session stays as it was.");
    }
}

} // namespace shop
