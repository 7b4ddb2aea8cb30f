#pragma once

#include <sojourn/concepts.hpp>
#include <sojourn/context.hpp>
#include <sojourn/cookie/jar.hpp>
#include <sojourn/cookie/lines.hpp>
#include <sojourn/core/open.hpp>
#include <sojourn/core/sweep.hpp>
#include <sojourn/drive_sync.hpp>
#include <sojourn/environment.hpp>
#include <sojourn/error.hpp>
#include <sojourn/fwd.hpp>
#include <sojourn/http/adapter.hpp>
#include <sojourn/http/client.hpp>
#include <sojourn/merge_rules.hpp>
#include <sojourn/observer.hpp>
#include <sojourn/options.hpp>
#include <sojourn/result.hpp>
#include <sojourn/session.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sojourn::inline v0 {

/// Opens sessions. One a configuration, built once, shared by all threads, outliving its sessions; written
/// `Session::Manager` for a `Session` of your policies.
///
/// A request is a server's own type (http/) or the text of its Cookie header. With an awaitable storage what comes back is
/// awaited; the request need not live longer than the call.
template <class Storage, class Cipher, class Codec, class Protocol, class Environment>
class Manager {
    static constexpr bool has_driver = !requires { Drive<Storage>::missing; };
    static_assert(has_driver, "sojourn: this storage is awaited: #include <sojourn/drive_asio.hpp>");
    static constexpr bool storage_suits = Protocol::template suits<Storage>;
    static_assert(storage_suits, "sojourn: this protocol has storages of its own (protocol/lua_resty.hpp)");
    static constexpr bool rules_are_its_own = detail::all_rules_belong<typename Codec::data_type>;
    static_assert(rules_are_its_own,
                  "sojourn: merge_rules<T> of the session's data has a rule for another struct's member");

    using Context = detail::Context<Storage, Cipher, Codec, Protocol, Environment>;
    using Driver = Drive<Storage>;
    using Wire = typename Context::Wire;
    using Sweep = typename Wire::template Sweep<typename Context::Draw>;

public:
    /// What it opens.
    using Session = sojourn::Session<Storage, Cipher, Codec, Protocol, Environment>;
    /// What a function answers with: a `T`, or an awaitable of it if the storage is awaited.
    template <class T>
    using Answer = typename Drive<Storage>::template Answer<T>;

    /// Throws std::invalid_argument with the name of the first unlawful option and what is lawful.
    explicit Manager(Options options, Storage storage = {}, Codec codec = {}, Environment environment = {})
        : context_{std::move(options), std::move(storage), std::move(codec), std::move(environment)}
    {
    }
    Manager(const Manager&) = delete;
    Manager& operator=(const Manager&) = delete;

    /// The session of the request, or a new one: whatever the client sent. Only a failing store gives neither.
    Answer<Session> open(const http::AdaptedRequest auto& request) const { return open(request, client_of(request)); }
    Answer<Session> open(std::string_view cookie_header) const { return open(cookie_header, http::Client{}); }
    /// The same, told of the client, to whom a session can be bound (`Options::bind`). Where the request tells less of it
    /// than is bound to, the shorter calls, `logout` and `destroy` throw std::logic_error.
    Answer<Session> open(const auto& request, const http::Client& client) const
    {
        return find(jars_of(request), client, false);
    }

    /// `open`, and the session's next `save` refreshes it when that is due. What most programs want.
    Answer<Session> start(const http::AdaptedRequest auto& request) const { return start(request, client_of(request)); }
    Answer<Session> start(std::string_view cookie_header) const { return start(cookie_header, http::Client{}); }
    Answer<Session> start(const auto& request, const http::Client& client) const
    {
        return find(jars_of(request), client, true);
    }

    /// Opens and logs out of this audience.
    Answer<Result<void>> logout(const http::AdaptedRequest auto& request, http::AdaptedResponse auto& response) const
    {
        return Driver::then(open(request), [&response](Session& session) { return session.logout(response); });
    }
    Answer<Result<cookie::Lines>> logout(std::string_view cookie_header) const
    {
        return Driver::then(open(cookie_header), [](Session& session) { return session.logout(); });
    }

    /// Opens and ends.
    Answer<Result<void>> destroy(const http::AdaptedRequest auto& request, http::AdaptedResponse auto& response) const
    {
        return Driver::then(open(request), [&response](Session& session) { return session.destroy(response); });
    }
    Answer<Result<cookie::Lines>> destroy(std::string_view cookie_header) const
    {
        return Driver::then(open(cookie_header), [](Session& session) { return session.destroy(); });
    }

    // --- metadata (`Options::store_metadata`)

