// The laws of `RotatingStorage` (storage/rotating.hpp), for each storage of lua-resty-session.

#include <sojourn/storage/lua_resty_file.hpp>
#include <sojourn/storage/lua_resty_memcached.hpp>
#include <sojourn/storage/lua_resty_redis.hpp>
#include <sojourn/storage/rotating.hpp>

#include "../servers/memcached_server.hpp"
#include "../servers/redis_server.hpp"
#include "scratch.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using namespace sojourn;
using namespace std::chrono_literals;
using storage::LuaRestyFile;
using storage::LuaRestyMemcached;
using storage::LuaRestyRedis;

static_assert(RotatingStorage<LuaRestyFile> && !VersionedStorage<LuaRestyFile>);
static_assert(RotatingStorage<LuaRestyMemcached> && !VersionedStorage<LuaRestyMemcached>);
static_assert(RotatingStorage<LuaRestyRedis> && !VersionedStorage<LuaRestyRedis>);

using Names = std::vector<std::string>;

std::chrono::sys_seconds now() { return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()); }

std::string id(std::string_view text) { return std::string{text} + std::string(43 - text.size(), '-'); }
std::string key(std::string_view text) { return "session:" + id(text); }

const Names index_of_ann{"session:ZGVmYXVsdA:YW5u"};

std::string said(const Result<bool>& answer) { return !answer ? answer.error().message() : *answer ? "true" : "false"; }

/// What a save of the session `text` does that follows `before`, or none.
template <class Storage>
Result<bool> save(Storage& storage, std::string_view text, std::string_view before = {},
                  std::chrono::seconds stale = 10s, std::chrono::seconds ttl = 60s, const Names& indexes = index_of_ann,
                  const Names& left = {})
{
    const auto value = "[\"" + std::string{text} + "\"]";
    const auto new_key = key(text), old_key = before.empty() ? std::string{} : key(before);
    return storage.rotate({.key = new_key,
                           .value = as_bytes(value),
                           .ttl = ttl,
                           .old_key = old_key,
                           .stale_ttl = stale,
                           .now = now(),
                           .indexes = indexes,
                           .left = left});
}

template <class Storage>
bool holds(const Storage& storage, std::string_view text)
{
    const auto found = storage.load(key(text));
    REQUIRE_MESSAGE(found.has_value(), found.error().message());
    if (*found)
        CHECK(as_text((*found)->value) == "[\"" + std::string{text} + "\"]");
    return found->has_value();
}

template <class Storage>
Names listed(const Storage& storage, std::chrono::seconds later = 0s)
{
    auto members = storage.members(index_of_ann[0], now() + later);
    REQUIRE_MESSAGE(members.has_value(), members.error().message());
    std::ranges::sort(*members);
    return *members;
}

template <class Storage>
bool comes_to_nothing(const Storage& storage, std::string_view text)
{
    for (const auto end = now() + 30s; now() < end; std::this_thread::sleep_for(20ms))
        if (!holds(storage, text))
            return true;
    return false;
}

template <class Storage>
void check_laws(Storage storage)
{
    REQUIRE(said(save(storage, "a")) == "true");
    CHECK(holds(storage, "a"));
    CHECK(listed(storage) == Names{id("a")});

    SUBCASE("a save puts another record in place, and leaves the one of before some time")
    {
        CHECK(said(save(storage, "b", "a")) == "true");
        CHECK(holds(storage, "a"));
        CHECK(holds(storage, "b"));
        CHECK(listed(storage) == Names{id("b")});
    }
    SUBCASE("or none")
    {
        CHECK(said(save(storage, "b", "a", 0s)) == "true");
        CHECK_FALSE(holds(storage, "a"));
        CHECK(holds(storage, "b"));
    }
    SUBCASE("the record of before ends when it may no longer stay")
    {
        CHECK(said(save(storage, "b", "a", 1s)) == "true");
        CHECK(comes_to_nothing(storage, "a"));
        CHECK(holds(storage, "b"));
    }
    SUBCASE("what was removed stays dead, whoever saves, and is listed nowhere")
    {
        CHECK(said(storage.remove(key("a"), index_of_ann, now())) == "true");
        CHECK(said(storage.remove(key("a"), index_of_ann, now())) == "false");
        CHECK(said(save(storage, "b", "a")) == "false");
        CHECK_FALSE(holds(storage, "b"));
        CHECK(listed(storage).empty());
        CHECK(said(storage.store(key("a"), as_bytes("[\"a\"]"), 60s)) == "false");
        CHECK(said(storage.expire(key("a"), 60s)) == "false");
        CHECK_FALSE(holds(storage, "a"));
    }
    SUBCASE("indexes that the session leaves do not list it")
    {
        const Names other{"session:ZGVmYXVsdA:Ym9i"};
        CHECK(said(save(storage, "b", "a", 10s, 60s, other, index_of_ann)) == "true");
        CHECK(listed(storage).empty());
        const auto members = storage.members(other[0], now());
        CHECK((members && *members == Names{id("b")}));
    }
    SUBCASE("what is over is not listed; an index stays while one of its sessions does")
    {
        CHECK(said(save(storage, "b", {}, 10s, 1s)) == "true");
        CHECK(listed(storage) == Names{id("a"), id("b")});
        CHECK(listed(storage, 5s) == Names{id("a")});
        CHECK(listed(storage, 100s).empty());
        CHECK(comes_to_nothing(storage, "b"));
        CHECK(holds(storage, "a"));
        CHECK(listed(storage) == Names{id("a")});
    }
    SUBCASE("a record is changed or erased where it stands")
    {
        CHECK(said(storage.create(key("a"), as_bytes("[\"x\"]"), 60s)) == "false");
        CHECK(holds(storage, "a"));
        CHECK(said(storage.create(key("c"), as_bytes("[\"c\"]"), 60s)) == "true");
        CHECK(said(storage.store(key("c"), as_bytes("[\"c\"]"), 60s)) == "true");
        CHECK(holds(storage, "c"));
        CHECK(said(storage.expire(key("c"), 1s)) == "true");
        CHECK(comes_to_nothing(storage, "c"));
        CHECK(said(storage.erase(key("a"))) == "true");
        CHECK(said(storage.erase(key("a"))) == "false");
    }
}

