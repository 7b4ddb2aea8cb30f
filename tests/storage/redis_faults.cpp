#include <sojourn/storage/redis.hpp>

#include "../servers/proxy.hpp"
#include "../servers/redis_server.hpp"

#include <doctest/doctest.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

// What can happen to a server and the way to it: each is an error with a name, in bounded time, never a wrong value and
// never "not there", and over when it is over.
namespace {

using namespace sojourn;
using namespace std::chrono_literals;
using proxy_test::Proxy;
using redis_test::comes_true;
using redis_test::RedisServer;
using storage::Redis;
using Status = StoreOutcome::Status;

Redis::Options options_for(const RedisServer& server) { return redis_test::options_for<Redis::Options>(server); }

Redis through(const Proxy& proxy, const RedisServer& server)
{
    auto options = options_for(server);
    options.port = proxy.port();
    return Redis{options};
}

/// The text of the error that every call answers with; empty unless they all do, and name themselves.
std::string failure_of(Redis redis, std::string_view address)
{
    std::string text;
    const auto note = [&](const auto& answer, std::string_view command) {
        CAPTURE(command);
        REQUIRE(answer.has_error());
        CHECK(answer.error() == errc::store_failed);
        text = answer.error().detail();
        CAPTURE(text);
        CHECK(text.starts_with(address));
        CHECK(text.find("secret") == text.npos);
    };
    note(redis.load("secret-key"), "GET");
    note(redis.create("secret-key", as_bytes("secret value"), 1h), "SET");
    note(redis.store("secret-key", as_bytes("secret value"), 1h), "EVALSHA");
    note(redis.store_if("secret-key", 1, as_bytes("secret value"), 1h), "EVALSHA");
    note(redis.expire("secret-key", 1h), "PEXPIRE");
    note(redis.erase("secret-key"), "DEL");
    return text;
}

bool has(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

/// A port whose queue of connections is full: the kernel answers nobody.
class Unanswering {
public:
    Unanswering()
    {
        for (int& one : sockets_)
            one = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        name_.sin_family = AF_INET;
        name_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        auto* const address = reinterpret_cast<sockaddr*>(&name_);
        socklen_t size = sizeof(name_);
        REQUIRE(::bind(sockets_[0], address, size) == 0);
        REQUIRE(::listen(sockets_[0], 0) == 0);
        REQUIRE(::getsockname(sockets_[0], address, &size) == 0);
        for (std::size_t n = 1; n != sockets_.size(); ++n)
            ::connect(sockets_[n], address, size);
    }
    Unanswering(const Unanswering&) = delete;
    ~Unanswering()
    {
        for (const int one : sockets_)
            ::close(one);
    }

    std::uint16_t port() const noexcept { return ntohs(name_.sin_port); }

private:
    std::array<int, 5> sockets_ = {};
    sockaddr_in name_ = {};
};

std::string address_of(const RedisServer& server) { return "127.0.0.1:" + std::to_string(server.port()); }

} // namespace

TEST_CASE("a server that is killed and comes back, amid concurrent calls: errors meanwhile, then as before")
{
    RedisServer server{{"--appendonly", "yes", "--appendfsync", "always"}};
    Redis redis{options_for(server)};
    REQUIRE(*redis.create("counter", as_bytes("0"), 1h));
    const auto number = [](const Record& record) { return std::stol(std::string{as_text(record.value)}); };
    std::atomic<bool> done = false;
    std::atomic<long> stored = 0, unknown = 0, failed = 0, wrong = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t != 4; ++t)
        threads.emplace_back([&] {
            while (!done) {
                const auto read = redis.load("counter");
                if (!read) {
                    ++failed;
                    continue;
                }
                if (!*read) {
                    ++wrong; // it lives: the server just cannot tell
                    return;
                }
                const auto next = std::to_string(number(**read) + 1);
                const auto outcome = redis.store_if("counter", (*read)->version, as_bytes(next), 1h);
                if (!outcome)
                    ++unknown;
                else if (outcome->status == Status::stored)
                    ++stored;
                else if (outcome->status == Status::missing)
                    ++wrong;
            }
        });
    for (int round = 1; round <= 3; ++round) {
        const auto stored_before = stored.load();
        CHECK(comes_true([&] { return stored > stored_before + 20; }));
        const auto failed_before = failed.load();
        server.kill();
        CHECK(comes_true([&] { return failed > failed_before + 20; }));
        server.start();
    }
    const auto stored_before = stored.load();
    CHECK(comes_true([&] { return stored > stored_before + 20; }));
    done = true;
    for (auto& thread : threads)
        thread.join();
    CHECK(wrong == 0);
    // each that was told so counts, and of those that were not told, some may
    const auto counted = number(redis.load("counter")->value());
    CHECK(counted >= stored);
    CHECK(counted <= stored + unknown);
}

