#include <sojourn/storage/memcached.hpp>

#include "servers/memcached_server.hpp"
#include "servers/memcached_proxy.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <future>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

// A memcached that dies, hangs, or is not one: a typed error in bounded time, never a wrong value, and all is well again
// when it is, without anything being made anew.

namespace {

using namespace sojourn;
using namespace std::chrono_literals;
using proxies::Impostor;
using proxies::Proxy;
using servers::eventually;
using servers::MemcachedServer;
using storage::Memcached;
namespace raw = storage::detail::memcached;

/// Impatient where the server is to be given up, patient elsewhere.
Memcached::Options options_for(std::uint16_t port, std::chrono::milliseconds timeout = 30s)
{
    return {.port = port, .connect_timeout = timeout, .send_timeout = timeout, .read_timeout = timeout};
}

bool failed(const auto& answer, std::string_view word)
{
    if (!answer.has_error() || answer.error() != errc::store_failed)
        return false;
    const auto detail = answer.error().detail();
    return detail.starts_with("memcached 127.0.0.1:") && detail.find(word) != std::string::npos &&
           detail.find("the-key") == std::string::npos;
}

/// Whether `act` ends while one still waits for it: long after its time-outs, long before for ever.
bool is_bounded(auto act)
{
    const auto began = std::chrono::steady_clock::now();
    act();
    return std::chrono::steady_clock::now() - began < 30s;
}

raw::Client client_of(std::uint16_t port)
{
    return {{{"127.0.0.1", port, {}}}, {30s, 30s, 30s, {}, {}}, {4, 4, 30s, 60s}};
}

} // namespace

TEST_CASE("a memcached connection that died while nobody used it is replaced, whatever the next command is")
{
    MemcachedServer server;
    Memcached memcached{options_for(server.port())};
    const auto restart = [&] {
        CHECK(memcached.ping().has_value());
        server.kill();
        REQUIRE(server.start());
    };
    restart();
    CHECK(*memcached.create("the-key", as_bytes("v"), 1h));
    restart();
    CHECK_FALSE(*memcached.load("the-key"));
    restart();
    CHECK_FALSE(*memcached.store("the-key", as_bytes("v"), 1h));
    restart();
    CHECK(memcached.store_if("the-key", 7, as_bytes("v"), 1h)->status == StoreOutcome::Status::missing);
    restart();
    CHECK_FALSE(*memcached.expire("the-key", 1h));
    restart();
    CHECK_FALSE(*memcached.erase("the-key"));
}

TEST_CASE("a memcached that is down is an error that names it, and well again when it is up")
{
    MemcachedServer server;
    Memcached memcached{options_for(server.port(), 5s)};
    CHECK(*memcached.create("the-key", as_bytes("v"), 1h));
    server.kill();
    CHECK(failed(memcached.load("the-key"), "get: cannot connect: "));
    CHECK(failed(memcached.create("the-key", {}, 1h), "add: cannot connect: "));
    CHECK(failed(memcached.store("the-key", {}, 1h), "replace: cannot connect: "));
    CHECK(failed(memcached.store_if("the-key", 1, {}, 1h), "cas: cannot connect: "));
    CHECK(failed(memcached.store_if("the-key", 1, {}, 0s), "delete: cannot connect: "));
    CHECK(failed(memcached.expire("the-key", 1h), "touch: cannot connect: "));
    CHECK(failed(memcached.erase("the-key"), "delete: cannot connect: "));
    CHECK(failed(memcached.ping(), "noop: cannot connect: "));
    CHECK(memcached.check().has_value());
    REQUIRE(server.start());
    CHECK_FALSE(*memcached.load("the-key"));
    CHECK(*memcached.create("the-key", as_bytes("v"), 1h));
}

TEST_CASE("a host of memcached that cannot be reached or has no address is an error in bounded time")
{
    CHECK(is_bounded([] {
        Memcached nowhere{{.host = "192.0.2.1", .connect_timeout = 200ms}}; // RFC 5737: nobody's
        const auto answer = nowhere.load("the-key");
        CHECK(answer.error() == errc::store_failed);
        CHECK(answer.error().detail().starts_with("memcached 192.0.2.1:11211: get: cannot connect: "));
    }));
    Memcached no_host{{.host = "no.host.invalid"}}; // RFC 6761: no address; as long as the resolver takes
    CHECK(no_host.load("the-key").error() == errc::store_failed);
    Memcached no_socket{{.unix_socket = "/no/such/socket"}};
    CHECK(no_socket.load("the-key").error().detail().starts_with("memcached /no/such/socket: get: cannot connect: "));
}

