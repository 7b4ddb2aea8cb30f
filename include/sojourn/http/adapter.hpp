#pragma once

#include <sojourn/cookie/lines.hpp>
#include <sojourn/error.hpp>
#include <sojourn/result.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace sojourn::inline v0::http {

/// How sojourn reads a server's request and writes its response. To teach it a type of your own, specialise:
/// ```cpp
/// template <>
/// struct sojourn::http::Adapter<MyRequest> {
///     template <class F> // calls f(std::string_view) for the value of each Cookie header field
///     static void each_cookie_header(const MyRequest& request, F f);
///     static http::Client client(const MyRequest& request); // not required: what `Options::bind` may ask for
///     static void set_header(…);                            // not required, as below
/// };
/// template <>
/// struct sojourn::http::Adapter<MyResponse> { // adds a Set-Cookie header field, in place of one for the same cookie
///     static void set_cookie(MyResponse& response, std::string_view line);
///     // not required: puts `value` in place of all fields of that name, or removes them if there is none
///     static void set_header(MyResponse& response, std::string_view name, const std::optional<std::string>& value);
/// };
/// ```
/// Given with the library: http/httplib.hpp, http/beast.hpp.
template <class T>
struct Adapter;

/// A request as a server hands it to the program.
template <class T>
concept AdaptedRequest =
    requires(const T& request, void (*f)(std::string_view)) { Adapter<T>::each_cookie_header(request, f); };

/// A request whose adapter knows who sent it.
template <class T>
concept TellsClient = requires(const T& request) { Adapter<T>::client(request); };

/// The response that a server will send.
template <class T>
concept AdaptedResponse = requires(T& response, std::string_view line) { Adapter<T>::set_cookie(response, line); };

/// A request or a response whose header fields can be set.
template <class T>
concept HeaderSettable = requires(T& message, std::string_view name, const std::optional<std::string>& value) {
    Adapter<T>::set_header(message, name, value);
};

/// Writes an operation's lines into the response; an error is passed on and nothing is written.
template <AdaptedResponse Response>
Result<void> write(const Result<cookie::Lines>& lines, Response& response)
{
    if (!lines)
        return lines.error();
    for (const std::string_view line : *lines)
        Adapter<Response>::set_cookie(response, line);
    return {};
}

/// The name of the cookie that a Set-Cookie line is for.
constexpr std::string_view cookie_name(std::string_view line) noexcept { return line.substr(0, line.find('=')); }

} // namespace sojourn::inline v0::http
