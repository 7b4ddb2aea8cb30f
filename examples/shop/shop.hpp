#pragma once

#include "cart.hpp"
#include "journal.hpp"
#include "look.hpp"
#include "page.hpp"

#include <sojourn/http/httplib.hpp>
#include <sojourn/sojourn.hpp>

#include <sodium/randombytes.h>

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace shop {

using httplib::Request;
using httplib::Response;

/// A shop of one page. What it needs of sojourn is `sessions_.start`, the session's data, and `save`; the rest of the page
/// shows what happens underneath.
template <class Storage>
class Shop {
public:
    using Session = sojourn::Session<Storage, sojourn::cipher::XChaCha20Poly1305,
                                     sojourn::codec::Zstd<sojourn::codec::MessagePack<Cart>>>;

    Shop(std::string_view storage_name, sojourn::Options options, Storage storage)
        : storage_name_{storage_name}, sessions_{fit(std::move(options)), std::move(storage)}
    {
    }

    void serve(httplib::Server& server)
    {
        server.set_default_headers({{"Cache-Control", "no-store"},
                                    {"Content-Security-Policy", content_security_policy},
                                    {"X-Content-Type-Options", "nosniff"},
                                    {"Referrer-Policy", "same-origin"}});
        server.set_keep_alive_timeout(1); // an idle connection holds up the end of the program this long, in seconds
        server.Get("/", [this](const Request& request, Response& response) { show(request, response); });
        server.Get("/style.css", [](const Request&, Response& response) { response.set_content(style, "text/css"); });
        server.Get("/icon.svg",
                   [](const Request&, Response& response) { response.set_content(icon, "image/svg+xml"); });
        server.Get("/countdown.js",
                   [](const Request&, Response& response) { response.set_content(countdown, "text/javascript"); });
        server.set_error_handler([](const Request&, Response& response) {
            if (response.body.empty())
                refuse(response, response.status, "This is not a page of the shop.");
        });

        on_post(server, "/login", [](Session& session, const Request& form, Response& response) {
            session.set_subject(form.get_param_value("user").substr(0, longest_name));
            return session.save(response);
        });
        on_post(server, "/cart", [](Session& session, const Request& form, Response& response) {
            if (const Product* const product = find_product(form.get_param_value("product")))
                change(*session, std::string{product->name}, std::atoi(form.get_param_value("step").c_str()));
            return session.save(response);
        });
        on_post(server, "/note", [](Session& session, const Request& form, Response& response) {
            session->note = form.has_param("random") ? random_text() : form.get_param_value("note");
            return session.save(response);
        });
        on_post(server, "/touch",
                [](Session& session, const Request&, Response& response) { return session.touch(response); });
        on_post(server, "/refresh",
                [](Session& session, const Request&, Response& response) { return session.refresh(response); });
        on_post(server, "/logout",
                [](Session& session, const Request&, Response& response) { return session.destroy(response); });
    }

private:
    static constexpr std::size_t longest_name = 40;

    /// cpp-httplib reads header lines of 8192 bytes, so the Cookie line has to stay below that: a session that is too long
    /// is then an error when it is saved, rather than a request that the server cannot read any more.
    static sojourn::Options fit(sojourn::Options options)
    {
        if constexpr (sojourn::CookieStorage<Storage>)
            options.max_length = 5600;
        return options;
    }

    void show(const Request& request, Response& response)
    {
        auto session = sessions_.start(request);
        if (!session)
            return fail(request, response, *session.unavailable());
        if (const auto saved = session.save(response); !saved) // nothing changed: this refreshes it when that is due
            return fail(request, response, saved.error());
        journal_.note(request, response, 200);
        response.set_content(page({.cart = *session,
                                   .session = session.properties(),
                                   .is_new = session.is_new(),
                                   .reason = session.reason(),
                                   .options = sessions_.options(),
                                   .storage = storage_name_,
                                   .cipher = sojourn::cipher::XChaCha20Poly1305::name,
                                   .codec = "MessagePack, compressed by Zstandard above 1 KB",
                                   .loses_no_update = Session::loses_no_update,
                                   .can_revoke = Session::can_revoke,
                                   .cookies = cookies_of(request),
                                   .sent = journal_.last()}),
                             "text/html; charset=utf-8");
    }

    /// A form: `act(session, form, response)` does what it is for, then the browser asks for the page anew.
    template <class Act>
    void on_post(httplib::Server& server, const char* path, Act act)
    {
        server.Post(path, [this, act](const Request& form, Response& response) {
            if (is_foreign(form))
                return refuse(response, 403, "That form came from another site.", "Nothing was changed.");
            auto session = sessions_.start(form);
            const auto done = session ? act(session, form, response) : sojourn::Result<void>{*session.unavailable()};
            if (!done)
                return fail(form, response, done.error());
            response.set_redirect("/", 303);
            journal_.note(form, response, 303);
        });
    }

    /// SameSite=Lax keeps other sites' forms from acting in the client's session; but to a browser all ports of this
    /// machine are one site. This header tells them apart.
    static bool is_foreign(const Request& request)
    {
        const auto site = request.get_header_value("Sec-Fetch-Site");
        return !site.empty() && site != "same-origin" && site != "none";
    }

    /// An error of the library means that no cookie was sent, so the client still has what it had.
    void fail(const Request& request, Response& response, const sojourn::Error& error)
    {
        std::fprintf(stderr, "%s %s: %s\n", request.method.c_str(), request.path.c_str(), error.message().c_str());
        switch (error.code()) {
        case sojourn::errc::store_failed:
            response.set_header("Retry-After", "5");
            refuse(response, 503, "The sessions cannot be reached just now.",
                   "Nothing is lost: your browser keeps its cookie. Please try again in a moment.");
            break;
        case sojourn::errc::too_large:
        case sojourn::errc::cookie_overflow:
            refuse(response, 413, "That is more than a session can hold here.", "It stays as it was.");
            break;
        case sojourn::errc::conflict:
        case sojourn::errc::session_gone:
            refuse(response, 409, "The session was changed or ended elsewhere at the same moment.",
                   "Please try again.");
            break;
        default: refuse(response, 500, "That did not work.", "The session stays as it was.");
        }
        journal_.note(request, response, response.status);
    }

    static void refuse(Response& response, int status, std::string_view words, std::string_view more = {})
    {
        response.status = status;
        response.set_content(failure_page(status, words, more), "text/html; charset=utf-8");
    }

    std::vector<CookieSize> cookies_of(const Request& request) const
    {
        sojourn::cookie::Jar jar{sessions_.cookie_name()};
        sojourn::http::Adapter<Request>::each_cookie_header(request, [&jar](std::string_view text) { jar.add(text); });
        std::vector<CookieSize> cookies;
        for (const std::string_view value : jar.candidates())
            cookies.push_back({std::string{jar.name()}, value.size()});
        for (const auto& chunk : jar.chunks())
            cookies.push_back({std::string{jar.name()} + '.' + std::to_string(chunk.number), chunk.value.size()});
        return cookies;
    }

    /// 5000 characters that no compression makes much shorter.
    static std::string random_text()
    {
        constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .";
        std::string text(5000, ' ');
        for (char& c : text)
            c = letters[randombytes_uniform(letters.size())];
        return text;
    }

    std::string_view storage_name_;
    typename Session::Manager sessions_;
    Journal journal_;
};

} // namespace shop