/// Threads that save sessions of one subject, each its own: at last the index lists the last record of each.
template <class Storage>
void check_concurrent_saves(Storage storage)
{
    constexpr int threads = 4, saves = 25;
    std::vector<std::thread> all;
    std::array<bool, threads> good{};
    for (int thread = 0; thread != threads; ++thread)
        all.emplace_back([&, thread] {
            Storage own = storage;
            std::string before;
            good.at(static_cast<std::size_t>(thread)) = true;
            for (int i = 0; i != saves; ++i) {
                const auto text = "t" + std::to_string(thread) + "_" + std::to_string(i);
                if (save(own, text, before) != Result<bool>{true})
                    good.at(static_cast<std::size_t>(thread)) = false;
                before = text;
            }
        });
    for (auto& thread : all)
        thread.join();
    CHECK(std::ranges::all_of(good, std::identity{}));
    Names last;
    for (int thread = 0; thread != threads; ++thread)
        last.push_back(id("t" + std::to_string(thread) + "_" + std::to_string(saves - 1)));
    CHECK(listed(storage) == last);
}

LuaRestyFile files(const scratch::Folder& folder) { return LuaRestyFile{{.path = folder.path().string()}}; }

LuaRestyRedis redis(const redis_test::RedisServer& server)
{
    return LuaRestyRedis{redis_test::options_for<LuaRestyRedis::Options>(server)};
}

LuaRestyMemcached memcached(const memcached_test::MemcachedServer& server)
{
    return LuaRestyMemcached{memcached_test::options_for<LuaRestyMemcached::Options>(server)};
}

template <class Storage>
void check_failing(Storage storage)
{
    const auto failed = [](const auto& result) {
        return !result && result.error() == errc::store_failed && !result.error().detail().empty();
    };
    CHECK(failed(save(storage, "b", "a")));
    CHECK(failed(storage.load(key("a"))));
    CHECK(failed(storage.create(key("a"), as_bytes("[]"), 60s)));
    CHECK(failed(storage.store(key("a"), as_bytes("[]"), 60s)));
    CHECK(failed(storage.expire(key("a"), 60s)));
    CHECK(failed(storage.erase(key("a"))));
    CHECK(failed(storage.remove(key("a"), index_of_ann, now())));
    CHECK(failed(storage.members(index_of_ann[0], now())));
}

template <class Server, class Storage>
void check_outage(Server& server, Storage storage)
{
    CHECK(storage.check().has_value());
    REQUIRE(said(save(storage, "a")) == "true");
    server.kill();
    check_failing(storage);
    server.start();
    CHECK(said(save(storage, "a")) == "true");
}

} // namespace

TEST_CASE("files of lua-resty-session keep the laws of a rotating storage")
{
    const scratch::Folder folder;
    check_laws(files(folder));
}

TEST_CASE("a record that is superseded keeps what is less of its time: files, redis")
{
    const auto check = [](auto storage) {
        REQUIRE(said(save(storage, "a", {}, 10s, 1s)) == "true");
        CHECK(said(save(storage, "b", "a", 3600s)) == "true");
        CHECK(comes_to_nothing(storage, "a"));
    };
    const scratch::Folder folder;
    check(files(folder));
    const redis_test::RedisServer server;
    check(redis(server));
}

TEST_CASE("concurrent saves into files of lua-resty-session list each session once")
{
    const scratch::Folder folder;
    check_concurrent_saves(files(folder));
}

