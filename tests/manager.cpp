#include <sojourn/manager.hpp>

#include <doctest/doctest.h>

#include "client.hpp"

#include <chrono>
#include <stdexcept>
#include <string>

using namespace sojourn;
using namespace std::chrono_literals;
using shop::Cart;

namespace {

using Sessions = Session<storage::Cookie, cipher::XChaCha20Poly1305, codec::MessagePack<Cart>>;

void ok(Options options) { CHECK_NOTHROW(Sessions::Manager{std::move(options)}); }

/// Refused when the manager is built, with an error that names the option.
void bad(Options options, const std::string& named)
{
    try {
        const Sessions::Manager manager{std::move(options)};
        FAIL_CHECK("accepted: " << named);
    } catch (const std::invalid_argument& error) {
        const std::string what = error.what();
        CHECK_MESSAGE(what.find("unlawful option: " + named) != std::string::npos, what);
    }
}

} // namespace

TEST_CASE("unlawful options are refused by name when the manager is built")
{
    ok({.secret = secret});
    ok({.ikm = std::string(32, 'k')});
    bad({.secret = "short"}, "secret");
    bad({.secret = secret, .ikm = std::string(32, 'k')}, "secret, ikm");
    bad({.ikm = std::string(31, 'k')}, "ikm: exactly 32 bytes");
    bad({.ikm = std::string(33, 'k')}, "ikm: exactly 32 bytes");
    bad({.secret = secret, .ikm_fallbacks = {std::string(16, 'k')}}, "ikm_fallbacks: each exactly 32 bytes");
    bad({.secret = secret, .secret_fallbacks = {"1234"}}, "secret_fallbacks");
    bad({.secret_fallbacks = {secret}}, "secret_fallbacks");
    bad({.secret = secret, .idling_timeout = -1s}, "idling_timeout");
    bad({.secret = secret, .rolling_timeout = 34'560'001s}, "rolling_timeout");
    bad({.secret = secret, .absolute_timeout = -1s}, "absolute_timeout");
    bad({.secret = secret, .stale_ttl = -1s}, "stale_ttl");
    bad({.secret = secret, .touch_threshold = -1s}, "touch_threshold");
    bad({.secret = secret, .audience = ""}, "audience");
    bad({.secret = secret, .audience = std::string(256, 'a')}, "audience");
    bad({.secret = secret, .cookie_name = ""}, "cookie_name");
    bad({.secret = secret, .cookie_name = "a b"}, "cookie_name");
    bad({.secret = secret, .cookie_name = "a.2"}, "cookie_name");
    bad({.secret = secret, .cookie_secure = false, .cookie_same_site = cookie::SameSite::none}, "cookie_same_site");
    bad({.secret = secret, .cookie_prefix = cookie::Prefix::host, .cookie_path = "/shop"}, "cookie_p");
}

TEST_CASE("unlawful options of the remember cookie are refused by name")
{
    const std::string key(32, 'k');
    ok({.ikm = key, .remember_rolling_timeout = 0s, .remember_absolute_timeout = 34'560'000s});
    bad({.ikm = key, .remember_rolling_timeout = -1s}, "remember_rolling_timeout");
    bad({.ikm = key, .remember_rolling_timeout = 34'560'001s}, "remember_rolling_timeout");
    bad({.ikm = key, .remember_absolute_timeout = -1s}, "remember_absolute_timeout");
    bad({.ikm = key, .remember_absolute_timeout = 34'560'001s}, "remember_absolute_timeout");
    ok({.ikm = key, .remember_cookie_name = "stay"});
    for (const std::string name : {"", "a b", "session.2", "a.9", "__Host-remember", "session"})
        bad({.ikm = key, .remember_cookie_name = name}, "remember_cookie_name");
    bad({.ikm = key, .cookie_name = "remember"}, "remember_cookie_name");
    bad({.ikm = key, .remember_cookie_name = std::string(129, 'r')}, "remember_cookie_name");
}

