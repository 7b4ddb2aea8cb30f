#include <sojourn/storage/memcached.hpp>

#include "../servers/memcached_server.hpp"
#include "../servers/proxy.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <future>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

// A memcached that dies, hangs, or is not one: a typed error in bounded time, never a wrong value, and all is well again
// when it is, without anything being made anew.
namespace {

using namespace sojourn;
using namespace std::chrono_literals;
using memcached_test::MemcachedServer;
using proxy_test::Proxy;
using servers::comes_true;
using storage::Memcached;
using Status = StoreOutcome::Status;
using Client = storage::memcached::Client<storage::net::Socket>;

Memcached::Options options_for(const MemcachedServer& server)
{
    return memcached_test::options_for<Memcached::Options>(server);
}

Memcached::Options through(const Proxy& proxy, const MemcachedServer& server)
{
    auto options = options_for(server);
    options.port = proxy.port();
    return options;
}

/// Impatient where the server is to be given up.
Memcached::Options within(std::chrono::milliseconds timeout, Memcached::Options options)
{
    options.connect_timeout = options.send_timeout = options.read_timeout = timeout;
    return options;
}

/// Whether it is an error that names the server and has that word; never the key.
bool failed(const auto& answer, std::string_view word)
{
    if (!answer.has_error() || answer.error() != errc::store_failed)
        return false;
    const auto detail = answer.error().detail();
    CAPTURE(detail);
    CHECK(detail.find(word) != detail.npos);
    return detail.starts_with("127.0.0.1:") && detail.find(word) != detail.npos &&
           detail.find("the-key") == detail.npos;
}

/// Whether `act` ends while one still waits for it: long after its timeouts, long before for ever.
bool is_bounded(auto act)
{
    const auto began = servers::Clock::now();
    act();
    return servers::Clock::now() - began < 30s;
}

/// Each call fails, with that word.
void check_all_fail(Memcached memcached, std::string_view word)
{
    CHECK(failed(memcached.load("the-key"), word));
    CHECK(failed(memcached.create("the-key", as_bytes("v"), 1h), word));
    CHECK(failed(memcached.store("the-key", as_bytes("v"), 1h), word));
    CHECK(failed(memcached.store_if("the-key", 1, as_bytes("v"), 1h), word));
    CHECK(failed(memcached.store_if("the-key", 1, as_bytes("v"), 0s), word));
    CHECK(failed(memcached.expire("the-key", 1h), word));
    CHECK(failed(memcached.erase("the-key"), word));
    CHECK(failed(memcached.ping(), word));
}

/// The first 24 bytes of one.
std::string reply(char opcode, std::uint32_t body, char opaque)
{
    std::string text(24, '\0');
    text[0] = '\x81';
    text[1] = opcode;
    for (std::size_t i = 0; i != 4; ++i)
        text[8 + i] = static_cast<char>(body >> (24 - 8 * i));
    text[15] = opaque;
    return text;
}

} // namespace

TEST_CASE("a memcached connection that died while nobody used it is replaced, whatever the next command is")
{
    MemcachedServer server;
    Memcached memcached{options_for(server)};
    const auto restart = [&] {
        CHECK(memcached.ping().has_value());
        server.kill();
        server.start();
    };
    restart();
    CHECK(*memcached.create("the-key", as_bytes("v"), 1h));
    restart();
    CHECK_FALSE(*memcached.load("the-key"));
    restart();
    CHECK_FALSE(*memcached.store("the-key", as_bytes("v"), 1h));
    restart();
    CHECK(memcached.store_if("the-key", 7, as_bytes("v"), 1h)->status == Status::missing);
    restart();
    CHECK_FALSE(*memcached.expire("the-key", 1h));
    restart();
    CHECK_FALSE(*memcached.erase("the-key"));
}

TEST_CASE("a memcached that is down is an error that names it, and well again when it is up")
{
    MemcachedServer server;
    Memcached memcached{options_for(server)};
    CHECK(*memcached.create("the-key", as_bytes("v"), 1h));
    server.kill();
    check_all_fail(memcached, "connect: Connection refused");
    CHECK(memcached.check().has_value());
    server.start();
    CHECK_FALSE(*memcached.load("the-key"));
    CHECK(*memcached.create("the-key", as_bytes("v"), 1h));
}

