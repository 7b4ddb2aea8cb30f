#include <sojourn/storage/redis.hpp>

#include <sojourn/testing/storage_conformance.hpp>

#include "../servers/redis_server.hpp"

#include <doctest/doctest.h>

#include <hiredis/hiredis.h>

#include <chrono>
#include <cstddef>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace sojourn;
using namespace std::chrono_literals;
using redis_test::RedisServer;
using storage::Redis;
using Status = StoreOutcome::Status;

static_assert(BatchStorage<Redis> && !AwaitableStorage<Redis> && !CookieStorage<Redis>);

Redis::Options options_for(const RedisServer& server) { return redis_test::options_for<Redis::Options>(server); }

void check_laws(const Redis::Options& options, unsigned rounds)
{
    testing::StorageConformance suite{[&] { return Redis{options}; }, {.rounds = rounds, .patience = 10s}};
    for (const auto& failure : suite.run())
        FAIL_CHECK(failure.law, ": ", failure.what);
}

bool holds(const Redis& redis, std::string_view key, std::string_view value)
{
    const auto found = redis.load(key);
    return found && *found && as_text((*found)->value) == value;
}

/// The option that `check` names.
std::string unlawful(const Redis::Options& options)
{
    const auto checked = Redis{options}.check();
    if (checked)
        return "none";
    CHECK(checked.error() == errc::unlawful_option);
    CHECK(Redis{options}.load("k").error() == errc::unlawful_option);
    return checked.error().detail().substr(0, checked.error().detail().find(':'));
}

} // namespace

TEST_CASE("redis keeps the laws of a batch storage, of concurrent calls too")
{
    const RedisServer server;
    SUBCASE("over TCP") { check_laws(options_for(server), 20); }
    SUBCASE("over a Unix socket, with one connection")
    {
        auto options = options_for(server);
        options.unix_socket = server.unix_socket();
        options.port = 0;
        options.pool_size = 1;
        check_laws(options, 10);
    }
    SUBCASE("by a host name, with a user, in another database, between a prefix and a suffix")
    {
        REQUIRE(server.ask({"ACL", "SETUSER", "shop", "on", ">pass word", "~shop.*.v1", "+@all"}) == "OK");
        auto options = options_for(server);
        options.host = "localhost";
        options.username = "shop";
        options.password = "pass word";
        options.database = 3;
        options.prefix.emplace("shop.");
        options.suffix = ".v1";
        check_laws(options, 5);
    }
}

