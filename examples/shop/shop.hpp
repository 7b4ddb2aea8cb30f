#pragma once

#include "cart.hpp"
#include "cookies.hpp"
#include "desk.hpp"
#include "device.hpp"
#include "look.hpp"
#include "note.hpp"
#include "page.hpp"
#include "race.hpp"
#include "scripts.hpp"

#include <sojourn/http/httplib.hpp>
#include <sojourn/sojourn.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace shop {

/// A shop of one page. What it needs of sojourn stands here and in desk.hpp; the rest of the page shows what happens
/// underneath.
template <class Storage>
class Shop {
public:
    using Session = sojourn::Session<Storage, sojourn::cipher::XChaCha20Poly1305,
                                     sojourn::codec::Zstd<sojourn::codec::MessagePack<Cart>>>;

    Shop(std::string_view storage_name, sojourn::Options options, Storage storage)
        : storage_name_{storage_name}, desk_{listing(std::move(options)), std::move(storage)}
    {
    }

    void serve(httplib::Server& server)
    {
        server.set_default_headers({{"Cache-Control", "no-store"},
                                    {"Content-Security-Policy", content_security_policy},
                                    {"X-Content-Type-Options", "nosniff"},
                                    {"Referrer-Policy", "same-origin"}});
        server.set_keep_alive_timeout(1); // an idle connection holds up the end of the program this long, in seconds
        server.set_error_handler([](const Request&, Response& response) {
            if (response.body.empty())
                refuse(response, response.status, "This is not a page of the shop.");
        });
        serve_file(server, "/style.css", style, "text/css");
        serve_file(server, "/icon.svg", icon, "image/svg+xml");
        serve_file(server, "/countdown.js", countdown, "text/javascript");
        serve_file(server, "/race.js", race, "text/javascript");
        desk_.on_get(server, "/", [this](Session& session, const Request& request, Response& response) {
            return show(session, request, response);
        });
        serve_goods(server);
        serve_account(server);
        if constexpr (Session::can_revoke)
            serve_devices(server);
        serve_session(server);
    }

private:
    static constexpr std::size_t longest_name = 40;

    /// What a form has done, in the words that the next page shows.
    using Notice = sojourn::Result<std::string>;

    static sojourn::Options listing(sojourn::Options options)
    {
        options.store_metadata = sojourn::VersionedStorage<Storage>;
        return options;
    }

    static void serve_file(httplib::Server& server, const char* path, const char* text, const char* type)
    {
        server.Get(path, [text, type](const Request&, Response& response) { response.set_content(text, type); });
    }

    void serve_goods(httplib::Server& server)
    {
        desk_.on_change(server, "/cart", [](Session& session, const Request& form) -> Notice {
            const Product* const product = find_product(form.get_param_value("product"));
            if (product == nullptr)
                return std::string{"There is no such thing on the shelf."};
            change(*session, *product, number(form, "step"));
            return std::string{product->title} + ": " + std::to_string(count_of(*session, *product)) + " in your cart.";
        });
        desk_.on_change(server, "/race", [](Session& session, const Request& form) -> Notice {
            return race_result(number(form, "racers"), number(form, "answered"),
                               long{count_of(*session, prize)} - number(form, "before"));
        });
        desk_.on_change(server, "/note", [](Session& session, const Request& form) -> Notice {
            session->note = form.has_param("random") ? random_note() : form.get_param_value("note");
            return std::string{"The note is stored."};
        });
    }

    void serve_account(httplib::Server& server)
    {
        desk_.on_change(server, "/login", [](Session& session, const Request& form) -> Notice {
            session.set_subject(form.get_param_value("user").substr(0, longest_name));
            session.set_label(device_name(form.get_header_value("User-Agent")));
            session.set_remember(form.has_param("remember"));
            return "Welcome, " + session.subject() + '.';
        });
        desk_.on_change(server, "/remember", [](Session& session, const Request& form) -> Notice {
            const bool wanted = form.get_param_value("wanted") == "yes" && !session.subject().empty();
            session.set_remember(wanted);
            return std::string{wanted ? "You will be remembered on this device."
                                      : "You will not be remembered on this device."};
        });
        desk_.on_post(server, "/logout",
                      [](Session& session, const Request&, Response& response) { return session.destroy(response); });
    }