TEST_CASE("a server that hangs is waited for as long as the timeouts say, and its late answers reach nobody")
{
    const RedisServer server;
    auto options = options_for(server);
    options.connect_timeout = options.read_timeout = 300ms;
    Redis redis{options};
    REQUIRE(*redis.create("a", as_bytes("of a"), 1h));
    REQUIRE(*redis.create("b", as_bytes("of b"), 1h));

    server.signal(SIGSTOP);
    const auto began = redis_test::Clock::now();
    const auto late = redis.load("a");
    REQUIRE(late.has_error());
    CHECK(late.error() == errc::store_failed);
    CHECK(late.error().detail() == address_of(server) + ", GET: read: timed out");
    CHECK(redis_test::Clock::now() - began >= 300ms);
    CHECK(redis.create("c", as_bytes("of c"), 1h).has_error()); // connects: the kernel does that for it
    CHECK(redis_test::Clock::now() - began < 60s);
    server.signal(SIGCONT);

    // No reply is taken for another one's: each value says whose it is
    CHECK(comes_true([&] { return redis.load("b").has_value(); }));
    for (int n = 0; n != 100; ++n) {
        const auto a = redis.load("a"), b = redis.load("b");
        if (a)
            CHECK(as_text((*a)->value) == "of a");
        if (b)
            CHECK(as_text((*b)->value) == "of b");
    }
}

TEST_CASE("each wait has its own end: to connect, to send, to be answered")
{
    const RedisServer server;
    auto options = options_for(server);
    options.send_timeout = 300ms;
    Redis redis{options};
    REQUIRE(*redis.create("k", as_bytes("v"), 1h));
    server.signal(SIGSTOP);
    const std::string large(32 * 1024 * 1024, 'x'); // more than the sockets' buffers hold
    auto began = redis_test::Clock::now();
    const auto not_sent = redis.create("large", as_bytes(large), 1h);
    REQUIRE(not_sent.has_error());
    CHECK(not_sent.error().detail() == address_of(server) + ", SET: write: timed out");
    CHECK(redis_test::Clock::now() - began >= 300ms);
    server.signal(SIGCONT);
    CHECK(comes_true([&] { return redis.load("k").has_value(); }));
    CHECK_FALSE(*redis.load("large")); // half a command is none

    const Unanswering nobody;
    options.port = nobody.port();
    options.connect_timeout = 300ms;
    began = redis_test::Clock::now();
    const auto not_connected = Redis{options}.load("k");
    REQUIRE(not_connected.has_error());
    CHECK(not_connected.error().detail() == "127.0.0.1:" + std::to_string(nobody.port()) + ": connect: timed out");
    CHECK(redis_test::Clock::now() - began >= 300ms);
    CHECK(redis_test::Clock::now() - began < 20s);
}

TEST_CASE("nobody listens, or nobody answers: an error within the time to connect")
{
    Redis refused{{.port = redis_test::free_port()}};
    CHECK(has(failure_of(refused, "127.0.0.1:"), "Connection refused"));

    Redis no_socket{{.unix_socket = "/nonexistent/redis.sock"}};
    CHECK(failure_of(no_socket, "/nonexistent/redis.sock") ==
          "/nonexistent/redis.sock: connect: No such file or directory");

    Redis no_name{{.host = "no-such-host.invalid"}};
    CHECK(has(failure_of(no_name, "no-such-host.invalid:6379"), "look up the host"));

    // 192.0.2.0/24 is nobody's (RFC 5737): packets vanish, or the network says at once that there is no way
    const auto began = redis_test::Clock::now();
    Redis unreachable{{.host = "192.0.2.1", .connect_timeout = 200ms}};
    CHECK(unreachable.load("k").error() == errc::store_failed);
    CHECK(redis_test::Clock::now() - began < 60s);
}