TEST_CASE("of a memcached that hangs only the time-outs rid the caller; late replies are nobody's")
{
    const MemcachedServer server;
    Memcached impatient{options_for(server.port(), 300ms)};
    Memcached patient{options_for(server.port())};
    for (const std::string name : {"the-key-1", "the-key-2"})
        REQUIRE(*patient.create(name, as_bytes("value of " + name), 1h));
    for (int round = 0; round != 3; ++round) {
        CHECK(eventually([&] { return impatient.load("the-key-1").has_value(); })); // a connection that is in use
        server.freeze();
        CHECK(is_bounded([&] {
            CHECK(failed(impatient.load("the-key-1"), "get: no reply in time"));
            const auto saved = impatient.store("the-key-1", as_bytes("value of the-key-1"), 1h);
            CHECK(saved.has_error()); // the new connection's hello is not answered either
        }));
        server.thaw();
        for (int n = 0; n != 20; ++n)
            for (const std::string name : {"the-key-2", "the-key-1"})
                if (const auto found = impatient.load(name)) // whatever is answered is the answer to this
                    CHECK(as_text((*found)->value) == "value of " + name);
        CHECK(eventually([&] { return impatient.load("the-key-2").has_value(); }));
    }
}

TEST_CASE("a memcached that sends a byte at a time does not hold a caller for longer than its time-out")
{
    const MemcachedServer server;
    Proxy proxy{server.port()};
    Memcached memcached{options_for(proxy.port(), 500ms)};
    CHECK(eventually([&] { return memcached.create("the-key", Bytes(1000), 1h).has_value(); }));
    proxy.trickle(100ms); // 100 s for all of it
    CHECK(is_bounded([&] { CHECK(failed(memcached.load("the-key"), "get: ")); }));
    proxy.trickle(0ms);
    CHECK(eventually([&] { return memcached.load("the-key").has_value(); }));
}

