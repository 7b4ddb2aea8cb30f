#include <sojourn/session.hpp>

#include <doctest/doctest.h>

#include "client.hpp"

#include <sojourn/codec/json.hpp>
#include <sojourn/codec/map.hpp>

#include <chrono>
#include <string>
#include <thread>
#include <utility>

using namespace sojourn;
using namespace std::chrono_literals;
using shop::Cart;
using storage::Cookie;
using storage::File;
using storage::Memory;

static_assert(!Shop<Cookie>::Session::loses_no_update && !Shop<Cookie>::Session::can_revoke);
static_assert(Shop<Memory>::Session::loses_no_update && Shop<Memory>::Session::can_revoke);
static_assert(Shop<File>::Session::loses_no_update && Shop<File>::Session::can_revoke);

namespace {

/// Sends a change; the errc of its save, if any.
template <class S>
std::optional<errc> visit(S& shop)
{
    auto session = shop.start();
    ++session->visits;
    return shop.take(session.save());
}

template <class S>
int visits(S& shop)
{
    return shop.open()->visits;
}

} // namespace

TEST_CASE_TEMPLATE("a client comes, changes its session, comes back and finds it", Storage, Cookie, Memory, File)
{
    Shop<Storage> shop;
    {
        auto session = shop.start();
        CHECK(session.is_new());
        CHECK(session.reason() == errc::no_cookie);
        CHECK(static_cast<bool>(session));
        session->user = "Alice";
        session->items = {{"tea", 2}, {"milk", 1}};
        session->visits = 7;
        CHECK_FALSE(shop.take(session.save()).has_value());
        CHECK(shop.sent == 1);
    }
    CHECK(shop.client.cookies.count("__Host-session") == 1);
    auto session = shop.start();
    CHECK_FALSE(session.is_new());
    CHECK_FALSE(session.reason());
    CHECK(session->user == "Alice");
    CHECK(session->items == std::vector<shop::Item>{{"tea", 2}, {"milk", 1}});
    CHECK(session->visits == 7);
}

TEST_CASE_TEMPLATE("every cipher and codec works with every storage", Storage, Cookie, Memory, File)
{
    const auto works = [](auto shop) {
        CHECK_FALSE(visit(shop).has_value());
        CHECK_FALSE(visit(shop).has_value());
        CHECK(visits(shop) == 2);
    };
    using cipher::Aes256Gcm;
    using cipher::XChaCha20Poly1305;
    works(Shop<Storage, XChaCha20Poly1305, codec::MessagePack<Cart>>{});
    works(Shop<Storage, XChaCha20Poly1305, codec::Json<Cart>>{});
    works(Shop<Storage, Aes256Gcm, codec::Zstd<codec::Json<Cart>>>{});
    works(Shop<Storage, Aes256Gcm, codec::Zstd<codec::MessagePack<Cart>>>{});
}

TEST_CASE_TEMPLATE("a session of a map is set and got by name", Storage, Cookie, Memory, File)
{
    Shop<Storage, cipher::XChaCha20Poly1305, codec::MessagePack<Map>> shop;
    {
        auto session = shop.start();
        session.set("user", "Alice");
        session.set("visits", 3);
        CHECK_FALSE(shop.take(session.save()).has_value());
    }
    const auto session = shop.start();
    CHECK(session.template get<std::string>("user")->value() == "Alice");
    CHECK(session.template get<int>("visits", 0).value() == 3);
    CHECK(session.template get<int>("user").error() == errc::type_mismatch);
    CHECK_FALSE(session.template get<int>("nothing")->has_value());
}

TEST_CASE_TEMPLATE("prior art 35, 36: an unchanged session sends nothing", Storage, Cookie, Memory, File)
{
    Shop<Storage> shop;
    auto fresh = shop.start();
    CHECK_FALSE(shop.take(fresh.save()).has_value());
    CHECK(shop.sent == 0);

    visit(shop);
    auto session = shop.start();
    CHECK_FALSE(shop.take(session.save()).has_value());
    CHECK(shop.sent == 0);
    CHECK(session.save()->empty());
}

