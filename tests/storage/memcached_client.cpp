#include <sojourn/storage/memcached/client.hpp>
#include <sojourn/storage/memcached/exptime.hpp>
#include <sojourn/storage/memcached/ring.hpp>
#include <sojourn/storage/net/socket.hpp>

#include "../servers/memcached_server.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

// The raw commands, which know nothing of records.

namespace {

using namespace sojourn;
using namespace std::chrono_literals;
using namespace storage::memcached;
using memcached_test::MemcachedServer;
using Client = storage::memcached::Client<storage::net::Socket>;
using Compared = Client::Compared;

Client client_of(const MemcachedServer& server)
{
    return Client{memcached_test::options_for<Options<storage::net::Socket>>(server)};
}

std::string text_of(const Reply& item) { return std::string{as_text(item.value)}; }

} // namespace

TEST_CASE("memcached's commands do what they are named after")
{
    const MemcachedServer server;
    auto client = client_of(server);
    const std::string key = "session%3Aabc";
    CHECK_FALSE(*client.get(key));
    CHECK_FALSE(*client.replace(key, as_bytes("v"), 1, 0));
    CHECK_FALSE(*client.append(key, as_bytes("v")));
    CHECK_FALSE(*client.touch(key, 100));
    CHECK_FALSE(*client.erase(key));
    CHECK(*client.add(key, as_bytes("one"), 7, 0));
    CHECK_FALSE(*client.add(key, as_bytes("two"), 8, 0));
    auto item = client.get(key).value().value();
    CHECK(text_of(item) == "one");
    CHECK(item.flags == 7);
    CHECK(item.state != 0);
    CHECK(server.ask("get " + key) == "VALUE " + key + " 7 3\r\none\r\nEND\r\n"); // as others see it
    CHECK(*client.append(key, as_bytes(" and more")));
    CHECK(text_of(client.get(key).value().value()) == "one and more");
    CHECK(*client.touch(key, 100));
    CHECK(server.ask("mg " + key + " t").starts_with("HD t"));
    CHECK(*client.replace(key, {}, 0, 0));
    CHECK(text_of(client.get(key).value().value()).empty());
    CHECK(client.set(key, as_bytes("three"), 0, 0).has_value());
    CHECK(text_of(client.get(key).value().value()) == "three");
    CHECK(*client.erase(key));
    CHECK_FALSE(*client.get(key));
}

TEST_CASE("memcached's cas stores and erases what is in the state that was read, and nothing else")
{
    const MemcachedServer server;
    auto client = client_of(server);
    CHECK(*client.replace_if("key", 1, as_bytes("v"), 0, 0) == Compared::missing);
    CHECK(*client.erase_if("key", 1) == Compared::missing);
    CHECK(client.set("key", as_bytes("one"), 0, 0).has_value());
    const auto one = client.get("key").value()->state;
    CHECK(*client.replace_if("key", one, as_bytes("two"), 0, 0) == Compared::done);
    CHECK(*client.replace_if("key", one, as_bytes("three"), 0, 0) == Compared::changed);
    CHECK(*client.erase_if("key", one) == Compared::changed);
    const auto two = client.get("key").value().value();
    CHECK(text_of(two) == "two");
    CHECK(client.replace_if("key", 0, {}, 0, 0).error() == errc::unlawful_option);
    CHECK(client.erase_if("key", 0).error() == errc::unlawful_option);
    CHECK(*client.erase_if("key", two.state) == Compared::done);
    CHECK_FALSE(*client.get("key"));
}

TEST_CASE("memcached's keys are 1 to 250 bytes, whichever they are")
{
    const MemcachedServer server;
    auto client = client_of(server);
    std::string every;
    for (int c = 0; c != 250; ++c)
        every += static_cast<char>(c);
    for (const auto& key : {every, std::string(1, '\0'), std::string(250, '\xFF')}) {
        CHECK(*client.add(key, as_bytes("v"), 0, 0));
        CHECK(text_of(client.get(key).value().value()) == "v");
    }
    for (const auto& key : {std::string{}, std::string(251, 'k')}) {
        CHECK(client.get(key).error() == errc::unlawful_option);
        CHECK(client.set(key, {}, 0, 0).error() == errc::unlawful_option);
        CHECK(client.erase(key).error() == errc::unlawful_option);
    }
}

TEST_CASE("values of memcached of all lengths around those of buffers and packets come back to the byte")
{
    const MemcachedServer server;
    auto client = client_of(server);
    for (const std::size_t size : {0U, 1U, 8163U, 8164U, 8165U, 8191U, 8192U, 8193U, 16384U, 65536U, 1'000'000U}) {
        Bytes value(size);
        for (std::size_t i = 0; i != size; ++i)
            value[i] = static_cast<std::byte>(i * 2654435761U >> 24);
        CHECK(client.set("key", value, 0, 0).has_value());
        CHECK(client.get("key").value()->value == value);
    }
}

TEST_CASE("a time to live as memcached has it")
{
    const std::chrono::system_clock::time_point now{1'800'000'000s};
    CHECK(exptime(1ms, now) == 2);
    CHECK(exptime(1000ms, now) == 2);
    CHECK(exptime(1001ms, now) == 3);
    CHECK(exptime(30 * 24h - 1s, now) == 30 * 24 * 3600);
    CHECK(exptime(30 * 24h, now) == 1'800'000'000U + 30 * 24 * 3600 + 1);
    CHECK(exptime(30 * 24h, now + 1ms) == 1'800'000'000U + 30 * 24 * 3600 + 2);
    CHECK(exptime(std::chrono::seconds{0xFFFFFFFF - 1'800'000'001}, now) == 0xFFFFFFFF);
    CHECK(exptime(std::chrono::seconds{0xFFFFFFFF - 1'800'000'000}, now) == 0);
    CHECK(exptime(TimeToLive::max(), now) == 0);
    for (const TimeToLive over : {TimeToLive{0}, TimeToLive{-1}, TimeToLive::min()})
        CHECK(exptime(over, now) == 30 * 24 * 3600 + 1); // 31 January 1970
}

TEST_CASE("keys lie evenly on memcached's servers; another server moves its share and no other key")
{
    const std::vector<std::string> three{"a:11211", "b:11211", "c:11211"};
    const std::vector<std::string> turned{"c:11211", "a:11211", "b:11211"};
    const std::vector<std::string> four{"a:11211", "b:11211", "c:11211", "d:11211"};
    const Ring of_three{three}, of_turned{turned}, of_four{four};
    std::vector<int> shares(4);
    int moved = 0;
    constexpr int keys = 10'000;
    for (int n = 0; n != keys; ++n) {
        const auto key = "key-" + std::to_string(n);
        const auto before = three[of_three.server_of(key)];
        const auto after = four[of_four.server_of(key)];
        ++shares[of_four.server_of(key)];
        CHECK(turned[of_turned.server_of(key)] == before); // the order of the names does not matter
        CHECK((after == before || after == "d:11211"));
        moved += after != before ? 1 : 0;
    }
    for (const int share : shares)
        CHECK(share > keys / 8);
    CHECK(moved == shares[3]);
    CHECK(Ring{{"only:1"}}.server_of("key") == 0);
}

TEST_CASE("which of memcached's servers has a key is the same in every release")
{
    const Ring ring{{"a:11211", "b:11211", "c:11211"}};
    std::string servers;
    for (int n = 0; n != 32; ++n)
        servers += static_cast<char>('a' + ring.server_of("key-" + std::to_string(n)));
    CHECK(servers == "bbcbccbbbacaabbbbbbbcbcbacbaacca");
}
