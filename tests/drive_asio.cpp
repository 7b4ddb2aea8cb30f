#include <sojourn/drive_asio.hpp>

#include <doctest/doctest.h>

#include "client.hpp"

#include <sojourn/codec/map.hpp>
#include <sojourn/testing/awaited.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>
#include <chrono>
#include <exception>
#include <string>
#include <thread>
#include <vector>

using namespace sojourn;
using namespace std::chrono_literals;
namespace asio = boost::asio;

using Storage = testing::Awaited<storage::Memory>;
static_assert(AwaitableStorage<Storage> && VersionedStorage<Storage> && StoragePolicy<Storage>);
static_assert(!AwaitableStorage<storage::Memory> && !AwaitableStorage<storage::Cookie>);

using Sessions = Session<Storage, cipher::XChaCha20Poly1305, codec::MessagePack<Map>>;

namespace {

/// Runs a coroutine to its end in a real io_context.
template <class Coroutine>
void run(Coroutine coroutine)
{
    asio::io_context context;
    std::exception_ptr failure;
    bool ended = false;
    asio::co_spawn(context, std::move(coroutine), [&](std::exception_ptr thrown) {
        failure = thrown;
        ended = true;
    });
    context.run();
    CHECK(ended);
    if (failure)
        std::rethrow_exception(failure);
}

struct Response {
    std::vector<std::string> lines;
};
struct Request {
    std::string cookies;
};

} // namespace

template <>
struct sojourn::http::Adapter<Request> {
    static void each_cookie_header(const Request& request, auto f) { f(std::string_view{request.cookies}); }
};
template <>
struct sojourn::http::Adapter<Response> {
    static void set_cookie(Response& response, std::string_view line) { response.lines.emplace_back(line); }
};

TEST_CASE("every operation of an awaited storage is awaited, and does what it does with a blocking one")
{
    Sessions::Manager sessions{{.secret = secret}};
    Client client;
    run([&]() -> asio::awaitable<void> {
        auto session = co_await sessions.start(client.header());
        CHECK(session.is_new());
        session.set("visits", 1);
        client.take(*co_await session.save());

        auto again = co_await sessions.open(client.header());
        CHECK_FALSE(again.is_new());
        CHECK(again.get<int>("visits", 0).value() == 1);
        CHECK((co_await again.refresh())->empty());
        CHECK((co_await again.save())->empty());
        const std::string before = client.header();
        again.set_subject("alice");
        client.take(*co_await again.save());
        CHECK((co_await sessions.open(before)).reason() == errc::not_found);

        Response response;
        const Request request{client.header()}; // named: g++ 12 destroys an aggregate temporary of a co_await twice
        CHECK((co_await sessions.logout(request, response)).has_value());
        CHECK(response.lines.size() == 1);
        CHECK((co_await sessions.open(client.header())).reason() == errc::not_found);

        auto closed = co_await sessions.start("");
        closed.close();
        CHECK((co_await closed.save()).error() == errc::session_closed);
    });
}

TEST_CASE("a session of an awaited storage is restored by its remember cookie, by several requests at once")
{
    Sessions::Manager sessions{{.secret = secret, .remember = true}};
    Client client;
    run([&]() -> asio::awaitable<void> {
        auto session = co_await sessions.start("");
        session.set("visits", 1);
        client.take(*co_await session.save());
    });
    CHECK(client.cookies.erase("__Host-session") == 1);
    const std::string cookie = client.header();
    asio::io_context context;
    int restored = 0;
    for (int tab = 0; tab != 5; ++tab)
        asio::co_spawn(
            context,
            [&, mine = "tab " + std::to_string(tab)]() -> asio::awaitable<void> {
                auto session = co_await sessions.start(cookie);
                restored += session.restored() ? 1 : 0;
                session.set(mine, true);
                client.take(*co_await session.save());
            },
            asio::detached);
    context.run();
    CHECK(restored == 5);
    CHECK(client.cookies.size() == 2);
    run([&]() -> asio::awaitable<void> {
        auto session = co_await sessions.open(client.header());
        CHECK_FALSE(session.restored());
        for (int tab = 0; tab != 5; ++tab)
            CHECK(session.get<bool>("tab " + std::to_string(tab), false).value());
        client.take(*co_await session.destroy());
        CHECK(client.cookies.empty());
        CHECK((co_await sessions.open(cookie)).reason() == errc::not_found);
    });
}