TEST_CASE_TEMPLATE("each timeout ends the session with its own reason", Storage, Cookie, Memory, File)
{
    const auto ends = [](auto step, auto times, errc why, bool touching) {
        Shop<Storage> shop{
            {.secret = secret, .idling_timeout = 900s, .rolling_timeout = 3600s, .absolute_timeout = 7200s}};
        visit(shop);
        for (int i = 0; i != times; ++i) {
            shop.world.advance(step);
            auto session = shop.open();
            REQUIRE_FALSE(session.is_new());
            if (touching)
                shop.take(session.touch());
            else
                shop.take(session.refresh());
        }
        shop.world.advance(step);
        const auto session = shop.open();
        CHECK(session.is_new());
        CHECK(session.reason() == why);
        CHECK(session->visits == 0);
    };
    ends(901s, 0, errc::idling_timeout, true);
    ends(800s, 4, errc::rolling_timeout, true);
    ends(800s, 9, errc::absolute_timeout, false);
}

TEST_CASE_TEMPLATE("touch tells the cookie of activity and asks no store", Storage, Cookie, Memory, File)
{
    Shop<Storage> shop;
    visit(shop);
    const auto before = shop.client.cookies;
    shop.world.advance(600s);
    {
        auto session = shop.open();
        const auto draws = shop.world.draws();
        CHECK_FALSE(shop.take(session.touch()).has_value());
        CHECK(shop.sent == 1);
        CHECK(shop.world.draws() == draws);
    }
    CHECK(shop.client.cookies != before);
    shop.world.advance(600s);
    CHECK(visits(shop) == 1);
    shop.client.cookies = before;
    CHECK(shop.open().reason() == errc::idling_timeout);
}

TEST_CASE_TEMPLATE("refresh does nothing, touches or saves, as it is time", Storage, Cookie, Memory, File)
{
    Shop<Storage> shop;
    visit(shop);
    const auto refreshed = [&] {
        auto session = shop.open();
        REQUIRE_FALSE(session.is_new());
        const auto draws = shop.world.draws();
        REQUIRE_FALSE(shop.take(session.refresh()).has_value());
        return std::pair{shop.sent, shop.world.draws() - draws};
    };
    using Done = std::pair<std::size_t, std::uint64_t>;
    shop.world.advance(60s);
    CHECK(refreshed() == Done{0, 0}); // not more often than touch_threshold
    shop.world.advance(1s);
    CHECK(refreshed() == Done{1, 0}); // a touch
    CHECK(refreshed() == Done{0, 0});
    for (int i = 0; i != 3; ++i) {
        shop.world.advance(800s);
        CHECK(refreshed() == Done{1, 0});
    }
    shop.world.advance(300s);
    CHECK(refreshed() == Done{1, 1}); // three quarters of 3600 s are spent: saved under a new id
    CHECK(visits(shop) == 1);
}

TEST_CASE_TEMPLATE("a started session is refreshed by its save, an opened one is not", Storage, Cookie, Memory, File)
{
    Shop<Storage> shop;
    visit(shop);
    shop.world.advance(600s);
    auto opened = shop.open();
    CHECK(opened.save()->empty());
    auto started = shop.start();
    CHECK_FALSE(shop.take(started.save()).has_value());
    CHECK(shop.sent == 1);
    shop.world.advance(600s);
    CHECK(visits(shop) == 1);
}

TEST_CASE_TEMPLATE("login changes the whole id; logout and destroy end the session in the client", Storage, Cookie,
                   Memory, File)
{
    Shop<Storage> shop;
    visit(shop);
    const auto before = shop.client.header();
    auto session = shop.start();
    const auto handle = session.properties().handle;
    session.set_subject("alice");
    CHECK_FALSE(shop.take(session.save()).has_value());
    CHECK(session.properties().handle != handle);
    CHECK(session.properties().id.size() == 43);

    auto logged_in = shop.start();
    CHECK(logged_in.subject() == "alice");
    CHECK(logged_in->visits == 1);
    if constexpr (Shop<Storage>::Session::can_revoke) {
        const auto old = shop.sessions.open(before);
        CHECK(old.reason() == errc::not_found);
    }

    const auto alive = shop.client.header();
    CHECK_FALSE(shop.take(logged_in.logout()).has_value());
    CHECK(shop.client.cookies.empty());
    CHECK_FALSE(static_cast<bool>(logged_in));
    if constexpr (Shop<Storage>::Session::can_revoke)
        CHECK(shop.sessions.open(alive).reason() == errc::not_found);
}

