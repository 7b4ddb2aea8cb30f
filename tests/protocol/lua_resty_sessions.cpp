// Whole sessions in the protocol of lua-resty-session: what the recorded vectors (tests/lua_resty) do not tell.

#include "lua_resty.hpp"

#include <doctest/doctest.h>

#include <sojourn/codec/map.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <set>
#include <string>
#include <vector>

using namespace lua_resty_test;
using storage::Cookie;
using storage::LuaRestyFile;

namespace {

template <class Storage>
std::set<std::string> handles(LuaShop<Storage>& shop, std::string_view subject)
{
    std::set<std::string> all;
    const auto found = shop.sessions.list("default", subject);
    REQUIRE_MESSAGE(found.has_value(), found.error().message());
    for (const auto& summary : *found)
        all.insert(summary.handle);
    return all;
}

template <class Storage>
Client log_in(LuaShop<Storage>& shop, const std::string& subject)
{
    Client client;
    auto session = shop.open(client);
    session.set_subject(subject);
    session->user = subject;
    REQUIRE_FALSE(shop.take(session.save(), client));
    return client;
}

template <class Storage>
Options listing()
{
    auto options = LuaShop<Storage>::options();
    options.store_metadata = true;
    return options;
}

} // namespace

TEST_CASE_TEMPLATE("lua-resty: a client comes, changes its session, comes back and finds it", Storage, Cookie, Records,
                   LuaRestyFile)
{
    LuaShop<Storage> shop;
    shop.with([](auto& session) {
        CHECK(session.is_new());
        session->user = "Alice";
        session->items = {{"tea", 2}, {"milk", 1}};
    });
    const auto id = shop.open().properties().id;
    shop.with([](auto& session) {
        CHECK_FALSE(session.is_new());
        CHECK(session->user == "Alice");
        CHECK(session->items == std::vector<shop::Item>{{"tea", 2}, {"milk", 1}});
        session->visits = 7;
    });
    auto session = shop.open();
    CHECK(session->visits == 7);
    CHECK(session.properties().id != id); // each save gives it another one
    CHECK_FALSE(shop.take(session.destroy()));
    CHECK(shop.client.cookies.empty());
    CHECK(shop.open().is_new());
}

TEST_CASE_TEMPLATE("lua-resty: a session grows over several cookies and shrinks again", Storage, Cookie)
{
    LuaShop<Storage> shop;
    std::array<std::byte, 4500> noise{}; // does not compress
    World{}.random(noise);
    std::string note(wire::encoded_size(noise.size()), '\0');
    wire::encode(noise, note.data());
    shop.with([&](auto& session) { session->note = note; });
    CHECK(shop.client.cookies.size() > 1);
    shop.with([&](auto& session) {
        CHECK(session->note == note);
        session->note.clear();
    });
    CHECK(shop.client.cookies.size() == 1);
    CHECK(shop.open()->note.empty());
    CHECK_FALSE(shop.open().is_new());
}

TEST_CASE_TEMPLATE("lua-resty: flash texts are read once, a label and CSRF tokens last", Storage, Cookie, Records,
                   LuaRestyFile)
{
    LuaShop<Storage> shop;
    std::string token;
    shop.with([&](auto& session) {
        session->visits = 1;
        session.set_flash("notice", "saved");
        session.set_label("a phone");
        token = session.csrf_token();
    });
    CHECK_FALSE(shop.open().verify_csrf(std::string(43, 'A')));
    shop.with([&](auto& session) {
        CHECK(session.take_flash("notice") == "saved");
        CHECK(session.label() == "a phone");
        CHECK(session.verify_csrf(token));
    });
    shop.with([&](auto& session) {
        CHECK_FALSE(session.take_flash("notice").has_value());
        CHECK(session.verify_csrf(token));
        CHECK(session->visits == 1);
        session.set_subject("alice");
    });
    CHECK_FALSE(shop.open().verify_csrf(token)); // from before the login
}

