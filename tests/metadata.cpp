#include <sojourn/session.hpp>

#include <doctest/doctest.h>

#include "client.hpp"
#include "servers/redis_place.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

// Which sessions a subject has: listed, and ended.

using namespace sojourn;
using namespace std::chrono_literals;
using storage::Cookie;
using storage::File;
using storage::Memory;
using storage::Redis;

namespace {

/// A shop, and clients that log in from devices of their own.
template <class Storage>
struct Site {
    using Session = typename Shop<Storage>::Session;

    explicit Site(Options options = {}) : shop{listed(std::move(options))} {}

    static Options listed(Options options)
    {
        options.store_metadata = true;
        return options;
    }

    Session open(const Client& client) { return shop.sessions.open(client.header()); }

    Client log_in(std::string subject, std::string_view label = {}, bool remember = false)
    {
        Client client;
        auto session = open(client);
        session.set_subject(std::move(subject));
        session.set_label(label);
        session.set_remember(remember);
        client.take(session.save().value());
        return client;
    }
    bool is_in(const Client& client, std::string_view subject) { return open(client).subject() == subject; }
    void save(Client& client)
    {
        auto session = open(client);
        ++session->visits;
        client.take(session.save().value());
    }
    std::string handle(const Client& client) { return open(client).properties().handle; }

    std::set<std::string> handles(std::string_view subject, std::string_view audience = "default")
    {
        std::set<std::string> all;
        for (const auto& one : shop.sessions.list(audience, subject).value())
            all.insert(one.handle);
        return all;
    }

    Shop<Storage> shop;
};

Redis hasty_storage(const Place<Redis>& place) { return place.storage(); }
File hasty_storage(const Place<File>& place) { return File{{.path = place.folder.path(), .durable = false}}; }

} // namespace

TEST_CASE_TEMPLATE("the sessions of a subject are listed, with what its owner needs to tell them apart", Storage,
                   Memory, File, Redis)
{
    Site<Storage> site;
    CHECK(site.shop.sessions.list("default", "alice").value().empty());
    const auto began = site.shop.world.now();
    auto phone = site.log_in("alice", "a phone");
    site.shop.world.advance(100s);
    const auto laptop = site.log_in("alice", "a laptop");
    const auto bobs = site.log_in("bob");

    auto all = site.shop.sessions.list("default", "alice").value();
    REQUIRE(all.size() == 2);
    std::ranges::sort(all, {}, &SessionSummary::created);
    CHECK(all[0].label == "a phone");
    CHECK(all[0].handle == site.handle(phone));
    CHECK(all[0].created == began);
    CHECK(all[0].last_seen == began);
    CHECK(all[1].label == "a laptop");
    CHECK(all[1].handle == site.handle(laptop));
    CHECK(all[1].created == began + 100s);
    CHECK(site.handles("bob") == std::set{site.handle(bobs)});

    // The handle is no id, and opens nothing
    CHECK(site.open(phone).properties().id != all[0].handle);
    CHECK(site.shop.sessions.open("__Host-session=" + all[0].handle).is_new());

    // What is done later is seen later; the session stays the same, whatever its id
    site.shop.world.advance(100s);
    site.save(phone);
    all = site.shop.sessions.list("default", "alice").value();
    std::ranges::sort(all, {}, &SessionSummary::created);
    CHECK(all[0].handle == site.handle(phone));
    CHECK(all[0].last_seen == began + 200s);
    CHECK(all[0].created == began);
}