TEST_CASE_TEMPLATE("who authenticates again gets a new session, and the old one is dead", Storage, Memory, File)
{
    Shop<Storage> shop;
    auto session = shop.start();
    session.set_subject("alice");
    CHECK_FALSE(shop.take(session.save()).has_value());
    const auto before = shop.client.header();

    auto again = shop.start();
    again->visits = 5;
    again.set_subject({});
    again.set_subject("alice");
    CHECK_FALSE(shop.take(again.save()).has_value());
    CHECK(shop.sessions.open(before).reason() == errc::not_found);
    CHECK(shop.open().subject() == "alice");
    CHECK(visits(shop) == 5);
}

TEST_CASE_TEMPLATE("prior art 26, 28: an id that the client made up is never adopted, and login leaves none of before",
                   Storage, Memory, File)
{
    Shop<Storage> shop;
    for (const std::string invented : {"../../etc/passwd", "AAAA", "1", "%2e%2e%2f"}) {
        shop.client.cookies["__Host-session"] = invented;
        auto session = shop.start();
        CHECK(session.is_new());
        ++session->visits;
        CHECK_FALSE(shop.take(session.save()).has_value());
        CHECK(shop.client.cookies["__Host-session"] != invented);
        CHECK(shop.client.cookies["__Host-session"].size() == 92);
    }
}

TEST_CASE_TEMPLATE("what is closed answers that it is", Storage, Cookie, Memory, File)
{
    Shop<Storage> shop;
    visit(shop);
    auto session = shop.start();
    session.close();
    CHECK_FALSE(static_cast<bool>(session));
    CHECK(session.save().error() == errc::session_closed);
    CHECK(session.touch().error() == errc::session_closed);
    CHECK(session.refresh().error() == errc::session_closed);
    CHECK(session.logout().error() == errc::session_closed);
    CHECK(session.destroy().error() == errc::session_closed);
    CHECK_THROWS_AS(++session->visits, std::logic_error);
    CHECK(visits(shop) == 1);
}

TEST_CASE_TEMPLATE("a session grows over several cookies and shrinks again; the surplus is expired", Storage, Cookie)
{
    Shop<Storage, cipher::XChaCha20Poly1305, codec::MessagePack<Cart>> shop;
    const auto note = [&](std::size_t size) {
        auto session = shop.start();
        session->note = std::string(size, 'n');
        return shop.take(session.save());
    };
    CHECK_FALSE(note(10000).has_value());
    CHECK(shop.client.cookies.size() == 4);
    CHECK(shop.open()->note.size() == 10000);

    shop.world.advance(100s); // a touch renews the first cookie only
    auto session = shop.start();
    CHECK_FALSE(shop.take(session.touch()).has_value());
    CHECK(shop.sent == 1);
    CHECK(shop.open()->note.size() == 10000);

    CHECK_FALSE(note(100).has_value());
    CHECK(shop.sent == 4); // one set, three expired
    CHECK(shop.client.cookies.size() == 1);

    const auto before = shop.client.cookies;
    CHECK(note(40000) == errc::too_large);
    CHECK(note(27700) == errc::cookie_overflow);
    CHECK(shop.client.cookies == before);
    CHECK_FALSE(note(27000).has_value());
    CHECK(shop.client.cookies.size() == 9);
    CHECK(shop.open()->note.size() == 27000);
    auto ended = shop.start();
    CHECK_FALSE(shop.take(ended.destroy()).has_value());
    CHECK(shop.sent == 9);
    CHECK(shop.client.cookies.empty());
}

TEST_CASE_TEMPLATE("prior art 22, 38: keys rotate without logging anybody out; without a key the log says so", Storage,
                   Cookie)
{
    using Session = typename Shop<Storage>::Session;
    testing::ManualEnvironment world;
    typename Session::Manager old{{.secret = "the key of last year, 2025"}, {}, {}, world};
    typename Session::Manager now{
        {.secret = "the key of this year, 2026", .secret_fallbacks = {"the key of last year, 2025"}}, {}, {}, world};
    typename Session::Manager later{{.secret = "the key of this year, 2026"}, {}, {}, world};
    Client client;
    auto session = old.start("");
    session->visits = 5;
    client.take(*session.save());
    CHECK(later.open(client.header()).reason() == errc::unknown_key);

    auto continued = now.start(client.header());
    CHECK(continued->visits == 5);
    client.take(*continued.save()); // nothing changed but the key
    CHECK(later.open(client.header())->visits == 5);
    CHECK(world.logged().empty());

    typename Session::Manager keyless{{}, {}, {}, world};
    REQUIRE(world.logged().size() == 1);
    CHECK(world.logged()[0].find("no secret") != std::string::npos);
    CHECK(keyless.open(client.header()).reason() == errc::unknown_key);
}