TEST_CASE("so are those of the storage and of the codec")
{
    using Compressed = codec::Zstd<codec::MessagePack<Cart>>;
    using Stored = Session<storage::File, cipher::XChaCha20Poly1305, Compressed>;
    const auto refused = [](storage::File::Options file, const Compressed::Options& zstd, const std::string& named) {
        try {
            const Stored::Manager manager{{.secret = secret}, storage::File{std::move(file)}, Compressed{zstd}};
            FAIL_CHECK("accepted: " << named);
        } catch (const std::invalid_argument& error) {
            const std::string what = error.what();
            CHECK_MESSAGE(what.find("unlawful option: " + named) != std::string::npos, what);
        }
    };
    const Folder folder;
    refused({.path = folder.path()}, {.level = 1000}, "zstd level");
    refused({.path = folder.path()}, {.dictionary = "not a dictionary"}, "zstd dictionary");
    refused({.path = ""}, {}, "path");
}

TEST_CASE("prior art 17: a guessable secret is refused, not hashed")
{
    bad({.secret = "1234"}, "secret");
    bad({.secret = std::string(15, 'x')}, "secret");
    ok({.secret = std::string(16, 'x')});
}

TEST_CASE("the secrets are not kept in the options")
{
    const Sessions::Manager manager{{.secret = secret, .secret_fallbacks = {"another secret of the shop"}}};
    CHECK(manager.options().secret.empty());
    CHECK(manager.options().secret_fallbacks[0].empty());
}

TEST_CASE("a proxy passes on a Cookie header without ours")
{
    const Sessions::Manager manager{{.secret = secret}};
    CHECK(manager.cookie_name() == "__Host-session");
    CHECK(manager.clear_request_cookie("a=1; __Host-session=x; b=2; __Host-session.2=y") == "a=1; b=2");
    CHECK(manager.clear_request_cookie("__Host-session=x").empty());
    CHECK(manager.remember_cookie_name() == "__Host-remember");
    CHECK(manager.clear_request_cookie("__Host-remember=x; a=1; __Host-remember.9=y; remember=2; __Host-session=z") ==
          "a=1; remember=2");
}

TEST_CASE("several managers serve one request side by side")
{
    const Sessions::Manager carts{{.secret = secret, .cookie_name = "cart"}};
    const Sessions::Manager wishes{{.secret = secret, .cookie_name = "wishes"}};
    Client client;
    auto cart = carts.start(client.header());
    auto wish = wishes.start(client.header());
    cart->visits = 1;
    wish->visits = 2;
    client.take(*cart.save());
    client.take(*wish.save());
    CHECK(client.cookies.size() == 2);
    CHECK(carts.open(client.header())->visits == 1);
    CHECK(wishes.open(client.header())->visits == 2);
}

TEST_CASE("logout and destroy of a manager open first")
{
    Shop<storage::Memory> shop;
    for (const bool whole : {false, true}) {
        auto session = shop.start();
        ++session->visits;
        shop.take(session.save());
        const std::string cookie = shop.client.header();
        CHECK_FALSE(shop.take(whole ? shop.sessions.destroy(cookie) : shop.sessions.logout(cookie)).has_value());
        CHECK(shop.client.cookies.empty());
        CHECK(shop.sessions.open(cookie).reason() == errc::not_found);
    }
    // what never was a session leaves the client's cookies of our name no longer
    CHECK_FALSE(shop.take(shop.sessions.destroy("__Host-session=junk; __Host-session.2=junk")).has_value());
    CHECK(shop.sent == 2);
}

TEST_CASE("cookies have the attributes that were asked for")
{
    const auto line = [](Options options) {
        options.secret = secret;
        const Sessions::Manager manager{std::move(options)};
        auto session = manager.start("");
        session->visits = 1;
        const std::string text{*session.save()->begin()};
        return text.substr(0, text.find('=') + 1) + text.substr(text.find(';'));
    };
    CHECK(line({}) == "__Host-session=; Path=/; SameSite=Lax; Secure; HttpOnly");
    CHECK(line({.cookie_secure = false}) == "session=; Path=/; SameSite=Lax; HttpOnly");
    CHECK(line({.cookie_domain = "example.org", .cookie_same_site = cookie::SameSite::strict}) ==
          "session=; Domain=example.org; Path=/; SameSite=Strict; Secure; HttpOnly");
    CHECK(line({.cookie_prefix = cookie::Prefix::secure,
                .cookie_path = "/shop",
                .cookie_same_site = cookie::SameSite::none,
                .cookie_priority = cookie::Priority::high,
                .cookie_partitioned = true}) ==
          "__Secure-session=; Path=/shop; SameSite=None; Priority=High; Partitioned; Secure; HttpOnly");
}