TEST_CASE_TEMPLATE("one session is revoked, all others, or all", Storage, Memory, File, Redis)
{
    Site<Storage> site;
    auto& sessions = site.shop.sessions;
    std::vector<Client> devices;
    for (int n = 0; n != 5; ++n)
        devices.push_back(site.log_in("alice"));
    const auto bob = site.log_in("bob");
    const auto last = site.handle(devices[4]);

    // one: at once, and for good
    auto late = site.open(devices[4]);
    ++late->visits;
    CHECK(sessions.revoke("default", "alice", last).value());
    CHECK(site.open(devices[4]).reason() == errc::not_found);
    CHECK(late.save().error() == errc::session_gone);
    CHECK_FALSE(sessions.revoke("default", "alice", last).value());
    CHECK(site.handles("alice").size() == 4);

    // of nobody else
    CHECK_FALSE(sessions.revoke("default", "bob", site.handle(devices[0])).value());
    CHECK_FALSE(sessions.revoke("default", "alice", "").value());
    CHECK_FALSE(sessions.revoke("default", "alice", "no handle, \xFF at all").value());
    CHECK(site.is_in(devices[0], "alice"));

    // all others
    const auto mine = site.open(devices[0]);
    CHECK(sessions.revoke_others(mine).value() == 3);
    CHECK(site.handles("alice") == std::set{site.handle(devices[0])});
    CHECK(site.is_in(devices[0], "alice"));
    CHECK_FALSE(site.is_in(devices[1], "alice"));

    // all
    CHECK(sessions.revoke_all("default", "alice").value() == 1);
    CHECK(sessions.revoke_all("default", "alice").value() == 0);
    CHECK_FALSE(site.is_in(devices[0], "alice"));
    CHECK(site.is_in(bob, "bob"));
}

TEST_CASE_TEMPLATE("a revoked session is not restored by its remember cookie", Storage, Memory, File, Redis)
{
    Site<Storage> site;
    auto alice = site.log_in("alice", {}, true);
    REQUIRE(alice.cookies.contains("__Host-remember"));
    alice.cookies.erase("__Host-session");
    CHECK(site.is_in(alice, "alice"));
    CHECK(site.shop.sessions.revoke_all("default", "alice").value() == 1);
    CHECK(site.open(alice).reason() == errc::not_found);
}

TEST_CASE_TEMPLATE("a session that nobody has logged in to is in no list", Storage, Memory, File, Redis)
{
    Site<Storage> site;
    Client client;
    site.save(client);
    CHECK(site.handles("").empty());
    CHECK(site.shop.sessions.revoke_all("default", "").value() == 0);
    CHECK_FALSE(site.open(client).is_new());
}

TEST_CASE_TEMPLATE("prior art 15: a logout leaves no phantom entries, be it of one audience or of all", Storage, Memory,
                   File, Redis)
{
    Site<Storage> site;
    // One cookie, two programs, a subject each
    auto client = site.log_in("alice");
    typename Site<Storage>::Session::Manager blog{
        {.secret = secret, .audience = "blog", .store_metadata = true}, site.shop.place.storage(), {}, site.shop.world};
    {
        auto session = blog.open(client.header());
        session.set_subject("alice at the blog");
        client.take(session.save().value());
    }
    const auto handle = site.handle(client);
    CHECK(site.handles("alice") == std::set{handle});
    CHECK(site.handles("alice at the blog", "blog") == std::set{handle});
    CHECK(site.handles("alice", "blog").empty());
    CHECK(site.handles("alice at the blog").empty());

    client.take(blog.logout(client.header()).value());
    CHECK(site.handles("alice at the blog", "blog").empty());
    CHECK(site.handles("alice") == std::set{site.handle(client)});
    CHECK(site.is_in(client, "alice"));

    // and comes back into the list with the next login there
    {
        auto session = blog.open(client.header());
        session.set_subject("alice at the blog");
        client.take(session.save().value());
    }
    CHECK(site.handles("alice at the blog", "blog").size() == 1);
    client.take(site.shop.sessions.logout(client.header()).value());
    CHECK(site.handles("alice").empty());
    CHECK(site.handles("alice at the blog", "blog").size() == 1);
    client.take(blog.destroy(client.header()).value());
    CHECK(site.handles("alice at the blog", "blog").empty());
}

