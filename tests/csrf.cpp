#include <sojourn/csrf.hpp>

#include <doctest/doctest.h>

#include "client.hpp"

#include <array>
#include <chrono>
#include <set>
#include <string>
#include <utility>

using namespace sojourn;
using storage::Cookie;
using storage::File;
using storage::Memory;

TEST_CASE("a token is one of its secret, whatever its mask, and no other text is")
{
    csrf::Half secret_half{std::byte{1}, std::byte{2}};
    csrf::Half other{std::byte{1}, std::byte{3}};
    std::set<std::string> tokens;
    for (unsigned i = 0; i != 10; ++i) {
        csrf::Half mask{};
        mask.fill(static_cast<std::byte>(37 * i));
        const std::string token = csrf::make_token(secret_half, mask);
        CHECK(token.size() == 43);
        CHECK(csrf::verify_token(token, secret_half));
        CHECK_FALSE(csrf::verify_token(token, other));
        tokens.insert(token);
        for (std::size_t cut = 0; cut != token.size(); ++cut)
            CHECK_FALSE(csrf::verify_token(token.substr(0, cut), secret_half));
        for (std::size_t at = 0; at != token.size(); ++at) {
            std::string changed = token;
            changed[at] = changed[at] == 'A' ? 'B' : 'A';
            CHECK_FALSE(csrf::verify_token(changed, secret_half));
        }
    }
    CHECK(tokens.size() == 10);
    CHECK_FALSE(csrf::verify_token(std::string(43, '\0'), secret_half));
    CHECK_FALSE(csrf::verify_token(std::string(43, '\xFF'), csrf::Half{}));
    CHECK(csrf::verify_token(std::string(43, 'A'), csrf::Half{})); // mask and secret all zeros
}

TEST_CASE_TEMPLATE("prior art 29: a session takes its own tokens, and without a session none is good", Storage, Cookie,
                   Memory, File)
{
    Shop<Storage> shop;
    std::string token;
    {
        auto session = shop.start();
        CHECK_FALSE(session.verify_csrf(""));
        token = session.csrf_token();
        CHECK_FALSE(session.verify_csrf(token)); // it is not stored yet
        CHECK(token != session.csrf_token());
        CHECK_FALSE(shop.take(session.save()).has_value()); // nothing changed, and yet there has to be a session now
        CHECK(shop.sent == 1);
    }
    for (int saves = 0; saves != 3; ++saves) { // new ids, one token
        auto session = shop.start();
        CHECK_FALSE(session.is_new());
        CHECK(session.verify_csrf(token));
        CHECK(session.verify_csrf(session.csrf_token()));
        CHECK_FALSE(session.verify_csrf(""));
        CHECK_FALSE(session.verify_csrf(std::string(43, 'A')));
        ++session->visits;
        CHECK_FALSE(shop.take(session.save()).has_value());
    }
    Shop<Storage> other; // of the same secret
    other.world.advance(std::chrono::seconds{1});
    std::array<std::byte, 7> differ_from_the_first{};
    other.world.random(differ_from_the_first);
    auto stranger = other.start();
    ++stranger->visits;
    other.take(stranger.save());
    CHECK_FALSE(other.open().verify_csrf(token));

    auto session = shop.start();
    session.set_subject("alice");
    shop.take(session.save());
    CHECK_FALSE(shop.open().verify_csrf(token)); // from before the login
}

TEST_CASE("a token outlives the rotation of keys, and belongs to one audience and one cookie name")
{
    testing::ManualEnvironment world;
    using Sessions = Shop<Cookie>::Session;
    const std::string old = "the key of last year, 2025";
    const std::string now = "the key of this year, 2026";
    const Sessions::Manager before{{.secret = old}, {}, {}, world};
    const Sessions::Manager after{{.secret = now, .secret_fallbacks = {old}}, {}, {}, world};
    const Sessions::Manager elsewhere{{.secret = old, .audience = "admin"}, {}, {}, world};
    Client client;
    auto session = before.start("");
    const std::string token = session.csrf_token();
    client.take(session.save().value());
    auto continued = after.start(client.header());
    CHECK(continued.verify_csrf(token));
    client.take(continued.save().value());
    CHECK(after.open(client.header()).verify_csrf(token));
    CHECK(after.open(client.header()).verify_csrf(continued.csrf_token()));
    Client again;
    auto first = before.start("");
    again.take((++first->visits, first.save().value()));
    auto admin = elsewhere.start(again.header());
    const std::string admin_token = admin.csrf_token();
    CHECK(admin.verify_csrf(admin_token));
    CHECK_FALSE(before.open(again.header()).verify_csrf(admin_token));
}