TEST_CASE_TEMPLATE("prior art 27: a MAC is compared to its end, also behind a zero byte", Storage, Cookie, Memory, File)
{
    Shop<Storage> shop;
    std::string& value = shop.client.cookies["__Host-session"];
    wire::FrameBytes bytes;
    const auto decode = [&] {
        return wire::decode(std::string_view{value}.substr(0, wire::Frame::text_size), bytes.all().data());
    };
    do
        visit(shop);
    while (decode() && bytes.mac()[0] != std::byte{0}); // one MAC in 256 begins like this
    REQUIRE(visits(shop) > 0);
    for (std::size_t i = 1; i != bytes.mac().size(); ++i) {
        REQUIRE(decode());
        bytes.mac()[i] ^= std::byte{1};
        std::string forged = value;
        wire::encode(bytes.all(), forged.data());
        CHECK(shop.sessions.open("__Host-session=" + forged).reason() == errc::bad_mac);
    }
}

TEST_CASE_TEMPLATE("prior art 29: all timeouts count at once", Storage, Cookie, Memory, File)
{
    // active every 10 minutes: neither idling (15 min) nor rolling (1 h, refreshed) ends it, but its age does (1 d)
    Shop<Storage> shop;
    visit(shop);
    for (int minutes = 10; minutes <= 24 * 60; minutes += 10) {
        shop.world.advance(10min);
        auto session = shop.start();
        REQUIRE_FALSE(session.is_new());
        REQUIRE_FALSE(shop.take(session.save()).has_value());
    }
    shop.world.advance(1s);
    CHECK(shop.open().reason() == errc::absolute_timeout);
}

TEST_CASE("prior art 16, 19: another cookie name, audience or storage reads nothing of ours")
{
    Shop<Cookie> shop;
    visit(shop);
    const std::string value = shop.client.cookies["__Host-session"];
    Shop<Cookie> other{{.secret = secret, .cookie_name = "other"}};
    CHECK(other.sessions.open("__Host-other=" + value).reason() == errc::bad_mac);
    Shop<Memory> memory;
    CHECK(memory.sessions.open("__Host-session=" + value).reason() == errc::malformed_cookie);
    Shop<Cookie> audience{{.secret = secret, .audience = "admin"}};
    auto session = audience.sessions.open("__Host-session=" + value);
    CHECK(session.is_new());
    CHECK(session.reason() == errc::no_audience);
    CHECK(session->visits == 0);
}

TEST_CASE_TEMPLATE("audiences share a cookie: each keeps its own part and passes on the other's, logout takes one",
                   Storage, Cookie, Memory, File)
{
    // two programs with one storage: the second one's data is of another type
    Place<Storage> place;
    testing::ManualEnvironment world;
    using ShopSession = typename Shop<Storage>::Session;
    using BlogSession = Session<Storage, cipher::XChaCha20Poly1305, codec::MessagePack<Map>, protocol::Native,
                                testing::ManualEnvironment>;
    typename ShopSession::Manager shops{{.secret = secret, .audience = "shop"}, place.storage(), {}, world};
    typename BlogSession::Manager blogs{{.secret = secret, .audience = "blog"}, place.storage(), {}, world};
    Client client;
    {
        auto session = shops.start(client.header());
        session->user = "Alice";
        client.take(*session.save());
    }
    {
        auto session = blogs.start(client.header());
        CHECK(session.reason() == errc::no_audience);
        session.set("draft", "hello");
        client.take(*session.save());
    }
    CHECK(shops.start(client.header())->user == "Alice");
    CHECK(blogs.start(client.header()).template get<std::string>("draft")->value() == "hello");
    {
        auto session = shops.start(client.header());
        client.take(*session.logout());
    }
    CHECK(shops.start(client.header()).reason() == errc::no_audience);
    CHECK(blogs.start(client.header()).template get<std::string>("draft")->value() == "hello");
    {
        auto session = blogs.start(client.header());
        client.take(*session.logout());
    }
    CHECK(client.cookies.empty());
}