TEST_CASE_TEMPLATE("a login as somebody else moves the session from list to list", Storage, Memory, File, Redis)
{
    Site<Storage> site;
    auto client = site.log_in("alice", "a phone");
    auto session = site.open(client);
    session.set_subject("bob");
    client.take(session.save().value());
    CHECK(site.handles("alice").empty());
    CHECK(site.handles("bob") == std::set{site.handle(client)});
    CHECK(site.shop.sessions.list("default", "bob").value().front().label == "a phone");

    session.set_audience("blog");
    client.take(session.save().value());
    CHECK(site.handles("bob").empty());
    CHECK(site.handles("bob", "blog") == std::set{session.properties().handle});
}

TEST_CASE_TEMPLATE("a label that changed is told with the save, however soon", Storage, Memory, File, Redis)
{
    Site<Storage> site;
    auto client = site.log_in("alice", "a phone");
    auto session = site.open(client);
    CHECK(session.label() == "a phone");
    session.set_label(std::string(254, 'x') + "\xC3\xA4 and more"); // cut before a character, not within
    client.take(session.save().value());
    CHECK(site.shop.sessions.list("default", "alice").value().front().label == std::string(254, 'x'));
}

TEST_CASE_TEMPLATE("entries of expired sessions vanish, at their own times", Storage, Memory, File, Redis)
{
    Site<Storage> site{{.rolling_timeout = 1000s, .absolute_timeout = 5000s}};
    auto early = site.log_in("alice");
    site.shop.world.advance(900s);
    const auto late = site.log_in("alice");
    const auto remembered = site.log_in("alice", {}, true);
    CHECK(site.handles("alice").size() == 3);
    site.save(early); // lives longer for it
    site.shop.world.advance(800s);
    CHECK(site.handles("alice").size() == 3);
    site.save(early);
    site.shop.world.advance(300s);
    CHECK(site.handles("alice").size() == 2);
    CHECK_FALSE(site.handles("alice").contains(site.handle(late)));
    site.shop.world.advance(24h);
    CHECK(site.handles("alice").size() == 1);
    CHECK(site.is_in(remembered, "alice"));
    site.shop.world.advance(24h * 40);
    CHECK(site.handles("alice").empty());
}

TEST_CASE_TEMPLATE("sessions whose records the store has lost are not listed", Storage, Memory, File, Redis)
{
    Site<Storage> site;
    const auto client = site.log_in("alice");
    const auto other = site.log_in("alice");
    auto storage = site.shop.place.storage();
    std::array<std::byte, 32> id;
    std::array<std::byte, 32> key;
    REQUIRE(wire::decode(site.open(client).properties().id, id.data()));
    crypto::blake2b({}, std::span{id}.last<16>(), key);
    CHECK(*storage.erase(protocol::StorageKey{key}.view()));
    CHECK(site.handles("alice") == std::set{site.handle(other)});
}

TEST_CASE_TEMPLATE("a session that is saved often tells its index once in a while", Storage, Memory, File, Redis)
{
    Site<Storage> site{{.touch_threshold = 60s}};
    auto client = site.log_in("alice");
    auto storage = site.shop.place.storage();
    const auto index = protocol::StorageKey{protocol::index_key("__Host-session", "default", "alice", {})};
    const auto version = [&] { return storage.load(index.view()).value()->version; };
    const auto before = version();
    for (int n = 0; n != 5; ++n)
        site.save(client);
    CHECK(version() == before);
    site.shop.world.advance(60s);
    site.save(client);
    CHECK(version() != before);
}

TEST_CASE_TEMPLATE("who logs out or is revoked leaves nothing behind in the store", Storage, Memory, File, Redis)
{
    Site<Storage> site;
    auto storage = site.shop.place.storage();
    const auto index = protocol::StorageKey{protocol::index_key("__Host-session", "default", "alice", {})};
    const auto client = site.log_in("alice");
    CHECK(storage.load(index.view())->has_value());
    CHECK(site.shop.sessions.destroy(client.header()).has_value());
    CHECK_FALSE(storage.load(index.view())->has_value());
    site.log_in("alice");
    CHECK(storage.load(index.view())->has_value());
    CHECK(site.shop.sessions.revoke_all("default", "alice").value() == 1);
    CHECK_FALSE(storage.load(index.view())->has_value());
}