TEST_CASE_TEMPLATE("lua-resty: info is stored beside the session: no cookie, no new id, nothing else", Storage, Records,
                   LuaRestyFile)
{
    LuaShop<Storage> shop;
    shop.with([](auto& session) { session->visits = 1; });
    auto session = shop.open();
    session.set_info("page", "/bread");
    session->visits = 100;
    CHECK(session.save_info().has_value());
    auto again = shop.open();
    CHECK(again.info("page") == "/bread");
    CHECK(again->visits == 1);
    CHECK(again.properties().id == session.properties().id);
    CHECK_FALSE(shop.take(again.destroy()));
    session.set_info("page", "/late");
    CHECK(session.save_info().error() == errc::session_gone);
}

TEST_CASE_TEMPLATE("lua-resty: a login kills the id of before at once, a save leaves it its grace", Storage, Records,
                   LuaRestyFile)
{
    LuaShop<Storage> shop;
    shop.with([](auto& session) { session->visits = 1; });
    const Client first = shop.client;
    shop.with([](auto& session) { session->visits = 2; });
    const Client second = shop.client;
    CHECK(shop.open(first)->visits == 1); // a request that was under way
    shop.with([](auto& session) { session.set_subject("alice"); });
    CHECK(shop.open(second).is_new());
    CHECK(shop.open(second).reason() == errc::not_found);
    CHECK(shop.open().subject() == "alice");
}

TEST_CASE("lua-resty: the grace of a superseded id ends")
{
    LuaShop<Records> shop;
    shop.with([](auto& session) { session->visits = 1; });
    const Client first = shop.client;
    shop.with([](auto& session) { session->visits = 2; });
    shop.world.advance(9s);
    CHECK_FALSE(shop.open(first).is_new());
    shop.world.advance(2s);
    CHECK(shop.open(first).is_new());
    CHECK(shop.open()->visits == 2);
}

TEST_CASE_TEMPLATE("lua-resty: a late save never revives a destroyed session", Storage, Records, LuaRestyFile)
{
    LuaShop<Storage> shop;
    shop.with([](auto& session) { session->visits = 1; });
    auto late = shop.open();
    late->visits = 2;
    Client other = shop.client;
    auto session = shop.open();
    CHECK_FALSE(shop.take(session.destroy(), other));
    CHECK(shop.take(late.save()) == errc::session_gone);
    CHECK(shop.open().is_new());
}

TEST_CASE_TEMPLATE("lua-resty: the sessions of a subject are listed and revoked, and leave no entries", Storage,
                   Records, LuaRestyFile)
{
    for (const bool hashed : {false, true}) {
        auto options = listing<Storage>();
        options.hash_subject = hashed;
        LuaShop<Storage> shop{options};
        CHECK(handles(shop, "alice").empty());
        std::vector<Client> devices;
        for (int n = 0; n != 3; ++n)
            devices.push_back(log_in(shop, "alice"));
        const auto bob = log_in(shop, "bob");
        CHECK(handles(shop, "alice").size() == 3);
        CHECK(handles(shop, "bob").size() == 1);

        // A save lists the new id in the place of the old one
        auto session = shop.open(devices[0]);
        session->visits = 3;
        REQUIRE_FALSE(shop.take(session.save(), devices[0]));
        CHECK(handles(shop, "alice").size() == 3);

        const auto mine = shop.open(devices[0]);
        CHECK(shop.sessions.revoke_others(mine).value() == 2);
        CHECK(handles(shop, "alice").size() == 1);
        CHECK(shop.open(devices[0]).subject() == "alice");
        CHECK(shop.open(devices[1]).is_new());

        auto goes = shop.open(devices[0]);
        REQUIRE_FALSE(shop.take(goes.logout(), devices[0]));
        CHECK(handles(shop, "alice").empty());
        CHECK(shop.sessions.revoke_all("default", "bob").value() == 1);
        CHECK(shop.open(bob).is_new());
    }
}

TEST_CASE_TEMPLATE("lua-resty: who lists without metadata is told so", Storage, Records, LuaRestyFile)
{
    LuaShop<Storage> shop;
    CHECK(shop.sessions.list("default", "alice").error() == errc::unlawful_option);
}

