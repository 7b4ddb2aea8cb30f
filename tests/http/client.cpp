#include <sojourn/http/client.hpp>

#include <doctest/doctest.h>

#include "../client.hpp"

#include <sojourn/http/beast.hpp>
#include <sojourn/http/httplib.hpp>

#include <boost/beast/http/string_body.hpp>

#include <memory>
#include <stdexcept>
#include <string>

using namespace sojourn;
using http::Bind;
using http::binding_of;

namespace {

using Sessions = Session<storage::Cookie, cipher::XChaCha20Poly1305, codec::MessagePack<shop::Cart>>;
using Stored = Session<storage::Memory, cipher::XChaCha20Poly1305, codec::MessagePack<shop::Cart>>;

const http::Client at_home{.ip = "192.0.2.1", .scheme = "https", .user_agent = "Browser/1"};

template <class S>
std::string cookie_of(const typename S::Manager& sessions, const http::Client& client)
{
    auto session = sessions.open("", client);
    ++session->visits;
    ::Client browser;
    browser.take(session.save().value());
    return browser.header();
}

} // namespace

TEST_CASE("a binding tells each bound property apart, and no other")
{
    CHECK_FALSE(binding_of({}, at_home));
    const Bind all{.ip = true, .scheme = true, .user_agent = true};
    const auto here = binding_of(all, at_home);
    CHECK(here == binding_of(all, at_home));
    for (const auto& [elsewhere, bind] : {std::pair{http::Client{"192.0.2.2", "https", "Browser/1"}, Bind{.ip = true}},
                                          {http::Client{"192.0.2.1", "http", "Browser/1"}, Bind{.scheme = true}},
                                          {http::Client{"192.0.2.1", "https", "Browser/2"}, Bind{.user_agent = true}},
                                          {http::Client{"192.0.2.1", "https", ""}, Bind{.user_agent = true}}}) {
        CHECK(binding_of(all, elsewhere) != here);
        CHECK(binding_of(bind, elsewhere) != binding_of(bind, at_home));
        for (const Bind& other : {Bind{.ip = true}, Bind{.scheme = true}, Bind{.user_agent = true}})
            if (other.ip != bind.ip || other.scheme != bind.scheme)
                CHECK(binding_of(other, elsewhere) == binding_of(other, at_home));
    }
    // what runs into the next property, or comes in another one, is not the same
    CHECK(binding_of(all, {"a", "bc", ""}) != binding_of(all, {"ab", "c", ""}));
    CHECK(binding_of({.ip = true}, {"x", {}, {}}) != binding_of({.user_agent = true}, {{}, {}, "x"}));
}

TEST_CASE("what is bound to and not told is the program's mistake, and said")
{
    CHECK_THROWS_AS(binding_of({.scheme = true}, {.ip = "192.0.2.1"}), std::logic_error);
    const Sessions::Manager sessions{{.secret = secret, .bind = {.ip = true}}};
    CHECK_THROWS_AS(sessions.open(""), std::logic_error);
    CHECK_NOTHROW(sessions.open("", at_home));
}

TEST_CASE_TEMPLATE("prior art 18: a bound session opens from where it was made only; the cookie has no say in it", S,
                   Sessions, Stored)
{
    const storage::Memory memory;
    const auto make = [&](Bind bind) {
        Options options{.secret = secret, .bind = bind};
        if constexpr (S::can_revoke)
            return std::make_unique<typename S::Manager>(std::move(options), memory);
        else
            return std::make_unique<typename S::Manager>(std::move(options));
    };
    const auto bound = make({.ip = true, .user_agent = true});
    const auto unbound = make({});
    const std::string cookie = cookie_of<S>(*bound, at_home);
    const http::Client plain{.ip = "192.0.2.1", .scheme = "http", .user_agent = "Browser/1"};
    const http::Client away{.ip = "198.51.100.7", .scheme = "https", .user_agent = "Browser/1"};
    CHECK(bound->open(cookie, at_home)->visits == 1);
    CHECK(bound->open(cookie, plain)->visits == 1); // not bound to the scheme
    CHECK(bound->open(cookie, away).reason() == errc::bad_mac);
    CHECK(unbound->open(cookie, at_home).reason() == errc::bad_mac);
    CHECK(bound->open(cookie_of<S>(*unbound, at_home), at_home).reason() == errc::bad_mac);

    // it stays bound through touch, save and login
    auto session = bound->open(cookie, at_home);
    ::Client browser;
    browser.take(session.touch().value());
    CHECK(bound->open(browser.header(), at_home)->visits == 1);
    CHECK(bound->open(browser.header(), away).is_new());
    session.set_subject("alice");
    browser.take(session.save().value());
    CHECK(bound->open(browser.header(), at_home).subject() == "alice");
    CHECK(bound->open(browser.header(), away).is_new());
}

TEST_CASE("servers' requests tell what they know of the client")
{
    httplib::Request request;
    request.remote_addr = "192.0.2.1";
    request.headers.emplace("User-Agent", "Browser/1");
    const auto client = http::Adapter<httplib::Request>::client(request);
    CHECK(client.ip == "192.0.2.1");
    CHECK(client.user_agent == "Browser/1");
    CHECK_FALSE(client.scheme.has_value());
    CHECK(http::Adapter<httplib::Request>::client({}).user_agent == "");

    boost::beast::http::request<boost::beast::http::string_body> message;
    using Beast = http::Adapter<decltype(message)>;
    CHECK(Beast::client(message).user_agent == "");
    message.set(boost::beast::http::field::user_agent, "Browser/1");
    CHECK(Beast::client(message).user_agent == "Browser/1");
    CHECK_FALSE(Beast::client(message).ip.has_value());

    const Sessions::Manager sessions{{.secret = secret, .bind = {.ip = true, .user_agent = true}}};
    CHECK(sessions.start(request).is_new());
    CHECK_THROWS_AS(sessions.start(message), std::logic_error);
}