    /// The sessions that this subject has in this audience: those that live now, in no order that means anything. Errors:
    /// `unlawful_option` if sessions are not listed, `store_failed`, `bad_record`.
    Answer<Result<std::vector<SessionSummary>>> list(std::string_view audience, std::string_view subject) const
        requires Session::can_revoke
    {
        return sweep<event::Listed>(audience, subject, Sweep::What::list, {},
                                    [](auto& found) { return Result<std::vector<SessionSummary>>{std::move(found)}; });
    }
    /// Ends the one of this handle, for all its audiences: neither its cookies nor a late save bring it back. Whether there
    /// was one.
    Answer<Result<bool>> revoke(std::string_view audience, std::string_view subject, std::string_view handle) const
        requires Session::can_revoke
    {
        return sweep<event::Revoked>(audience, subject, Sweep::What::revoke,
                                     {core::Chosen::Which::one, std::string{handle}, {}},
                                     [](auto& found) { return Result<bool>{!found.empty()}; });
    }
    /// Ends all of them; one that begins meanwhile may be spared. How many there were.
    Answer<Result<std::size_t>> revoke_all(std::string_view audience, std::string_view subject) const
        requires Session::can_revoke
    {
        return sweep<event::Revoked>(audience, subject, Sweep::What::revoke, {},
                                     [](auto& found) { return Result<std::size_t>{found.size()}; });
    }
    /// Ends all others of the subject and audience of this session. How many there were.
    Answer<Result<std::size_t>> revoke_others(const Session& session) const
        requires Session::can_revoke
    {
        return sweep<event::Revoked>(session.audience(), session.subject(), Sweep::What::revoke,
                                     {core::Chosen::Which::all_but_one, session.properties().handle,
                                      context_.wire.companion(session.session_.state())},
                                     [](auto& found) { return Result<std::size_t>{found.size()}; });
    }

    // ---

    /// A Cookie header's text without this manager's cookies, for a proxy to pass on. Empty: pass on no such header.
    std::string clear_request_cookie(std::string_view cookie_header) const
    {
        const auto jars = jars_of(cookie_header);
        const auto without = cookie::remove(cookie_header, cookie_name(), Wire::layout, Wire::cookies_in(jars.session));
        return cookie::remove(without, remember_cookie_name(), Wire::layout, Wire::cookies_in(jars.remember));
    }

    /// With its prefix, as it is in the browser.
    std::string_view cookie_name() const noexcept { return context_.cookies.name(); }
    /// The same of the cookie that remembers.
    std::string_view remember_cookie_name() const noexcept { return context_.remember_cookies.name(); }
    /// The options in force, without the secrets.
    const Options& options() const noexcept { return context_.options; }

private:
    cookie::Jars jars_of(std::string_view cookie_header) const
    {
        cookie::Jars jars{cookie::Jar{cookie_name(), Wire::layout}, cookie::Jar{remember_cookie_name(), Wire::layout}};
        jars.add(cookie_header);
        return jars;
    }
    template <http::AdaptedRequest Request>
    cookie::Jars jars_of(const Request& request) const
    {
        auto jars = jars_of(std::string_view{});
        http::Adapter<Request>::each_cookie_header(request, [&jars](std::string_view header) { jars.add(header); });
        return jars;
    }

    template <class Request>
    static http::Client client_of(const Request& request)
    {
        if constexpr (http::TellsClient<Request>)
            return http::Adapter<Request>::client(request);
        else
            return {};
    }

    Answer<Session> find(const cookie::Jars& jars, const http::Client& client, bool refreshing) const
    {
        using Open = core::Open<Wire>;
        const Options& options = context_.options;
        return Driver::run(
            context_.storage,
            Open{context_.wire, jars, context_.environment.now(), options.end_reused,
                 Wire::client_of(options.bind, client)},
            [this, refreshing, watch = context_.template watch<event::Opened>()](Open& open) {
                Session session{typename Session::Operations{context_, open, refreshing}};
                watch.tell([&] {
                    return event::Opened{session.reason(), session.restored(), session.unavailable(), {}};
                });
                return session;
            });
    }

    template <class Event, class Tell>
    auto sweep(std::string_view audience, std::string_view subject, typename Sweep::What what, core::Chosen chosen,
               Tell tell) const
    {
        return Driver::run(context_.storage,
                           Sweep{context_.wire, audience, subject, what, std::move(chosen), context_.environment.now(),
                                 typename Context::Draw{&context_}},
                           [tell, watch = context_.template watch<Event>()](Sweep& done) {
                               watch.tell([&] { return Event{done.found().size(), done.failure(), {}}; });
                               using R = decltype(tell(done.found()));
                               return done.failure() ? R{done.failure()} : tell(done.found());
                           });
    }

    Context context_;
};

} // namespace sojourn::inline v0