namespace release {
struct First {
    std::string user;
    int visits = 0;
};
struct Second {
    std::string user;
    int visits = 0;
    std::string coupon = "none";
};
struct Third {
    std::string coupon;
    double credit = 1.5;
};
} // namespace release
BOOST_HANA_ADAPT_STRUCT(release::First, user, visits);
BOOST_HANA_ADAPT_STRUCT(release::Second, user, visits, coupon);
BOOST_HANA_ADAPT_STRUCT(release::Third, coupon, credit);

TEST_CASE_TEMPLATE("prior art 33: releases with other members share sessions and lose nothing of each other", Storage,
                   Cookie, Memory, File)
{
    Place<Storage> place;
    testing::ManualEnvironment world;
    Client client;
    const auto run = [&]<class Codec>(Codec codec, auto change) {
        using S = Session<Storage, cipher::XChaCha20Poly1305, Codec, protocol::Native, testing::ManualEnvironment>;
        typename S::Manager sessions{{.secret = secret}, place.storage(), std::move(codec), world};
        auto session = sessions.start(client.header());
        change(*session);
        auto saved = session.save();
        REQUIRE(saved.has_value());
        client.take(*saved);
    };
    run(codec::MessagePack<release::First>{}, [](auto& data) { data = {"Alice", 1}; });
    run(codec::MessagePack<release::Second>{}, [](auto& data) {
        CHECK(data.user == "Alice");
        CHECK(data.coupon == "none");
        data.coupon = "SPRING";
    });
    run(codec::MessagePack<release::First>{}, [](auto& data) { ++data.visits; }); // an instance not yet updated
    run(codec::MessagePack<release::Third>{}, [](auto& data) {
        CHECK(data.coupon == "SPRING");
        CHECK(data.credit == 1.5);
        data.credit = 2.5;
    });
    run(codec::MessagePack<release::Second>{}, [](auto& data) {
        CHECK(data.user == "Alice");
        CHECK(data.visits == 2);
        CHECK(data.coupon == "SPRING");
    });
}

TEST_CASE_TEMPLATE("data of another type is no session of ours and no crash", Storage, Cookie, Memory)
{
    Place<Storage> place;
    testing::ManualEnvironment world;
    using Maps = Session<Storage, cipher::XChaCha20Poly1305, codec::MessagePack<Map>, protocol::Native,
                         testing::ManualEnvironment>;
    typename Maps::Manager maps{{.secret = secret}, place.storage(), {}, world};
    typename Shop<Storage, cipher::XChaCha20Poly1305, codec::MessagePack<Cart>>::Session::Manager carts{
        {.secret = secret}, place.storage(), {}, world};
    auto session = maps.start("");
    session.set("visits", "a text, not a number");
    session.set_subject("alice");
    Client client;
    client.take(*session.save());
    auto other = carts.start(client.header());
    CHECK(other.is_new());
    CHECK(other.reason() == errc::bad_data);
    CHECK(other.subject().empty());
    CHECK(other->visits == 0);
}

TEST_CASE_TEMPLATE("two requests that change one session at once both count", Storage, Memory, File)
{
    Shop<Storage> shop;
    visit(shop);
    auto one = shop.start();
    auto two = shop.start();
    one->user = "Alice";
    two->note = "bring milk";
    const auto first = one.save();
    const auto second = two.save();
    REQUIRE(first.has_value());
    REQUIRE(second.has_value());
    CHECK(two->user == "Alice");                    // the merge shows
    for (const auto* lines : {&*first, &*second}) { // whichever response arrives last
        Client client;
        client.take(*lines);
        const auto session = shop.sessions.open(client.header());
        CHECK(session->user == "Alice");
        CHECK(session->note == "bring milk");
        CHECK(session->visits == 1);
    }
}

TEST_CASE_TEMPLATE("prior art 8, 31: a late save never revives a destroyed session", Storage, Memory, File)
{
    Shop<Storage> shop;
    visit(shop);
    auto late = shop.start();
    auto ending = shop.start();
    CHECK_FALSE(shop.take(ending.destroy()).has_value());
    ++late->visits;
    const auto saved = late.save();
    REQUIRE_FALSE(saved.has_value());
    CHECK(saved.error() == errc::session_gone);
}

