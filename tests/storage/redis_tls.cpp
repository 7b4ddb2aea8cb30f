#include <sojourn/storage/redis_tls.hpp>

#include <sojourn/testing/storage_conformance.hpp>

#include "../servers/certificates.hpp"
#include "../servers/proxy.hpp"
#include "../servers/redis_server.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <string>

namespace {

using namespace sojourn;
using namespace std::chrono_literals;
using redis_test::RedisServer;
using tls_test::certificates;
using storage::RedisTls;

static_assert(BatchStorage<RedisTls>);

/// A server that speaks TLS beside its plain port.
struct TlsServer {
    explicit TlsServer(const std::string& certificate) : server{with_tls(certificate, port)} {}

    RedisTls::Options options(const std::string& host = "localhost") const
    {
        auto made = redis_test::options_for<RedisTls::Options>(server);
        made.host = host;
        made.port = port;
        made.ssl_ca_file = certificates().file("ca.pem");
        return made;
    }

    std::uint16_t port = redis_test::free_port();
    RedisServer server;

private:
    static redis_test::Words with_tls(const std::string& certificate, std::uint16_t port)
    {
        return {"--tls-cert-file",    certificates().file(certificate + ".pem"),
                "--tls-key-file",     certificates().file(certificate + ".key"),
                "--tls-auth-clients", "no",
                "--tls-port",         std::to_string(port)};
    }
};

std::string failure_of(const RedisTls::Options& options)
{
    const auto loaded = RedisTls{options}.load("k");
    if (loaded)
        return "none";
    CHECK(loaded.error() == errc::store_failed);
    return loaded.error().detail();
}

bool has(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

} // namespace

TEST_CASE("redis over TLS keeps the laws of a batch storage, of concurrent calls too")
{
    const TlsServer server{"name"};
    testing::StorageConformance suite{[&] { return RedisTls{server.options()}; }, {.rounds = 10, .patience = 10s}};
    for (const auto& failure : suite.run())
        FAIL_CHECK(failure.law, ": ", failure.what);
}

TEST_CASE("a certificate has to be of a known authority, for the name that was asked for, and not over")
{
    const TlsServer by_name{"name"};
    CHECK(failure_of(by_name.options()) == "none");
    CHECK(
        has(failure_of(by_name.options("127.0.0.1")), "TLS handshake: certificate verify failed: IP address mismatch"));
    auto options = by_name.options("127.0.0.1");
    options.server_name = "localhost";
    CHECK(failure_of(options) == "none");
    options = by_name.options();
    options.server_name = "redis.example.org";
    CHECK(has(failure_of(options), "ostname mismatch"));
    options.ssl_ca_file = certificates().file("other-ca.pem");
    CHECK(has(failure_of(options), "certificate verify failed: "));
    options.ssl_ca_file = ""; // the system's authorities do not know ours
    options.server_name = "localhost";
    CHECK(has(failure_of(options), "certificate verify failed: "));
    options.ssl_verify = false;
    CHECK(failure_of(options) == "none");

    const TlsServer by_address{"address"};
    CHECK(failure_of(by_address.options("127.0.0.1")) == "none");
    CHECK(has(failure_of(by_address.options("localhost")), "ostname mismatch"));

    const TlsServer old{"old"};
    CHECK(has(failure_of(old.options()), "certificate verify failed: certificate has expired"));
}

TEST_CASE("TLS to a server that speaks plainly, and the reverse, fails and waits for nobody")
{
    const TlsServer server{"name"};
    auto options = server.options();
    options.port = server.server.port();
    options.connect_timeout = options.read_timeout = 500ms;
    CHECK(has(failure_of(options), "TLS handshake: "));
    options = server.options();
    options.ssl = false;
    CHECK(RedisTls{options}.check().error() == errc::unlawful_option); // an authority that nobody is asked about
    options.ssl_ca_file = "";
    options.read_timeout = 500ms;
    CHECK(failure_of(options) != "none");
    options.port = server.server.port();
    CHECK(failure_of(options) == "none");
}

TEST_CASE("TLS options that cannot be are named before any server is asked")
{
    RedisTls::Options options;
    CHECK(RedisTls{options}.check().has_value());
    options.ssl_ca_file = "/nonexistent/ca.pem";
    CHECK(RedisTls{options}.check().error().detail() ==
          "ssl_ca_file: no certificates can be read from it: /nonexistent/ca.pem");
    options.ssl_ca_file = "";
    options.unix_socket = "/run/redis.sock";
    CHECK(RedisTls{options}.check().error().detail().starts_with("server_name: none"));
    options.ssl_verify = false;
    CHECK(RedisTls{options}.check().has_value());
}

TEST_CASE("over TLS, too: a server that hangs or goes is an error in time, and large values come back to the byte")
{
    TlsServer server{"name"};
    auto options = server.options();
    options.pool_size = 1;
    RedisTls redis{options};
    const std::string large(5'000'000, 'x');
    REQUIRE(*redis.create("k", as_bytes(large), 1h));
    for (int n = 0; n != 3; ++n)
        CHECK((*redis.load("k"))->value.size() == large.size());
    CHECK(server.server.ask({"CLIENT", "KILL", "TYPE", "normal"}) != "0");
    CHECK(*redis.load("k"));

    options.connect_timeout = options.read_timeout = 300ms;
    RedisTls hasty{options};
    server.server.signal(SIGSTOP);
    CHECK(has(failure_of(options), "TLS handshake: timed out"));
    server.server.signal(SIGCONT);
    CHECK(redis_test::comes_true([&] { return hasty.load("k").has_value(); }));

    server.server.kill();
    CHECK(redis.create("new", as_bytes("v"), 1h).has_error());
    server.server.start();
    CHECK(redis_test::comes_true([&] { return redis.create("new", as_bytes("v"), 1h).has_value(); }));
}

TEST_CASE("over TLS, too: a server that sends a byte at a time holds nobody for longer than the timeouts")
{
    const TlsServer server{"name"};
    proxy_test::Proxy proxy{server.port};
    auto options = server.options();
    options.port = proxy.port();
    options.connect_timeout = options.read_timeout = 300ms;
    RedisTls redis{options};
    CHECK(redis_test::comes_true([&] { return redis.create("k", Bytes(1000), 1h).has_value(); }));
    proxy.trickle(100ms); // 100 s for all of it
    const auto began = redis_test::Clock::now();
    CHECK(redis.load("k").has_error());
    CHECK(has(failure_of(options), "TLS handshake: timed out"));
    CHECK(redis_test::Clock::now() - began >= 300ms);
    CHECK(redis_test::Clock::now() - began < 60s);
    proxy.trickle(0ms);
    CHECK(redis_test::comes_true([&] { return redis.load("k").has_value(); }));
}