TEST_CASE("a host of memcached that cannot be reached or has no address is an error in bounded time")
{
    CHECK(is_bounded([] {
        Memcached nowhere{{.host = "192.0.2.1", .connect_timeout = 200ms}}; // RFC 5737: nobody's
        const auto answer = nowhere.load("the-key");
        CHECK(answer.error() == errc::store_failed);
        CHECK(answer.error().detail().starts_with("192.0.2.1:11211: connect: "));
    }));
    Memcached no_host{{.host = "no.host.invalid"}}; // RFC 6761: no address; as long as the resolver takes
    CHECK(no_host.load("the-key").error().detail().starts_with("no.host.invalid:11211: look up the host: "));
    Memcached no_socket{{.unix_socket = "/no/such/socket"}};
    CHECK(no_socket.load("the-key").error().detail() == "/no/such/socket: connect: No such file or directory");
}

TEST_CASE("of several memcached servers one that is down fails for its keys only, and they do not move")
{
    MemcachedServer down;
    const MemcachedServer up;
    auto options = options_for(up);
    options.port = Memcached::Options{}.port;
    options.servers = {{"127.0.0.1", up.port()}, {"127.0.0.1", down.port()}};
    Memcached memcached{options};
    const auto key = [](int n) { return "key-" + std::to_string(n); };
    for (int n = 0; n != 40; ++n)
        REQUIRE(*memcached.create(key(n), as_bytes("v"), 1h));
    down.kill();
    int errors = 0;
    for (int n = 0; n != 40; ++n) {
        const auto found = memcached.load(key(n));
        errors += found ? 0 : 1;
        CHECK((!found || found->has_value()));
        if (!found)
            CHECK(found.error().detail().starts_with("127.0.0.1:" + std::to_string(down.port())));
    }
    CHECK(errors > 0);
    CHECK(errors < 40);
    CHECK(failed(memcached.ping(), "connect: "));
    down.start();
    CHECK(memcached.ping().has_value());
    int gone = 0;
    for (int n = 0; n != 40; ++n)
        gone += memcached.load(key(n)).value() ? 0 : 1;
    CHECK(gone == errors);
}

TEST_CASE("of a memcached that hangs only the timeouts rid the caller; late replies are nobody's")
{
    const MemcachedServer server;
    Memcached impatient{within(300ms, options_for(server))};
    Memcached patient{options_for(server)};
    for (const std::string name : {"the-key-1", "the-key-2"})
        REQUIRE(*patient.create(name, as_bytes("value of " + name), 1h));
    for (int round = 0; round != 3; ++round) {
        CHECK(comes_true([&] { return impatient.load("the-key-1").has_value(); })); // a connection that is in use
        server.signal(SIGSTOP);
        CHECK(is_bounded([&] {
            CHECK(failed(impatient.load("the-key-1"), "get: read: timed out"));
            const auto changed =
                impatient.expire("the-key-1", 1h); // the new connection's greeting is not answered either
            CHECK(failed(changed, "timed out"));
        }));
        server.signal(SIGCONT);
        for (int n = 0; n != 20; ++n)
            for (const std::string name : {"the-key-2", "the-key-1"})
                if (const auto found = impatient.load(name)) // whatever is answered is the answer to this
                    CHECK(as_text((*found)->value) == "value of " + name);
        CHECK(comes_true([&] { return impatient.load("the-key-2").has_value(); }));
    }
}

TEST_CASE("a memcached that sends a byte at a time does not hold a caller for longer than its timeouts")
{
    const MemcachedServer server;
    Proxy proxy{server.port()};
    Memcached memcached{within(500ms, through(proxy, server))};
    CHECK(comes_true([&] { return memcached.create("the-key", Bytes(1000), 1h).has_value(); }));
    proxy.trickle(100ms); // 100 s for all of it
    CHECK(is_bounded([&] { CHECK(failed(memcached.load("the-key"), "timed out")); }));
    proxy.trickle(0ms);
    CHECK(comes_true([&] { return memcached.load("the-key").has_value(); }));
}

