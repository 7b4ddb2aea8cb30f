#include <sojourn/storage/net/pool.hpp>

#include "../scratch.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

// The pool by itself, with connections that are none.
namespace {

using namespace sojourn;
using namespace std::chrono_literals;
using storage::net::Clock;
using storage::net::within;

/// Knows its number, and can die.
struct Fake {
    int number = 0;
    std::shared_ptr<bool> lives = std::make_shared<bool>(true);
    bool is_quiet() const noexcept { return *lives; }
};

using Pool = storage::net::Pool<Fake>;

constexpr auto any = [](const Fake&) { return true; };

/// Takes a place, puts the connection there if it is empty, and keeps it; which one it was.
int use(Pool& pool, int number)
{
    auto place = pool.take(within(30s), any).value();
    if (!place.connection)
        place.connection.emplace(Fake{number});
    place.keep();
    return place.connection->number;
}

std::string refusal(Pool& pool, std::chrono::milliseconds patience)
{
    const auto place = pool.take(within(patience), any);
    return place ? "" : place.error().detail();
}

} // namespace

TEST_CASE("a kept connection is the next one's, the last one first; one that was not kept is gone")
{
    Pool pool{{.size = 3, .backlog = 0, .idle = 1h}};
    CHECK(use(pool, 1) == 1);
    CHECK(use(pool, 2) == 1);
    {
        auto first = pool.take(within(1s), any).value(), second = pool.take(within(1s), any).value();
        CHECK(first.connection->number == 1);
        CHECK_FALSE(second.connection);
        second.connection.emplace(Fake{2});
        second.keep();
    } // the first is not kept
    CHECK(use(pool, 3) == 2);
}

TEST_CASE("one that fits is preferred, any other is better than none")
{
    Pool pool{{.size = 3, .backlog = 0, .idle = 1h}};
    {
        std::vector<Pool::Place> places;
        for (int number = 1; number <= 3; ++number) {
            places.push_back(pool.take(within(1s), any).value());
            places.back().connection.emplace(Fake{number});
            places.back().keep();
        }
    }
    for (const int wanted : {2, 1, 3, 2}) {
        auto place = pool.take(within(1s), [&](const Fake& each) { return each.number == wanted; }).value();
        CHECK(place.connection->number == wanted);
        place.keep();
    }
    auto place = pool.take(within(1s), [](const Fake&) { return false; }).value();
    CHECK(place.connection);
}

TEST_CASE("one that died, grew old or is of before a renewal is dropped")
{
    Pool pool{{.size = 2, .backlog = 0, .idle = 1h}};
    const Fake mortal{1};
    {
        auto place = pool.take(within(1s), any).value();
        place.connection.emplace(mortal);
        place.keep();
    }
    *mortal.lives = false;
    CHECK(use(pool, 2) == 2);
    pool.renew();
    CHECK(use(pool, 3) == 3);
    {
        auto place = pool.take(within(1s), any).value();
        CHECK(place.connection->number == 3);
        place.keep();
        pool.renew(); // while it is in use
    }
    CHECK(use(pool, 4) == 4);

    Pool forgetful{{.size = 2, .backlog = 0, .idle = 0ms}};
    CHECK(use(forgetful, 1) == 1);
    CHECK(use(forgetful, 2) == 2);
}

TEST_CASE("whoever finds all places taken waits in line, for so long; a line that is full is for nobody")
{
    Pool pool{{.size = 1, .backlog = 1, .idle = 1h}};
    std::optional<Pool::Place> taken{pool.take(within(1s), any).value()};
    const auto began = Clock::now();
    CHECK(refusal(pool, 20ms) == "all 1 connections of the pool are in use, and none came free in time");
    CHECK(Clock::now() - began >= 20ms);

    int served = 0;
    std::thread waiter{[&] {
        while (served == 0) // whoever asks below stands in line, too, for a moment
            if (auto place = pool.take(within(30s), any)) {
                place->connection.emplace(Fake{7});
                place->keep();
                served = place->connection->number;
            }
    }};
    while (refusal(pool, 0ms) != "all 1 connections of the pool are in use, and 1 wait for one")
        std::this_thread::yield();
    taken.reset();
    waiter.join();
    CHECK(served == 7);
    CHECK(use(pool, 8) == 7);
}

TEST_CASE("a forked process finds the pool empty, whatever its parent has of it, and so does its own child")
{
    Pool pool{{.size = 2, .backlog = 0, .idle = 1h}};
    const auto taken = pool.take(within(1s), any).value();
    CHECK(use(pool, 1) == 1);
    const auto in_child = [&] {
        return scratch::in_child([&] {
            if (use(pool, 2) != 2 || use(pool, 3) != 2)
                return 1;
            const auto both = std::pair{pool.take(within(1s), any), pool.take(within(1s), any)};
            if (!both.first || !both.second)
                return 2;
            return scratch::in_child([&] { return use(pool, 4) == 4 && use(pool, 5) == 4 ? 0 : 3; });
        });
    };
    CHECK(in_child() == 0);
    CHECK(in_child() == 0);
    CHECK(use(pool, 6) == 1);
}