TEST_CASE("a command goes over the wire as hiredis writes it, whatever is in its words")
{
    const auto is_as_hiredis_has_it = [](const std::vector<std::string_view>& words) {
        std::vector<const char*> starts;
        std::vector<std::size_t> sizes;
        for (const auto word : words) {
            starts.push_back(word.data() != nullptr ? word.data() : "");
            sizes.push_back(word.size());
        }
        char* text = nullptr;
        const auto size = ::redisFormatCommandArgv(&text, static_cast<int>(words.size()), starts.data(), sizes.data());
        REQUIRE(size > 0);
        const std::string expected{text, static_cast<std::size_t>(size)};
        ::redisFreeCommand(text);
        return as_text(storage::redis::Command::of(words).bytes()) == expected;
    };
    CHECK(is_as_hiredis_has_it({"PING"}));
    CHECK(is_as_hiredis_has_it({"SET", std::string_view{"\0\r\n$", 4}, {}, ""}));
    CHECK(is_as_hiredis_has_it(std::vector<std::string_view>(1000, "word")));
    const std::string large(100'000, 'x');
    for (std::size_t size = 0; size < large.size(); size = size * 5 / 4 + 1)
        CHECK(is_as_hiredis_has_it({"SET", "k", std::string_view{large}.substr(0, size), "NX"}));

    const storage::redis::Command command{"GET", std::string{"k"}};
    CHECK(as_text(command.bytes()) == "*2\r\n$3\r\nGET\r\n$1\r\nk\r\n");
    CHECK(command.name() == "GET");
}

TEST_CASE("a record is one string in redis, under the prefix, the key and the suffix, and has an expiry")
{
    const RedisServer server;
    auto options = options_for(server);
    options.prefix.emplace("a{b}:");
    options.suffix = "!";
    Redis redis{options};
    REQUIRE(*redis.create("key", as_bytes("value"), 1h));
    CHECK(server.ask({"KEYS", "*"}) == "a{b}:key!");
    const auto stored = server.ask({"GET", "a{b}:key!"});
    CHECK(stored.substr(0, 8) == "sojourn\1");
    CHECK(stored.substr(16) == "value");
    const auto lives = std::stol(server.ask({"PTTL", "a{b}:key!"}));
    CHECK(lives <= 3'600'000);
    CHECK(lives > 3'000'000);
    CHECK(storage::redis::decode(stored)->version == (*redis.load("key"))->version);
}

TEST_CASE("each call is one command, a compare-and-store too; the script's name is its hash")
{
    using storage::redis::write_script;
    const RedisServer server;
    CHECK(server.ask({"SCRIPT", "LOAD", std::string{write_script.text}}) == write_script.sha1);
    Redis redis{options_for(server)};
    REQUIRE_FALSE(*redis.load("warm-up"));
    const auto commands = [&] {
        const auto info = server.ask({"INFO", "stats"});
        return std::stol(info.substr(info.find("total_commands_processed:") + 25));
    };
    const auto before = commands(); // each time it is asked counts itself and the next
    REQUIRE(*redis.create("k", as_bytes("1"), 1h));
    const auto version = (*redis.load("k"))->version;
    REQUIRE(redis.store_if("k", version, as_bytes("2"), 1h)->status == Status::stored);
    REQUIRE(redis.store_if("k", version, as_bytes("3"), 1h)->status == Status::conflict);
    REQUIRE(*redis.expire("k", 2h));
    REQUIRE(*redis.erase("k"));
    const auto inside_scripts = 3; // GET and SET, GET
    CHECK(commands() - before == 1 + 6 + inside_scripts);
}

TEST_CASE("a script cache that was flushed costs a second round trip and nothing else")
{
    const RedisServer server;
    Redis redis{options_for(server)};
    REQUIRE(*redis.create("k", as_bytes("0"), 1h));
    for (int n = 1; n <= 10; ++n) {
        REQUIRE(server.ask({"SCRIPT", "FLUSH"}) == "OK");
        const auto read = (*redis.load("k")).value();
        REQUIRE(redis.store_if("k", read.version, as_bytes(std::to_string(n)), 1h)->status == Status::stored);
        REQUIRE(redis.store_if("k", read.version, as_bytes("late"), 1h)->status == Status::conflict);
        CHECK(holds(redis, "k", std::to_string(n)));
    }
}

TEST_CASE("times to live that Redis would refuse are lawful; one of nothing is over at once")
{
    const RedisServer server;
    Redis redis{options_for(server)};
    for (const auto ttl : {TimeToLive::max(), TimeToLive::max() - 1ms, TimeToLive{1}}) {
        CHECK(*redis.create("k", as_bytes("v"), ttl));
        CHECK(redis.expire("k", TimeToLive::max()).has_value());
        CHECK(redis.erase("k").has_value());
    }
    for (const auto ttl : {0ms, -1ms, TimeToLive::min()}) {
        CHECK(*redis.create("k", as_bytes("v"), ttl));
        CHECK(server.ask({"DBSIZE"}) == "0");
        REQUIRE(*redis.create("k", as_bytes("v"), 1h));
        CHECK_FALSE(*redis.create("k", as_bytes("w"), ttl));
        CHECK(holds(redis, "k", "v"));
        CHECK(*redis.store("k", as_bytes("w"), ttl));
        CHECK(server.ask({"DBSIZE"}) == "0");
        REQUIRE(*redis.create("k", as_bytes("v"), 1h));
        const auto version = (*redis.load("k"))->version;
        CHECK(redis.store_if("k", version + 1, as_bytes("w"), ttl)->status == Status::conflict);
        CHECK(holds(redis, "k", "v"));
        CHECK(redis.store_if("k", version, as_bytes("w"), ttl)->status == Status::stored);
        CHECK(server.ask({"DBSIZE"}) == "0");
        REQUIRE(*redis.create("k", as_bytes("v"), 1h));
        CHECK(*redis.expire("k", ttl));
        CHECK(server.ask({"DBSIZE"}) == "0");
    }
}

TEST_CASE("what another program put under a key of ours is not found, and no store replaces it")
{
    const RedisServer server;
    Redis redis{options_for(server)};
    const std::vector<redis_test::Words> foreign{
        {"SET", "session:k", "somebody's text"},
        {"SET", "session:k", ""},
        {"SET", "session:k", "sojourn\1"},
        {"SET", "session:k", "sojourn\2________value of a later release"},
        {"RPUSH", "session:k", "a", "list"},
        {"HSET", "session:k", "a", "hash"},
        {"SADD", "session:k", "a set"},
        {"ZADD", "session:k", "1", "a sorted set"},
        {"XADD", "session:k", "*", "a", "stream"},
    };
    for (const auto& words : foreign) {
        CAPTURE(words[2]);
        REQUIRE(server.ask(words).substr(0, 1) != "-");
        const auto before = server.ask({"DUMP", "session:k"});
        CHECK_FALSE(*redis.load("k"));
        CHECK_FALSE(*redis.create("k", as_bytes("v"), 1h));
        CHECK_FALSE(*redis.store("k", as_bytes("v"), 1h));
        CHECK(redis.store_if("k", 1, as_bytes("v"), 1h)->status == Status::missing);
        CHECK(redis.store_if("k", 0x5f5f5f5f5f5f5f5f, as_bytes("v"), 1h)->status == Status::missing);
        CHECK(redis.store_if("k", 0, as_bytes("v"), 0ms)->status != Status::conflict);
        if (server.ask({"EXISTS", "session:k"}) == "1")
            CHECK(server.ask({"DUMP", "session:k"}) == before);
        server.ask({"DEL", "session:k"});
    }
}

TEST_CASE("a value of 8 MiB comes back to the byte, and the connection is good for the next")
{
    const RedisServer server;
    auto options = options_for(server);
    options.pool_size = 1;
    Redis redis{options};
    std::string large(8 * 1024 * 1024, '\0');
    for (std::size_t i = 0; i < large.size(); i += 4096)
        large[i] = static_cast<char>(i >> 12);
    REQUIRE(*redis.create("large", as_bytes(large), 1h));
    REQUIRE(*redis.create("small", as_bytes("v"), 1h));
    CHECK(holds(redis, "large", large));
    CHECK(holds(redis, "small", "v"));
    CHECK(redis.store_if("large", 1, as_bytes(large), 1h)->standing.value.size() == large.size());
    CHECK(holds(redis, "small", "v"));
}

TEST_CASE("an unlawful option is named before any server is asked")
{
    const auto with = [](auto change) {
        Redis::Options options;
        change(options);
        return unlawful(options);
    };
    using Options = Redis::Options;
    CHECK(with([](Options&) {}) == "none");
    CHECK(with([](Options& o) { o.host = ""; }) == "host");
    CHECK(with([](Options& o) { o.port = 0; }) == "port");
    CHECK(with([](Options& o) { o.port = 0, o.unix_socket = "/run/redis.sock"; }) == "none");
    CHECK(with([](Options& o) { o.unix_socket = std::string(108, 'x'); }) == "unix_socket");
    CHECK(with([](Options& o) { o.database = -1; }) == "database");
    CHECK(with([](Options& o) { o.prefix.emplace("a b"); }) == "prefix");
    CHECK(with([](Options& o) { o.suffix = "\r\nFLUSHALL"; }) == "suffix");
    CHECK(with([](Options& o) { o.suffix = std::string(101, 'x'); }) == "suffix");
    CHECK(with([](Options& o) { o.prefix = o.suffix = ""; }) == "none");
    CHECK(with([](Options& o) { o.connect_timeout = 0ms; }) == "connect_timeout");
    CHECK(with([](Options& o) { o.send_timeout = -1ms; }) == "send_timeout");
    CHECK(with([](Options& o) { o.read_timeout = 0ms; }) == "read_timeout");
    CHECK(with([](Options& o) { o.read_timeout = std::chrono::milliseconds::max(); }) == "none");
    CHECK(with([](Options& o) { o.keepalive_timeout = -1ms; }) == "keepalive_timeout");
    CHECK(with([](Options& o) { o.keepalive_timeout = 0ms; }) == "none");
    CHECK(with([](Options& o) { o.pool_size = 0; }) == "pool_size");
    CHECK(with([](Options& o) { o.backlog = 0; }) == "none");
    CHECK(with([](Options& o) { o.ssl = true; }) == "ssl");
    CHECK(with([](Options& o) { o.server_name = "redis"; }) == "ssl_ca_file or server_name");
}

TEST_CASE("a key that is none is refused before a server is asked")
{
    const Redis nobody_listens{{.host = "127.0.0.1", .port = 1}};
    CHECK(nobody_listens.load("a b").error() == errc::unlawful_option);
    CHECK(nobody_listens.load("ab").error() == errc::store_failed);
}