TEST_CASE("a reply that is cut is never a value: a get is asked for again, anything else is an error and sent once")
{
    const MemcachedServer server;
    Proxy proxy{server.port()};
    Client client{through(proxy, server)};
    const Bytes value(100'000, std::byte{7});
    REQUIRE(client.set("the-key", value, 0, 0).has_value());
    const auto cut = [&](std::size_t bytes, auto act, std::string_view word) {
        REQUIRE(client.get("the-key").has_value()); // a connection that is in order
        proxy.cut_replies_after(bytes);
        CHECK(failed(act(), word));
        proxy.cut_replies_after(Proxy::all);
    };
    for (const std::size_t bytes : {0U, 1U, 23U, 24U, 28U, 29U, 5000U, 100'000U}) {
        const auto before = proxy.connections();
        cut(
            bytes, [&] { return client.get("the-key"); }, ""); // the second connection is cut as well
        CHECK(proxy.connections() == before + 1);
        CHECK(client.get("the-key").value()->value == value);
    }
    for (const std::size_t bytes : {0U, 1U, 23U}) {
        const auto size = client.get("the-key").value()->value.size();
        cut(
            bytes, [&] { return client.append("the-key", as_bytes("x")); }, "append: ");
        CHECK(client.get("the-key").value()->value.size() == size + 1);
    }
    const auto stored = server.statistic("cmd_set");
    const auto state = client.get("the-key").value()->state;
    const auto v = as_bytes("v");
    cut(
        10, [&] { return client.add("new", v, 0, 0); }, "add: ");
    cut(
        10, [&] { return client.replace_if("the-key", state, v, 0, 0); }, "replace: ");
    cut(
        10, [&] { return client.replace("the-key", v, 0, 0); }, "replace: ");
    cut(
        10, [&] { return client.set("the-key", v, 0, 0); }, "set: ");
    CHECK(server.statistic("cmd_set") == stored + 4);
    cut(
        10, [&] { return client.touch("the-key", 0); }, "touch: ");
    CHECK(server.statistic("cmd_touch") == 1);
    cut(
        10, [&] { return client.erase("the-key"); }, "delete: ");
    CHECK(server.statistic("delete_hits") + server.statistic("delete_misses") == 1);
}

TEST_CASE("what is no memcached is an error, whatever it says")
{
    const MemcachedServer server;
    struct Case {
        std::string said;
        std::string_view word;
    };
    const std::vector<Case> cases{
        {"ERROR\r\n", "stats: the server closed the connection"},
        {"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", "stats: what came is no reply"},
        {reply(0x10, 0xFFFFFFFF, 1), "stats: what came is no reply"},               // longer than anything can be
        {reply(0x10, 1'000'000'000, 1), "stats: the server closed the connection"}, // so long that it never comes
        {reply(0x00, 0, 1), "stats: what came is no reply"},                        // to another command
        {reply(0x10, 0, 2), "stats: what came is no reply"},                        // to another request
    };
    for (const auto& each : cases) {
        CAPTURE(each.said);
        Proxy proxy{server.port()};
        Memcached memcached{through(proxy, server)};
        proxy.say(each.said);
        proxy.cut_replies_after(each.said.size());
        CHECK(failed(memcached.ping(), each.word));
        CHECK(failed(memcached.expire("the-key", 1h), each.word));
        proxy.say(reply(0x10, 0, 1)); // a good greeting, and the same again
        proxy.cut_replies_after(48);
        CHECK(failed(memcached.expire("the-key", 1h), "touch: what came is no reply"));
        proxy.say("");
        proxy.cut_replies_after(Proxy::all);
        CHECK(memcached.ping().has_value());
    }
}

TEST_CASE("what memcached says unasked spoils the connection, not the next call")
{
    const MemcachedServer server;
    Proxy proxy{server.port()};
    Memcached memcached{through(proxy, server)};
    REQUIRE(memcached.ping().has_value());
    auto not_found = reply(0x00, 0, 3); // the third request, after the greeting and the ping
    not_found[7] = '\1';
    proxy.say(not_found + not_found);
    CHECK_FALSE(*memcached.load("the-key"));
    proxy.say("");
    REQUIRE(*memcached.create("the-key", as_bytes("v"), 1h));
    CHECK(*memcached.load("the-key"));
    CHECK(proxy.connections() == 2);
}

TEST_CASE("concurrent callers beyond memcached's pool wait their turn, those beyond the backlog are refused at once")
{
    const MemcachedServer server;
    Proxy proxy{server.port()};
    auto options = through(proxy, server);
    options.pool_size = 1;
    options.backlog = 0;
    Memcached narrow{options};
    REQUIRE(*narrow.create("the-key", as_bytes("v"), 1h));
    server.signal(SIGSTOP);
    const auto before = proxy.requested();
    auto first = std::async(std::launch::async, [&] { return narrow.load("the-key"); });
    REQUIRE(comes_true([&] { return proxy.requested() > before; }));
    CHECK(failed(narrow.load("the-key"), "get: all 1 connections of the pool are in use, and 0 wait for one"));
    server.signal(SIGCONT);
    CHECK(first.get().value().has_value());
    CHECK(narrow.load("the-key").value().has_value());
    CHECK(proxy.connections() == 1);

    options.backlog = 100;
    Memcached queue{options};
    std::atomic<int> good = 0;
    {
        std::vector<std::jthread> threads;
        for (int n = 0; n != 8; ++n)
            threads.emplace_back([&] {
                for (int i = 0; i != 50; ++i)
                    good += queue.load("the-key").value().has_value() ? 1 : 0;
            });
    }
    CHECK(good == 8 * 50);
    CHECK(proxy.connections() == 2);
}

TEST_CASE("storages of one pool_name share their connections to memcached, and see their own records")
{
    const MemcachedServer server;
    Proxy proxy{server.port()};
    auto options = through(proxy, server);
    options.pool_name = "shared";
    std::vector<Memcached> all;
    for (const auto* prefix : {"a:", "b:"}) {
        options.prefix = prefix;
        all.emplace_back(options);
        REQUIRE(*all.back().create("key", as_bytes(prefix), 1h));
    }
    CHECK(as_text(all[0].load("key").value()->value) == "a:");
    CHECK(proxy.connections() == 1);
    options.backlog = 7;
    CHECK(as_text(Memcached{options}.load("key").value()->value) == "b:");
    CHECK(proxy.connections() == 2);
}

TEST_CASE("a child process makes its own connections to memcached, whatever its parent has")
{
    const MemcachedServer server;
    Memcached memcached{options_for(server)};
    for (const std::string name : {"key-0", "key-1", "key-2", "key-3"})
        REQUIRE(*memcached.create(name, as_bytes(name), 1h));
    const auto all_right = [&](int me) {
        const auto name = "key-" + std::to_string(me);
        bool right = true;
        for (int n = 0; n != 200; ++n) {
            const auto found = memcached.load(name);
            right = right && found && *found && as_text((*found)->value) == name;
        }
        return right;
    };
    std::vector<pid_t> children;
    for (int me = 1; me != 4; ++me)
        children.push_back(scratch::start_child([&] { return all_right(me) ? 0 : 1; }));
    CHECK(all_right(0));
    for (const auto child : children)
        CHECK(scratch::exit_code(child) == 0);
}

TEST_CASE("memcached killed and restarted amid concurrent load: errors meanwhile, no wrong value ever")
{
    MemcachedServer server;
    Memcached memcached{options_for(server)};
    std::atomic<int> wrong = 0, good = 0, errors = 0;
    const auto count = [&](const auto& answer) {
        answer ? ++good : ++errors;
        if (!answer && answer.error() != errc::store_failed)
            ++wrong;
        return answer.has_value();
    };
    {
        std::vector<std::jthread> threads;
        for (int me = 0; me != 4; ++me)
            threads.emplace_back([&, me](const std::stop_token& ended) {
                const auto key = "the-key-" + std::to_string(me);
                for (int n = 0; !ended.stop_requested(); ++n) {
                    const auto text = key + " at " + std::to_string(n);
                    const auto found = memcached.load(key);
                    if (!count(found))
                        continue;
                    if (!*found) {
                        count(memcached.create(key, as_bytes(text), 1h));
                        continue;
                    }
                    wrong += as_text((*found)->value).starts_with(key + " at ") ? 0 : 1;
                    const auto saved = memcached.store_if(key, (*found)->version, as_bytes(text), 1h);
                    if (count(saved) && saved->status == Status::conflict)
                        ++wrong; // nobody else is there
                }
            });
        for (int round = 0; round != 5; ++round) {
            const int before = good;
            CHECK(comes_true([&] { return good > before + 200; }));
            server.kill();
            const int failures = errors;
            CHECK(comes_true([&] { return errors > failures; }));
            server.start();
        }
        const int before = good;
        CHECK(comes_true([&] { return good > before + 200; }));
    }
    CHECK(wrong == 0);
}