TEST_CASE_TEMPLATE("lua-resty: an audience passes the data of the others through, and logs out for itself", Storage,
                   Cookie, Records, LuaRestyFile)
{
    LuaShop<Storage> shop;
    shop.with([](auto& session) {
        session.set_subject("alice");
        session->visits = 1;
    });
    auto options = LuaShop<Storage>::options();
    options.audience = "blog";
    using Blog = lua_resty::Session<Storage, Map, World>;
    typename Blog::Manager blog{options, shop.place.storage(), {}, shop.world};
    {
        auto session = blog.open(shop.client.header());
        CHECK(session.reason() == errc::no_audience);
        session->set("posts", 5);
        REQUIRE_FALSE(shop.take(session.save()));
    }
    shop.with([](auto& session) {
        CHECK(session->visits == 1);
        CHECK(session.subject() == "alice");
        session->visits = 2;
    });
    CHECK(blog.open(shop.client.header())->template get<int>("posts").value() == 5);
    REQUIRE_FALSE(shop.take(shop.sessions.logout(shop.client.header())));
    CHECK(shop.open().is_new());
    CHECK(blog.open(shop.client.header())->template get<int>("posts").value() == 5);
    REQUIRE_FALSE(shop.take(blog.logout(shop.client.header())));
    CHECK(shop.client.cookies.empty());
}

TEST_CASE_TEMPLATE("lua-resty: a remember cookie restores the session, and follows its data", Storage, Cookie, Records,
                   LuaRestyFile)
{
    auto options = LuaShop<Storage>::options();
    options.remember = true;
    options.remember_safety = Safety::low;
    LuaShop<Storage> shop{options};
    shop.with([](auto& session) { session->user = "Alice"; });
    CHECK(shop.client.cookies.contains("remember"));
    shop.client.cookies.erase("session"); // the browser was closed
    {
        auto session = shop.open();
        CHECK(session.restored());
        CHECK(session->user == "Alice");
        session->visits = 1;
        REQUIRE_FALSE(shop.take(session.save()));
    }
    shop.client.cookies.erase("session");
    CHECK(shop.open()->visits == 1);
    {
        auto session = shop.open();
        session.set_remember(false);
        REQUIRE_FALSE(shop.take(session.save()));
    }
    CHECK_FALSE(shop.client.cookies.contains("remember"));
    CHECK(shop.open()->visits == 1);
}

TEST_CASE_TEMPLATE("lua-resty: every flipped bit, every truncation and every splice of cookies is refused", Storage,
                   Cookie, Records)
{
    LuaShop<Storage> shop;
    const auto cookie_with = [&](const char* user) {
        shop.client = {};
        shop.with([&](auto& session) { session->user = user; });
        return shop.client.cookies.at("session");
    };
    const auto one = cookie_with("Alice"), other = cookie_with("Bobby");
    const auto is_refused = [&](const std::string& value) {
        auto session = shop.sessions.open("session=" + value);
        return session.is_new() && session->user.empty() && session.reason() != errc::store_failed;
    };
    REQUIRE_FALSE(is_refused(one));
    REQUIRE_FALSE(is_refused(other));
    REQUIRE(one.size() == other.size());
    for (std::size_t bit = 0; bit != one.size() * 8; ++bit) {
        std::string flipped = one;
        flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
        REQUIRE_MESSAGE(is_refused(flipped), "bit ", bit);
    }
    for (std::size_t size = 0; size != one.size(); ++size) {
        REQUIRE_MESSAGE(is_refused(one.substr(0, size)), "size ", size);
        const auto splice = one.substr(0, size) + other.substr(size);
        REQUIRE_MESSAGE((splice == one || splice == other || is_refused(splice)), "splice at ", size);
    }
    CHECK(is_refused(one + "A"));
    CHECK(is_refused("A" + one));
    CHECK(is_refused(one + one));
}