TEST_CASE("a connection that is cut within a reply: an error, no half value, and the next call has a new one")
{
    const RedisServer server;
    const std::string value(10'000, 'v');
    for (const std::size_t cut : {0U, 1U, 5U, 6U, 20U, 9'000U}) {
        Proxy proxy{server.port()};
        Redis redis = through(proxy, server);
        REQUIRE(*redis.create("k", as_bytes(value), 1h));
        REQUIRE(*redis.store("k", as_bytes(value), 1h)); // so that the server knows the script

        // A load is asked for again, once, on a new connection: where that is cut as well it fails
        proxy.cut_replies_after(cut);
        const auto failed = redis.load("k");
        REQUIRE(failed.has_error());
        CHECK(has(failed.error().detail(), "GET: "));
        proxy.cut_replies_after(Proxy::all);
        CHECK((*redis.load("k"))->value.size() == value.size());

        // A change is not: it may have been made
        const auto version = (*redis.load("k"))->version;
        const auto requested = proxy.requested();
        proxy.cut_replies_after(0);
        const auto unknown = redis.store_if("k", version, as_bytes("changed"), 1h);
        REQUIRE(unknown.has_error());
        CHECK(unknown.error() == errc::store_failed);
        CHECK(proxy.requested() - requested < 400); // one EVALSHA
        proxy.cut_replies_after(Proxy::all);
        REQUIRE(comes_true([&] { return as_text((*redis.load("k"))->value) == "changed"; }));
        REQUIRE(*redis.erase("k"));
    }
}

TEST_CASE("what is not Redis is an error, whatever it says")
{
    const RedisServer server;
    const std::vector<std::string> texts{
        "HTTP/1.1 400 Bad Request\r\n\r\n", "$5\r\nab", "*-2\r\n", ":12x\r\n", "$-7\r\n\r\n", std::string(2, '\0')};
    for (const auto& text : texts) {
        CAPTURE(text);
        Proxy proxy{server.port()};
        auto options = options_for(server);
        options.port = proxy.port();
        options.read_timeout = 300ms;
        Redis redis{options};
        proxy.say(text);
        CHECK(redis.load("k").has_error());
        CHECK(redis.create("k", as_bytes("v"), 1h).has_error());
        proxy.say("");
        CHECK(comes_true([&] { return redis.load("k").has_value(); }));
    }
    SUBCASE("replies of another type than the command has are no values")
    {
        Proxy proxy{server.port()};
        Redis redis = through(proxy, server);
        proxy.say(":1\r\n");
        CHECK_FALSE(*redis.load("k"));
        proxy.say("*2\r\n$1\r\na\r\n$1\r\nb\r\n");
        CHECK_FALSE(*redis.load("k"));
    }
    SUBCASE("what comes unasked spoils the connection, not the next call")
    {
        Proxy proxy{server.port()};
        Redis redis = through(proxy, server);
        proxy.say("$-1\r\n$21\r\nsojourn\1versionsvalue\r\n");
        CHECK_FALSE(*redis.load("other"));
        proxy.say("");
        CHECK_FALSE(*redis.load("other"));
        CHECK(proxy.connections() == 2);
    }
    SUBCASE("nor does what comes later, when nobody uses the connection")
    {
        Proxy proxy{server.port()};
        Redis redis = through(proxy, server);
        REQUIRE(*redis.create("mine", as_bytes("v"), 1h));
        proxy.trickle(1ms);
        proxy.say("$-1\r\n"); // in place of each byte of "$-1\r\n"
        CHECK_FALSE(*redis.load("other"));
        CHECK(comes_true([&] { return proxy.replied() == 5 + 5 * 5; })); // behind "+OK\r\n"
        proxy.trickle(0ms);
        proxy.say("");
        CHECK(*redis.load("mine"));
        CHECK(proxy.connections() == 2);
    }
}

TEST_CASE("a server that sends a byte at a time does not hold a caller for longer than its timeouts")
{
    const RedisServer server;
    Proxy proxy{server.port()};
    auto options = options_for(server);
    options.port = proxy.port();
    options.connect_timeout = options.read_timeout = 300ms;
    Redis redis{options};
    CHECK(comes_true([&] { return redis.create("k", Bytes(1000), 1h).has_value(); }));
    proxy.trickle(100ms); // 100 s for all of it
    const auto began = redis_test::Clock::now();
    CHECK(has(redis.load("k").error().detail(), ", GET: read: timed out"));
    CHECK(redis_test::Clock::now() - began >= 300ms);
    CHECK(redis_test::Clock::now() - began < 60s);
    proxy.trickle(0ms);
    CHECK(comes_true([&] { return redis.load("k").has_value(); }));
}

TEST_CASE("a server that is full refuses what is new and keeps what lives")
{
    const RedisServer server{{"--maxmemory-policy", "noeviction"}};
    Redis redis{options_for(server)};
    REQUIRE(*redis.create("k", as_bytes("v"), 1h));
    const auto version = (*redis.load("k"))->version;
    REQUIRE(server.ask({"CONFIG", "SET", "maxmemory", "1"}) == "OK");
    const auto is_full = [&](const auto& answer) {
        return answer.has_error() && answer.error() == errc::store_failed && has(answer.error().detail(), ": OOM ");
    };
    CHECK(is_full(redis.create("new", as_bytes("v"), 1h)));
    CHECK(is_full(redis.store("k", as_bytes("w"), 1h)));
    CHECK(is_full(redis.store_if("k", version, as_bytes("w"), 1h)));
    CHECK(as_text((*redis.load("k"))->value) == "v");
    CHECK(*redis.expire("k", 2h));
    REQUIRE(server.ask({"CONFIG", "SET", "maxmemory", "0"}) == "OK");
    CHECK(redis.store_if("k", version, as_bytes("w"), 1h)->status == Status::stored);
}

TEST_CASE("a read-only replica is read from, and refuses changes as what it is; promoted, it takes them")
{
    const RedisServer master;
    const RedisServer replica{{"--replicaof", "127.0.0.1 " + std::to_string(master.port())}};
    Redis writes{options_for(master)};
    Redis redis{options_for(replica)};
    REQUIRE(*writes.create("k", as_bytes("v"), 1h));
    REQUIRE(comes_true([&] {
        const auto found = redis.load("k");
        return found && *found;
    }));
    const auto version = (*redis.load("k"))->version;
    const auto is_read_only = [](const auto& answer) {
        return answer.has_error() && answer.error() == errc::store_failed &&
               has(answer.error().detail(), ": READONLY ");
    };
    CHECK(is_read_only(redis.create("new", as_bytes("v"), 1h)));
    CHECK(is_read_only(redis.store_if("k", version, as_bytes("w"), 1h)));
    CHECK(is_read_only(redis.store("k", as_bytes("w"), 1h)));
    CHECK(is_read_only(redis.expire("k", 1h)));
    CHECK(is_read_only(redis.erase("k")));
    REQUIRE(replica.ask({"REPLICAOF", "NO", "ONE"}) == "OK");
    CHECK(redis.store_if("k", version, as_bytes("w"), 1h)->status == Status::stored);
}

TEST_CASE("prior art 10: an error inside a pipeline is an error; who may not log in reads and writes nothing")
{
    const RedisServer server{{"--requirepass", "open sesame", "--databases", "4"}};
    const auto ask = [&](const redis_test::Words& words) { return server.ask(words); };
    CHECK(ask({"PING"}).starts_with("-NOAUTH"));
    auto options = options_for(server);
    CHECK(has(failure_of(Redis{options}, address_of(server)), ": NOAUTH "));
    options.password = "secret, but a wrong one";
    CHECK(has(failure_of(Redis{options}, address_of(server)), ", AUTH: WRONGPASS "));
    options.username = "nobody";
    CHECK(has(failure_of(Redis{options}, address_of(server)), ", AUTH: WRONGPASS "));
    options.username = "";
    options.password = "open sesame";
    options.database = 4; // AUTH passes, SELECT behind it does not: nothing may go to database 0
    CHECK(has(failure_of(Redis{options}, address_of(server)), ", SELECT: ERR DB index is out of range"));
    options.database = 3;
    Redis redis{options};
    CHECK(*redis.create("k", as_bytes("v"), 1h));
    CHECK(*redis.load("k"));
}

TEST_CASE("a user that may not do everything is told what the server says, never with a key or a value")
{
    const RedisServer server;
    REQUIRE(server.ask({"ACL", "SETUSER", "reader", "on", ">secret-password", "~session:*", "+get"}) == "OK");
    REQUIRE(server.ask({"ACL", "SETUSER", "stranger", "on", ">secret-password", "~other:*", "+@all"}) == "OK");
    auto options = options_for(server);
    options.username = "reader";
    options.password = "secret-password";
    Redis reader{options};
    CHECK_FALSE(*reader.load("k"));
    CHECK(has(reader.create("secret", as_bytes("secret"), 1h).error().detail(), ", SET: NOPERM "));
    options.username = "stranger";
    CHECK(has(failure_of(Redis{options}, address_of(server)), ": NOPERM "));
}

TEST_CASE("a server without a command repeats its arguments, which go nowhere")
{
    const RedisServer server{{"--rename-command", "GET", "", "--rename-command", "SET", "", "--rename-command",
                              "EVALSHA", "", "--rename-command", "PEXPIRE", "", "--rename-command", "DEL", "",
                              "--rename-command", "AUTH", ""}};
    CHECK(has(server.ask({"GET", "secret-key"}), "secret-key"));
    CHECK(has(failure_of(Redis{options_for(server)}, address_of(server)), ", DEL: ERR unknown command 'DEL'"));
    auto options = options_for(server);
    options.password = "secret";
    CHECK(has(failure_of(Redis{options}, address_of(server)), ", AUTH: ERR unknown command 'AUTH'"));
}