TEST_CASE("sessions of an awaited storage are listed and revoked, and concurrent logins are all in the list")
{
    constexpr int logins = 20;
    Sessions::Manager sessions{{.secret = secret, .store_metadata = true}};
    Client client;
    asio::io_context context;
    for (int n = 0; n != logins; ++n)
        asio::co_spawn(
            context,
            [&]() -> asio::awaitable<void> {
                auto session = co_await sessions.start("");
                session.set_subject("alice");
                session.set_label("a browser");
                client.take(*co_await session.save());
            },
            asio::detached);
    context.run();
    run([&]() -> asio::awaitable<void> {
        const auto all = co_await sessions.list("default", "alice");
        CHECK(all->size() == logins);
        CHECK(all->front().label == "a browser");
        CHECK((co_await sessions.revoke("default", "alice", "not hers")).value() == false);
        const auto mine = co_await sessions.open(client.header());
        CHECK((co_await sessions.revoke_others(mine)).value() == logins - 1);
        CHECK((co_await sessions.list("default", "alice"))->size() == 1);
        CHECK((co_await sessions.revoke("default", "alice", mine.properties().handle)).value());
        CHECK((co_await sessions.revoke_all("default", "alice")).value() == 0);
        CHECK((co_await sessions.open(client.header())).is_new());
    });
}

TEST_CASE("concurrent coroutines on several threads lose no change")
{
    Sessions::Manager sessions{{.secret = secret}};
    Client client;
    run([&]() -> asio::awaitable<void> {
        auto session = co_await sessions.start("");
        session.set("start", true);
        client.take(*co_await session.save());
    });
    constexpr int workers = 6;
    constexpr int changes = 40;
    asio::io_context context;
    std::atomic<int> failures = 0;
    const std::string cookie = client.header();
    for (int worker = 0; worker != workers; ++worker)
        asio::co_spawn(
            context,
            [&, mine = "worker " + std::to_string(worker)]() -> asio::awaitable<void> {
                for (int i = 0; i != changes;) {
                    auto session = co_await sessions.start(cookie);
                    session.set(mine, session.get<int>(mine, 0).value() + 1);
                    if (const auto saved = co_await session.save())
                        ++i;
                    else if (saved.error() != errc::conflict)
                        ++failures, ++i;
                }
            },
            asio::detached);
    std::thread second{[&] { context.run(); }};
    context.run();
    second.join();
    CHECK(failures == 0);
    run([&]() -> asio::awaitable<void> {
        const auto session = co_await sessions.open(cookie);
        for (int worker = 0; worker != workers; ++worker)
            CHECK(session.get<int>("worker " + std::to_string(worker), 0).value() == changes);
    });
}

namespace {
/// A storage that never answers, until it is cancelled.
struct Silent : Storage {
    asio::awaitable<Result<StoreOutcome>> store_if(std::string_view, Version, BytesView, TimeToLive)
    {
        asio::steady_timer timer{co_await asio::this_coro::executor, 1h};
        co_await timer.async_wait(asio::use_awaitable);
        co_return errc::store_failed;
    }
};
} // namespace

TEST_CASE("a cancelled save leaves the session as it was")
{
    using SilentSessions = Session<Silent, cipher::XChaCha20Poly1305, codec::MessagePack<Map>>;
    SilentSessions::Manager sessions{{.secret = secret}};
    Client client;
    run([&]() -> asio::awaitable<void> {
        auto session = co_await sessions.start("");
        session.set("visits", 1);
        client.take(*co_await session.save());
    });

    asio::io_context context;
    asio::cancellation_signal cancel;
    bool cancelled = false;
    asio::co_spawn(
        context,
        [&]() -> asio::awaitable<void> {
            auto session = co_await sessions.start(client.header());
            session.set("visits", 2);
            const auto id = session.properties().id;
            try {
                static_cast<void>(co_await session.save());
            } catch (const boost::system::system_error&) {
                cancelled = true;
            }
            if (cancelled) {
                CHECK(session.properties().id == id);
                CHECK(static_cast<bool>(session));
                client.take(*session.touch());
            }
        },
        asio::bind_cancellation_slot(cancel.slot(), asio::detached));
    asio::steady_timer timer{context, 20ms};
    timer.async_wait([&](auto) { cancel.emit(asio::cancellation_type::terminal); });
    context.run();
    CHECK(cancelled);
}
