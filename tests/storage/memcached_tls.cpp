#include <sojourn/storage/memcached_tls.hpp>

#include <sojourn/testing/storage_conformance.hpp>

#include "../servers/certificates.hpp"
#include "../servers/memcached_server.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <csignal>
#include <cstddef>
#include <string>
#include <string_view>

namespace {

using namespace sojourn;
using namespace std::chrono_literals;
using memcached_test::MemcachedServer;
using storage::Memcached;
using storage::MemcachedTls;
using tls_test::certificates;

static_assert(VersionedStorage<MemcachedTls>);

/// Takes nothing but TLS.
struct TlsServer : MemcachedServer {
    explicit TlsServer(const std::string& certificate)
        : MemcachedServer{{"-Z", "-o",
                           "ssl_chain_cert=" + certificates().file(certificate + ".pem") +
                               ",ssl_key=" + certificates().file(certificate + ".key")}}
    {
    }

    MemcachedTls::Options options() const
    {
        auto made = memcached_test::options_for<MemcachedTls::Options>(*this);
        made.host = "localhost";
        made.ssl_ca_file = certificates().file("ca.pem");
        return made;
    }
};

/// The error that loading ends with, if the word is in it.
bool fails_with(const MemcachedTls::Options& options, std::string_view word)
{
    const auto loaded = MemcachedTls{options}.load("key");
    return loaded.has_error() && loaded.error() == errc::store_failed &&
           loaded.error().detail().find(word) != std::string::npos;
}

} // namespace

TEST_CASE("memcached over TLS keeps the laws of a versioned storage")
{
    const TlsServer server{"name"};
    testing::StorageConformance suite{[&] { return MemcachedTls{server.options()}; },
                                      {.largest_value = 1000 * 1000, .rounds = 10}};
    for (const auto& law : suite.laws())
        if (law.name.starts_with("1: a value") || law.name.starts_with("store_if: no update"))
            for (const auto& failure : suite.check(law))
                FAIL_CHECK(failure.law, ": ", failure.what);
}

TEST_CASE("memcached's certificate has to be for the name, of a known authority, and there at all")
{
    const TlsServer server{"name"};
    auto options = server.options();
    CHECK(MemcachedTls{options}.ping().has_value());
    options.host = "127.0.0.1";
    CHECK(fails_with(options, "TLS handshake: certificate verify failed: IP address mismatch"));
    options.server_name = "localhost";
    CHECK(MemcachedTls{options}.ping().has_value());
    options.ssl_ca_file = certificates().file("other-ca.pem");
    CHECK(fails_with(options, "certificate verify failed"));
    options.ssl_verify = false;
    CHECK(MemcachedTls{options}.ping().has_value());

    const MemcachedServer plain;
    options.port = plain.port();
    options.connect_timeout = 300ms;
    CHECK(fails_with(options, "TLS handshake: "));
    auto speaks_plainly = memcached_test::options_for<Memcached::Options>(server);
    speaks_plainly.connect_timeout = speaks_plainly.read_timeout = 300ms;
    CHECK(Memcached{speaks_plainly}.load("key").error() == errc::store_failed);
    options.ssl = false;
    options.ssl_ca_file = options.server_name = "";
    CHECK(MemcachedTls{options}.ping().has_value());
}

TEST_CASE("memcached over TLS: a server that hangs is an error in time, a large value comes back to the byte")
{
    const TlsServer server{"name"};
    auto options = server.options();
    options.connect_timeout = options.read_timeout = 300ms;
    MemcachedTls memcached{options};
    const Bytes value(900'000, std::byte{7});
    REQUIRE(servers::comes_true([&] { return memcached.create("key", value, 1h).has_value(); }));
    CHECK(servers::comes_true([&] {
        const auto found = memcached.load("key");
        return found && *found && (*found)->value == value;
    }));
    server.signal(SIGSTOP);
    CHECK(memcached.load("key").error().detail().find("get: read: timed out") != std::string::npos);
    server.signal(SIGCONT);
    CHECK(servers::comes_true([&] { return memcached.load("key").has_value(); }));
}
