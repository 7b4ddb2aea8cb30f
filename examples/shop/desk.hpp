#pragma once

#include "answer.hpp"
#include "guard.hpp"
#include "journal.hpp"

#include <sojourn/http/httplib.hpp>
#include <sojourn/sojourn.hpp>

#include <string>
#include <utility>

namespace shop {

using httplib::Request;
using httplib::Response;

/// Where requests come in: opens their sessions, has done what they are for, and answers.
template <class Storage, class Session>
class Desk {
public:
    using Manager = typename Session::Manager;

    Desk(sojourn::Options options, Storage storage) : sessions_{std::move(options), std::move(storage)} {}

    const Manager& sessions() const noexcept { return sessions_; }
    Journal& journal() noexcept { return journal_; }

    /// A page: `show(session, request, response)` answers with a `Result<void>`, as do all that follow.
    template <class Show>
    void on_get(httplib::Server& server, const char* path, Show show)
    {
        server.Get(path, [this, show](const Request& request, Response& response) {
            auto session = start(request);
            const auto done = session ? show(session, request, response) : unavailable(session);
            if (!done)
                fail(request, response, done.error());
        });
    }

    /// A form: `act(session, form, response)` does what it is for, then the browser asks for the page anew.
    template <class Act>
    void on_post(httplib::Server& server, const char* path, Act act)
    {
        server.Post(path, [this, act](const Request& form, Response& response) {
            if (is_foreign(form))
                return refuse(response, 403, "That form came from another site.", "Nothing was changed.");
            auto session = start(form);
            if (session && is_forged(session, form))
                return refuse(response, 403, "That form is not from a page of this session.", "Nothing was changed.");
            const auto done = session ? act(session, form, response) : unavailable(session);
            if (!done)
                return fail(form, response, done.error());
            response.set_redirect("/", 303);
            journal_.note(form, response, 303);
        });
    }

    /// A form that changes the session: `act(session, form)` answers with the words for the next page.
    template <class Act>
    void on_change(httplib::Server& server, const char* path, Act act)
    {
        on_post(server, path, [act](Session& session, const Request& form, Response& response) {
            sojourn::Result<std::string> notice = act(session, form);
            if (!notice)
                return sojourn::Result<void>{notice.error()};
            session.set_flash("notice", std::move(*notice));
            return save(session, response);
        });
    }

    /// Saves, if the client will be able to send the cookies back. In a cookie storage they are the whole session, so that
    /// nothing has changed if they are not sent.
    static sojourn::Result<void> save(Session& session, Response& response)
    {
        auto lines = session.save();
        for (int more = 8; more != 0 && !lines && lines.error() == sojourn::errc::conflict; --more)
            lines = session.save(); // others were faster 16 times in a row, and nothing is lost by trying again
        if (sojourn::CookieStorage<Storage> && lines && !fit_one_header(*lines))
            return sojourn::errc::cookie_overflow;
        return sojourn::http::write(lines, response);
    }

private:
    /// The request's session. Who was restored is told so by the next page.
    Session start(const Request& request) const
    {
        auto session = sessions_.start(request);
        if (session && session.restored())
            session.set_flash("restored", "yes");
        return session;
    }

    static sojourn::Result<void> unavailable(const Session& session) { return session.unavailable(); }

    void fail(const Request& request, Response& response, const sojourn::Error& error)
    {
        refuse(request, response, error);
        journal_.note(request, response, response.status);
    }

    Manager sessions_;
    Journal journal_;
};

} // namespace shop