TEST_CASE("a reply that is cut never is a value: a get is asked again, anything else is an error and sent once")
{
    const MemcachedServer server;
    Proxy proxy{server.port()};
    auto client = client_of(proxy.port());
    const Bytes value(100'000, std::byte{7});
    REQUIRE(client.set("key", value, 0, 0).has_value());
    for (const long after : {0L, 1L, 23L, 24L, 28L, 29L, 5000L, 100'000L}) {
        proxy.cut_after(after);
        const auto found = client.get("key");
        REQUIRE(found.has_value());
        CHECK((*found)->value == value);
    }
    std::size_t appended = 0;
    for (const long after : {0L, 1L, 23L}) {
        REQUIRE(client.ping().has_value());
        proxy.cut_after(after);
        CHECK(failed(client.append("key", as_bytes("x")), "append: "));
        CHECK(client.get("key").value()->value.size() == value.size() + ++appended);
    }
    REQUIRE(client.ping().has_value());
    const auto before = server.statistic("cmd_set");
    for (const auto command : {0, 1, 2, 3, 4, 5}) {
        const auto state = client.get("key").value()->state;
        proxy.cut_after(10);
        switch (command) {
        case 0: CHECK(failed(client.set("key", as_bytes("v"), 0, 0), "set: ")); break;
        case 1: CHECK(failed(client.add("new", as_bytes("v"), 0, 0), "add: ")); break;
        case 2: CHECK(failed(client.replace("key", as_bytes("v"), 0, 0), "replace: ")); break;
        case 3: CHECK(failed(client.cas("key", state, as_bytes("v"), 0, 0), "cas: ")); break;
        case 4: CHECK(failed(client.touch("key", 0), "touch: ")); break;
        default: CHECK(failed(client.erase("key"), "delete: "));
        }
    }
    CHECK(server.statistic("cmd_set") == before + 4);
    CHECK(server.statistic("cmd_touch") == 1);
    CHECK(server.statistic("delete_hits") + server.statistic("delete_misses") == 1);
}

TEST_CASE("what is no memcached is an error")
{
    const auto answers = [](std::string_view reply, std::string_view word) {
        Impostor impostor{[&](int socket) {
            char bytes[1000];
            if (::recv(socket, bytes, sizeof(bytes), 0) > 0)
                ::send(socket, reply.data(), reply.size(), MSG_NOSIGNAL);
        }};
        Memcached memcached{options_for(impostor.port(), 5s)};
        CHECK(failed(memcached.load("the-key"), word));
        CHECK(failed(memcached.create("the-key", as_bytes("v"), 1h), word));
    };
    answers("", "closed the connection");
    answers("ERROR\r\n", "closed the connection");
    answers("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", "no reply");
    const auto reply = [](char opcode, std::uint32_t body, char opaque) {
        std::string text(24, '\0');
        text[0] = '\x81';
        text[1] = opcode;
        for (std::size_t i = 0; i != 4; ++i)
            text[8 + i] = static_cast<char>(body >> (24 - 8 * i));
        text[15] = opaque;
        return text;
    };
    answers(reply(0x10, 0xFFFFFFFF, 1), "no reply");           // longer than anything can be
    answers(reply(0x10, 1'000'000'000, 1), "closed the conn"); // so long that it never comes
    answers(reply(0x00, 0, 1), "no reply");                    // to another command
    answers(reply(0x10, 0, 2), "no reply");                    // to another request
    answers(reply(0x10, 0, 1), "closed the connection");       // a good hello, and then nothing
}

TEST_CASE("replies that nobody asked for are never taken for the answer to the next request")
{
    std::atomic<int> connections = 0;
    Impostor impostor{[&](int socket) {
        ++connections;
        std::string hello(24, '\0'), get(24, '\0');
        hello[0] = get[0] = '\x81';
        hello[1] = '\x10';
        hello[15] = '\1';
        get[7] = '\1'; // not found
        get[15] = '\2';
        char bytes[1000];
        if (::recv(socket, bytes, sizeof(bytes), 0) <= 0)
            return;
        ::send(socket, hello.data(), hello.size(), MSG_NOSIGNAL);
        if (::recv(socket, bytes, sizeof(bytes), 0) <= 0)
            return;
        const auto two = get + get;
        ::send(socket, two.data(), two.size(), MSG_NOSIGNAL);
    }};
    Memcached memcached{options_for(impostor.port(), 5s)};
    for (int n = 1; n != 4; ++n) {
        const auto answer = memcached.load("the-key"); // the second reply may come with the first, or later
        CHECK((answer.has_value() ? !answer->has_value() : failed(answer, "more than one reply")));
        CHECK(connections == n);
    }
}

TEST_CASE("concurrent callers beyond memcached's pool wait their turn, those beyond the backlog are refused at once")
{
    const MemcachedServer server;
    Proxy proxy{server.port()};
    auto options = options_for(proxy.port());
    options.pool_size = 1;
    options.backlog = 0;
    Memcached memcached{options};
    REQUIRE(*memcached.create("the-key", as_bytes("v"), 1h));
    server.freeze();
    const auto before = proxy.requested();
    auto first = std::async(std::launch::async, [&] { return memcached.load("the-key"); });
    REQUIRE(eventually([&] { return proxy.requested() > before; }));
    CHECK(failed(memcached.load("the-key"), "get: all connections of the pool are in use"));
    server.thaw();
    CHECK(first.get().value().has_value());
    CHECK(memcached.load("the-key").value().has_value());
    CHECK(proxy.accepted() == 1);

    // Who may wait has a turn, however many there are
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
    CHECK(proxy.accepted() == 2);

    // … but not for ever
    options.connect_timeout = 100ms;
    Memcached impatient{options};
    REQUIRE(eventually([&] { return impatient.load("the-key").has_value(); }));
    server.freeze();
    const auto then = proxy.requested();
    auto slow = std::async(std::launch::async, [&] { return impatient.load("the-key"); });
    REQUIRE(eventually([&] { return proxy.requested() > then; }));
    CHECK(failed(impatient.load("the-key"), "in use"));
    server.thaw();
    CHECK(slow.get().value().has_value());
}

TEST_CASE("an unused connection to memcached is closed after its time")
{
    const MemcachedServer server;
    auto options = options_for(server.port());
    options.keepalive_timeout = 1ms;
    Memcached memcached{options};
    for (int n = 0; n != 5; ++n) {
        CHECK_FALSE(*memcached.load("the-key"));
        std::this_thread::sleep_for(5ms);
    }
    CHECK(server.statistic("total_connections") >= 5);
}

TEST_CASE("a child process makes its own connections to memcached, whatever its parent has")
{
    const MemcachedServer server;
    Memcached memcached{options_for(server.port())};
    for (const std::string name : {"the-key-0", "the-key-1", "the-key-2", "the-key-3"})
        REQUIRE(*memcached.create(name, as_bytes(name), 1h));
    const auto all_right = [&](int me) {
        const auto name = "the-key-" + std::to_string(me);
        bool right = true;
        for (int n = 0; n != 500; ++n) {
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
    Memcached memcached{options_for(server.port(), 2s)};
    std::atomic<bool> stop = false;
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
            threads.emplace_back([&, me] {
                const auto key = "the-key-" + std::to_string(me);
                for (int n = 0; !stop; ++n) {
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
                    if (count(saved) && saved->status == StoreOutcome::Status::conflict)
                        ++wrong; // nobody else is there
                }
            });
        for (int round = 0; round != 5; ++round) {
            const int before = good;
            CHECK(eventually([&] { return good > before + 200; }));
            server.kill();
            const int failures = errors;
            CHECK(eventually([&] { return errors > failures; }));
            REQUIRE(server.start());
        }
        const int before = good;
        CHECK(eventually([&] { return good > before + 200; }));
        stop = true;
    }
    CHECK(wrong == 0);
}