TEST_CASE("a folder of lua-resty-session that is not there is a failing store, not a missing session")
{
    LuaRestyFile storage{{.path = "/nonexistent/sessions"}};
    CHECK(storage.check().error() == errc::store_failed);
    check_failing(storage);
}

TEST_CASE("redis of lua-resty-session keeps the laws of a rotating storage")
{
    const redis_test::RedisServer server;
    check_laws(redis(server));
}

TEST_CASE("concurrent saves into redis of lua-resty-session list each session once")
{
    const redis_test::RedisServer server;
    check_concurrent_saves(redis(server));
}

TEST_CASE("redis of lua-resty-session: a save is one script, sent in full once")
{
    const redis_test::RedisServer server;
    auto storage = redis(server);
    CHECK(server.ask({"SCRIPT", "LOAD", std::string{storage::redis::rotate_script.text}}) ==
          storage::redis::rotate_script.sha1);
    CHECK(server.ask({"SCRIPT", "LOAD", std::string{storage::redis::remove_script.text}}) ==
          storage::redis::remove_script.sha1);
    CHECK(said(save(storage, "a")) == "true");
    REQUIRE(server.ask({"SCRIPT", "FLUSH"}) == "OK");
    CHECK(said(save(storage, "b", "a")) == "true");
    CHECK(listed(storage) == Names{id("b")});
}

TEST_CASE("redis of lua-resty-session: what it cannot store changes nothing, and foreign values are no records")
{
    const redis_test::RedisServer server;
    auto storage = redis(server);
    REQUIRE(said(save(storage, "a")) == "true");
    SUBCASE("an index of another type")
    {
        REQUIRE(server.ask({"SET", "session:ZGVmYXVsdA:Ym9i", "text"}) == "OK");
        const auto saved = save(storage, "b", "a", 0s, 60s, {"session:ZGVmYXVsdA:Ym9i"}, index_of_ann);
        CHECK(saved.error() == errc::store_failed);
        CHECK(holds(storage, "a"));
        CHECK_FALSE(holds(storage, "b"));
    }
    SUBCASE("a full server")
    {
        REQUIRE(server.ask({"CONFIG", "SET", "maxmemory", "1"}) == "OK");
        CHECK(save(storage, "b", "a", 0s).error() == errc::store_failed);
        CHECK(holds(storage, "a"));
        REQUIRE(server.ask({"CONFIG", "SET", "maxmemory", "0"}) == "OK");
        CHECK(said(save(storage, "b", "a", 0s)) == "true");
    }
    SUBCASE("another type in a record's place")
    {
        REQUIRE(server.ask({"HSET", key("h"), "a", "b"}) == "1");
        CHECK_FALSE(holds(storage, "h"));
    }
}

TEST_CASE("redis of lua-resty-session: a server that is gone is a failing store, not a missing session")
{
    redis_test::RedisServer server;
    check_outage(server, redis(server));

    LuaRestyRedis unlawful{{.pool_size = 0}};
    CHECK(unlawful.check().error() == errc::unlawful_option);
    CHECK(save(unlawful, "a").error() == errc::unlawful_option);
}

TEST_CASE("memcached of lua-resty-session keeps the laws of a rotating storage")
{
    const memcached_test::MemcachedServer server;
    check_laws(memcached(server));
}

TEST_CASE("concurrent saves into memcached of lua-resty-session list each session once")
{
    const memcached_test::MemcachedServer server;
    check_concurrent_saves(memcached(server));
}

TEST_CASE("memcached of lua-resty-session: keys are escaped as in a URI, and an empty index is none")
{
    const memcached_test::MemcachedServer server;
    auto options = memcached_test::options_for<LuaRestyMemcached::Options>(server);
    options.prefix.emplace("a/b");
    options.suffix = "!";
    LuaRestyMemcached storage{options};
    REQUIRE(said(save(storage, "a")) == "true");
    CHECK(server.ask("get a%2Fb%3Asession%3A" + id("a") + "%3A!").starts_with("VALUE"));
    CHECK(server.ask("get a%2Fb%3Asession%3AZGVmYXVsdA%3AYW5u%3A!").starts_with("VALUE"));
    CHECK(said(storage.remove(key("a"), index_of_ann, now())) == "true");
    CHECK(server.ask("get a%2Fb%3Asession%3AZGVmYXVsdA%3AYW5u%3A!") == "END\r\n");

    const Names long_name{"session:ZGVmYXVsdA:" + std::string(300, 'x')};
    CHECK(save(storage, "b", {}, 10s, 60s, long_name).error() == errc::unlawful_option);
    const auto none = storage.members(long_name[0], now());
    CHECK((none && none->empty()));
}

TEST_CASE("memcached of lua-resty-session: a server that is gone is a failing store, not a missing session")
{
    memcached_test::MemcachedServer server;
    check_outage(server, memcached(server));
}