TEST_CASE("prior art 1, 2: no subject is in the store in clear, neither in names nor in values")
{
    for (const bool hashed : {false, true}) {
        Site<File> site{{.hash_subject = hashed}};
        const std::string subject = "alice'; DROP TABLE sessions; --/../x";
        const auto client = site.log_in(subject, "a label that nobody is to read");
        CHECK(site.handles(subject).size() == 1);
        CHECK(site.is_in(client, subject));
        for (const auto& file : site.shop.place.folder.files()) {
            const auto all = file.string() + scratch::read(file);
            CHECK(all.find("alice") == all.npos);
            CHECK(all.find("DROP") == all.npos);
            CHECK(all.find("a label") == all.npos);
        }
    }
}

TEST_CASE_TEMPLATE("a hashed subject is found by no name without the key, and under each key of the ring with it",
                   Storage, Memory, File, Redis)
{
    const std::string old_secret = "the secret that was primary before";
    Site<Storage> site{{.secret = old_secret, .hash_subject = true}};
    auto client = site.log_in("alice");
    auto storage = site.shop.place.storage();
    CHECK_FALSE(
        storage.load(protocol::StorageKey{protocol::index_key("__Host-session", "default", "alice", {})}.view())
            ->has_value());

    typename Site<Storage>::Session::Manager rotated{
        {.secret = secret, .secret_fallbacks = {old_secret}, .store_metadata = true, .hash_subject = true},
        site.shop.place.storage(),
        {},
        site.shop.world};
    CHECK(rotated.list("default", "alice").value().size() == 1);
    auto session = rotated.open(client.header()); // sealed anew under the new key, and listed there too
    CHECK_FALSE(session.is_new());
    client.take(session.save().value());
    CHECK(rotated.list("default", "alice").value().size() == 1);
    CHECK(rotated.revoke_all("default", "alice").value() == 1);
    CHECK(rotated.open(client.header()).is_new());
    CHECK(rotated.list("default", "alice").value().empty());
}

TEST_CASE("who lists without metadata is told so, and a storage that cannot keep it is refused")
{
    Shop<Memory> shop;
    CHECK(shop.sessions.list("default", "alice").error() == errc::unlawful_option);
    CHECK(shop.sessions.revoke_all("default", "alice").error() == errc::unlawful_option);
    CHECK_THROWS_WITH(Shop<Cookie>({.store_metadata = true}),
                      "sojourn: store_metadata: this storage cannot compare and store");
    const auto lists = []<class Manager>(const Manager& manager) { return requires { manager.list("", ""); }; };
    Shop<Cookie> cookies;
    CHECK(lists(shop.sessions));
    CHECK_FALSE(lists(cookies.sessions));
}

TEST_CASE_TEMPLATE("an index that does not open is an error to who lists, since it may hide sessions", Storage, Memory,
                   File, Redis)
{
    Site<Storage> site;
    site.log_in("alice");
    auto storage = site.shop.place.storage();
    const auto key = protocol::StorageKey{protocol::index_key("__Host-session", "default", "alice", {})};
    CHECK(*storage.store(key.view(), as_bytes("not an index"), 1h));
    CHECK(site.shop.sessions.list("default", "alice").error() == errc::bad_record);
    CHECK(site.shop.sessions.revoke_all("default", "alice").error() == errc::bad_record);
    const auto client = site.log_in("alice"); // nobody is kept out by it
    CHECK(site.handles("alice") == std::set{site.handle(client)});
}