TEST_CASE("lua-resty: a record that was changed in the store opens no session, and crashes nothing")
{
    LuaShop<Records> shop;
    shop.with([](auto& session) {
        session->user = "Alice";
        session.set_info("page", "/");
    });
    const auto records = shop.place.records.values();
    REQUIRE(records.size() == 1);
    const auto& [key, value] = *records.begin();
    const auto payload_ends = value.find("\",\"");
    REQUIRE(payload_ends != std::string::npos);
    for (std::size_t bit = 0; bit != value.size() * 8; ++bit) {
        std::string flipped = value;
        flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
        shop.place.records.put(key, flipped);
        auto session = shop.open();
        if (bit / 8 < payload_ends) // beyond it is the info, which nothing protects
            REQUIRE_MESSAGE((session.is_new() && session->user.empty()), "bit ", bit);
    }
    for (std::size_t size = 0; size != value.size(); ++size) {
        shop.place.records.put(key, value.substr(0, size));
        REQUIRE_MESSAGE(shop.open().is_new(), "size ", size);
    }
    for (const std::string foreign :
         {"", "5", "null", "[]", "{}", "[5]", "[null]", "[[]]", "\"x\"", "[\"\",5]", "[\"!\"]"}) {
        shop.place.records.put(key, foreign);
        REQUIRE_MESSAGE(shop.open().is_new(), foreign);
    }
    shop.place.records.put(key, value);
    CHECK(shop.open()->user == "Alice");
}

TEST_CASE("lua-resty: whichever call to the store fails, the program is told, nothing is sent, and what stood stands")
{
    enum class Op { open, save, login, info, logout, destroy, list, revoke };
    for (const auto op : {Op::open, Op::save, Op::login, Op::info, Op::logout, Op::destroy, Op::list, Op::revoke})
        for (unsigned call = 1;; ++call) {
            auto options = listing<Records>();
            options.remember = true;
            options.remember_safety = Safety::none;
            LuaShop<Records> shop{options};
            shop.with([](auto& session) {
                session.set_subject("alice");
                session->visits = 1;
            });
            const auto& records = shop.place.records;
            CAPTURE(static_cast<int>(op));
            CAPTURE(call);

            auto session = shop.open();
            session->visits = 2;
            Error error;
            const auto note = [&](const auto& result) {
                if (!result)
                    error = result.error();
            };
            std::size_t lines = 0;
            const auto note_lines = [&](const Result<cookie::Lines>& result) {
                note(result);
                lines = result ? result->size() : 0;
            };
            records.fail_at(call);
            switch (op) {
            case Op::open: {
                const auto opened = shop.open();
                error = opened.unavailable();
                break;
            }
            case Op::save: note_lines(session.save()); break;
            case Op::login:
                session.set_subject("bob");
                note_lines(session.save());
                break;
            case Op::info:
                session.set_info("page", "/");
                note(session.save_info());
                break;
            case Op::logout: note_lines(session.logout()); break;
            case Op::destroy: note_lines(session.destroy()); break;
            case Op::list: note(shop.sessions.list("default", "alice")); break;
            case Op::revoke: note(shop.sessions.revoke_all("default", "alice")); break;
            }
            const bool reached = records.calls() >= call;
            records.fail_at(0);
            if (!reached) { // all calls have had their failure
                CHECK(call > 1);
                CHECK_FALSE(error);
                break;
            }
            const bool ends = op == Op::logout || op == Op::destroy || op == Op::revoke;
            if (error) {
                CHECK(error == errc::store_failed);
                CHECK(lines == 0);
                if (!ends || call == 1) { // the client still holds what opens
                    CHECK(shop.open()->visits == 1);
                    CHECK(shop.open().subject() == "alice");
                }
            } else { // the session was stored; what remembers it was not, and is as it was
                CHECK((op == Op::save || op == Op::login || op == Op::info));
                CHECK(call > 1);
            }
            // And once the store is well again, all goes on
            if (ends) {
                CHECK(shop.sessions.revoke_all("default", "alice").has_value());
                CHECK(shop.open().is_new());
            } else {
                auto again = shop.open();
                again->visits = 3;
                CHECK_FALSE(shop.take(again.save()));
                CHECK(shop.open()->visits == 3);
            }
        }
}