TEST_CASE_TEMPLATE("concurrent requests on one session lose no change of different members", Storage, Memory, File)
{
    Shop<Storage, cipher::XChaCha20Poly1305, codec::MessagePack<Map>> shop;
    {
        auto session = shop.start();
        session.set("start", true);
        shop.take(session.save());
    }
    // each thread is a client with the same cookie that counts in a value of its own
    using Environment = environment::System;
    using S = Session<Storage, cipher::XChaCha20Poly1305, codec::MessagePack<Map>, protocol::Native, Environment>;
    typename S::Manager sessions{
        {.secret = secret, .idling_timeout = 0s, .rolling_timeout = 0s, .absolute_timeout = 0s}, shop.place.storage()};
    constexpr int changes = 50;
    std::vector<std::thread> threads;
    std::atomic<int> failures = 0;
    const std::string cookie = shop.client.header();
    for (int thread = 0; thread != 4; ++thread)
        threads.emplace_back([&, thread] {
            const std::string mine = "thread " + std::to_string(thread);
            for (int i = 0; i != changes;) {
                auto session = sessions.start(cookie);
                session.set(mine, session.template get<int>(mine, 0).value() + 1);
                if (const auto saved = session.save())
                    ++i;
                else if (saved.error() != errc::conflict)
                    ++failures, ++i;
            }
        });
    for (auto& thread : threads)
        thread.join();
    CHECK(failures == 0);
    const auto session = sessions.open(cookie);
    for (int thread = 0; thread != 4; ++thread)
        CHECK(session.template get<int>("thread " + std::to_string(thread), 0).value() == changes);
}

TEST_CASE("properties tell what is left of each timeout")
{
    Shop<Memory> shop{{.secret = secret, .absolute_timeout = 0s}};
    const auto unsaved = shop.start().properties();
    CHECK(unsaved.id.empty());
    CHECK(unsaved.handle.empty());
    CHECK_FALSE(unsaved.timeout.has_value());
    CHECK_FALSE(unsaved.idling_timeout.has_value());
    visit(shop);
    shop.world.advance(100s);
    const auto session = shop.open();
    const auto properties = session.properties();
    CHECK(properties.audience == "default");
    CHECK(properties.subject.empty());
    CHECK(properties.idling_timeout == 800s);
    CHECK(properties.rolling_timeout == 3500s);
    CHECK_FALSE(properties.absolute_timeout.has_value());
    CHECK(properties.timeout == 800s);
    CHECK(properties.handle.size() == 22);
}

namespace {
/// A storage that is down when it is told to be.
struct Failing : Memory {
    std::shared_ptr<bool> down = std::make_shared<bool>(false);
    static Error failure() { return {errc::store_failed, "the test pulled the plug"}; }
    Result<std::optional<Record>> load(std::string_view key) const { return *down ? failure() : Memory::load(key); }
    Result<bool> create(std::string_view key, BytesView value, TimeToLive ttl)
    {
        return *down ? failure() : Memory::create(key, value, ttl);
    }
    Result<StoreOutcome> store_if(std::string_view key, Version version, BytesView value, TimeToLive ttl)
    {
        return *down ? failure() : Memory::store_if(key, version, value, ttl);
    }
    Result<bool> erase(std::string_view key) { return *down ? failure() : Memory::erase(key); }
};
} // namespace

TEST_CASE("a store that is down is not a missing session: the program learns it and nothing is sent")
{
    Shop<Failing> shop;
    visit(shop);
    auto before = shop.start();
    *shop.place.one.down = true;
    ++before->visits;
    CHECK(before.save().error() == errc::store_failed);
    CHECK(before.destroy().error() == errc::store_failed);
    CHECK(static_cast<bool>(before)); // and can be tried again

    auto during = shop.start();
    CHECK_FALSE(static_cast<bool>(during));
    REQUIRE(during.unavailable());
    CHECK(during.unavailable().message() == "the session store failed: the test pulled the plug");
    CHECK_THROWS_AS(++during->visits, std::logic_error);
    CHECK(during.save().error() == errc::store_failed);
    CHECK(during.touch().error() == errc::store_failed);
    CHECK(during.destroy().error() == errc::store_failed);

    *shop.place.one.down = false;
    CHECK_FALSE(shop.take(before.save()).has_value());
    CHECK(visits(shop) == 2);
}