TEST_CASE_TEMPLATE("lists are exact, however many concurrent threads log in, go on and log out", Storage, Memory, File,
                   Redis)
{
    constexpr int threads = 4;
    constexpr int rounds = 25;
    Place<Storage> place;
    using Session = sojourn::Session<Storage, cipher::XChaCha20Poly1305, codec::MessagePack<shop::Cart>>;
    typename Session::Manager sessions{{.secret = secret, .store_metadata = true, .touch_threshold = 0s},
                                       place.storage()};
    std::vector<std::vector<Client>> stay(threads);
    std::vector<int> failures(threads);
    {
        std::vector<std::jthread> all;
        for (std::size_t thread = 0; thread != threads; ++thread)
            all.emplace_back([&, thread] {
                const auto done = [&](Client& client, const auto& saved) {
                    failures[thread] += saved ? 0 : 1;
                    if (saved)
                        client.take(*saved);
                };
                for (int round = 0; round != rounds; ++round) {
                    Client client;
                    auto session = sessions.open("");
                    session.set_subject("alice");
                    done(client, session.save());
                    auto again = sessions.open(client.header());
                    ++again->visits;
                    done(client, again.save());
                    if (round % 2 == 0)
                        done(client, sessions.destroy(client.header()));
                    else
                        stay[thread].push_back(client);
                    failures[thread] += sessions.list("default", "alice") ? 0 : 1;
                }
            });
    }
    std::set<std::string> expected;
    for (std::size_t thread = 0; thread != threads; ++thread) {
        CHECK(failures[thread] == 0);
        for (const auto& client : stay[thread])
            expected.insert(sessions.open(client.header()).properties().handle);
    }
    std::set<std::string> listed;
    for (const auto& one : *sessions.list("default", "alice"))
        listed.insert(one.handle);
    CHECK(listed.size() == threads * (rounds / 2));
    CHECK(listed == expected);
    CHECK(sessions.revoke_all("default", "alice").value() == listed.size());
}

TEST_CASE_TEMPLATE("who revokes all while concurrent requests go on, finds them all", Storage, Memory, File, Redis)
{
    Place<Storage> place;
    using Session = sojourn::Session<Storage, cipher::XChaCha20Poly1305, codec::MessagePack<shop::Cart>>;
    typename Session::Manager sessions{{.secret = secret, .store_metadata = true, .touch_threshold = 0s},
                                       place.storage()};
    for (int round = 0; round != 20; ++round) {
        std::vector<Client> clients(4);
        for (Client& client : clients) {
            auto session = sessions.open("");
            session.set_subject("alice");
            client.take(session.save().value());
        }
        std::size_t revoked = 0;
        {
            std::vector<std::jthread> all;
            for (Client& client : clients)
                all.emplace_back([&sessions, &client] {
                    for (int n = 0; n != 5; ++n) {
                        auto session = sessions.open(client.header());
                        ++session->visits; // of a new session, if it has been revoked
                        if (session.is_new())
                            return;
                        if (const auto saved = session.save())
                            client.take(*saved);
                    }
                });
            revoked = sessions.revoke_all("default", "alice").value();
        }
        CHECK(revoked == clients.size());
        for (const Client& client : clients)
            CHECK(sessions.open(client.header()).is_new());
        CHECK(sessions.list("default", "alice").value().empty());
    }
}

TEST_CASE_TEMPLATE("lists are exact, however many processes log in and out at once", Storage, File, Redis)
{
    constexpr std::size_t processes = 4;
    constexpr std::size_t stay = 10;
    const Place<Storage> place;
    using Session = sojourn::Session<Storage, cipher::XChaCha20Poly1305, codec::MessagePack<shop::Cart>>;
    const auto instance = [&] {
        return std::make_unique<typename Session::Manager>(Options{.secret = secret, .store_metadata = true},
                                                           hasty_storage(place));
    };
    std::vector<pid_t> children;
    for (std::size_t n = 0; n != processes; ++n)
        children.push_back(scratch::start_child([&] {
            const auto sessions = instance();
            for (std::size_t round = 0; round != 2 * stay; ++round) {
                Client client;
                auto session = sessions->open("");
                session.set_subject("alice");
                client.take(session.save().value());
                if (round % 2 == 0)
                    client.take(sessions->destroy(client.header()).value());
            }
            return 0;
        }));
    for (const pid_t child : children)
        CHECK(scratch::exit_code(child) == 0);
    const auto sessions = instance();
    CHECK(sessions->list("default", "alice")->size() == processes * stay);
    CHECK(sessions->revoke_all("default", "alice").value() == processes * stay);
    CHECK(sessions->list("default", "alice")->empty());
}