    void serve_devices(httplib::Server& server)
    {
        desk_.on_change(server, "/devices/revoke", [this](Session& session, const Request& form) -> Notice {
            const auto ended = sessions().revoke(session.audience(), session.subject(), form.get_param_value("handle"));
            if (!ended)
                return ended.error();
            return std::string{*ended ? "That device is logged out." : "That device was logged out already."};
        });
        desk_.on_change(server, "/devices/revoke-others", [this](Session& session, const Request&) -> Notice {
            const auto ended = sessions().revoke_others(session);
            if (!ended)
                return ended.error();
            return "Logged out everywhere else: " + std::to_string(*ended) + (*ended == 1 ? " device." : " devices.");
        });
    }

    void serve_session(httplib::Server& server)
    {
        desk_.on_post(server, "/touch",
                      [](Session& session, const Request&, Response& response) { return session.touch(response); });
        desk_.on_post(server, "/refresh",
                      [](Session& session, const Request&, Response& response) { return session.refresh(response); });
    }

    sojourn::Result<void> show(Session& session, const Request& request, Response& response)
    {
        auto devices = devices_of(session);
        if (!devices)
            return devices.error();
        auto notice = session.take_flash("notice");
        const bool restored = session.take_flash("restored").has_value();
        // Where there was none of these, nothing is stored unless a refresh is due.
        if (const auto saved = desk_.save(session, response); !saved)
            return saved;
        desk_.journal().note(request, response, 200);
        response.set_content(page({.cart = *session,
                                   .session = session.properties(),
                                   .is_new = session.is_new(),
                                   .restored = restored,
                                   .remembered = session.remember(),
                                   .label = session.label(),
                                   .devices = std::move(*devices),
                                   .token = session.is_new() ? std::string{} : session.csrf_token(),
                                   .notice = std::move(notice),
                                   .reason = session.reason(),
                                   .options = sessions().options(),
                                   .storage = storage_name_,
                                   .cipher = sojourn::cipher::XChaCha20Poly1305::name,
                                   .codec = "MessagePack, compressed by Zstandard above 1 KB",
                                   .instance = request.local_addr + ':' + std::to_string(request.local_port),
                                   .loses_no_update = Session::loses_no_update,
                                   .can_revoke = Session::can_revoke,
                                   .cookies = cookies_of(request),
                                   .sent = desk_.journal().last()}),
                             "text/html; charset=utf-8");
        return {};
    }

    /// The sessions of whom is logged in, this one first, then the latest.
    sojourn::Result<std::vector<sojourn::SessionSummary>> devices_of(const Session& session) const
    {
        if constexpr (Session::can_revoke)
            if (!session.subject().empty()) {
                auto devices = sessions().list(session.audience(), session.subject());
                if (devices)
                    std::ranges::sort(*devices, std::ranges::greater{},
                                      [handle = session.properties().handle](const auto& device) {
                                          return std::pair{device.handle == handle, device.last_seen};
                                      });
                return devices;
            }
        return std::vector<sojourn::SessionSummary>{};
    }

    std::vector<CookieSize> cookies_of(const Request& request) const
    {
        std::vector<CookieSize> cookies;
        for (const std::string_view name : {sessions().cookie_name(), sessions().remember_cookie_name()})
            add_cookies(request, name, cookies);
        return cookies;
    }

    const typename Session::Manager& sessions() const noexcept { return desk_.sessions(); }
    static int number(const Request& form, const char* name) { return std::atoi(form.get_param_value(name).c_str()); }

    std::string_view storage_name_;
    Desk<Storage, Session> desk_;
};

} // namespace shop
