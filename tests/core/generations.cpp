#include <sojourn/core/generations.hpp>

#include <doctest/doctest.h>

#include <array>
#include <chrono>
#include <cstddef>

using namespace sojourn;
using namespace std::chrono_literals;
using core::Standing;
using core::Time;

namespace {

constexpr Time start{1'700'000'000s};
constexpr auto grace = 10s;

std::array<std::byte, 16> generation(unsigned number)
{
    std::array<std::byte, 16> result{};
    result[0] = static_cast<std::byte>(number);
    return result;
}

/// A session whose client holds generation 1, and has it for a while.
Standing first()
{
    Standing standing;
    standing.exists = true;
    standing.id.generation = standing.presented = generation(1);
    standing.times = {start, start, start};
    return standing;
}

/// What a request sees that comes with generation `number`.
Standing presented(Standing standing, unsigned number)
{
    standing.presented = generation(number);
    return standing;
}

} // namespace

TEST_CASE("who holds the current generation gets a new one, whose rolling timeout starts now")
{
    Standing standing = first();
    core::renew(standing, start + 5s, generation(2), grace);
    CHECK(standing.id.generation == generation(2));
    CHECK(standing.times.created == start);
    CHECK(standing.times.saved == start + 5s);
    CHECK(standing.times.seen == start + 5s);
    REQUIRE(standing.grace.size() == 1);
    CHECK(standing.grace[0].generation == generation(1));
    CHECK(standing.grace[0].until == Time{});
}

TEST_CASE("a superseded generation is admitted for ever until its successor comes back, then for its grace")
{
    Standing standing = first();
    core::renew(standing, start, generation(2), grace);
    CHECK(core::admits(presented(standing, 1), start, start + 99999s));
    CHECK(core::admits(presented(standing, 2), start, start));
    CHECK_FALSE(core::admits(presented(standing, 3), start, start));

    standing = presented(standing, 2);
    core::renew(standing, start + 100s, generation(3), grace);
    CHECK(core::admits(presented(standing, 1), start, start + 109s));
    CHECK_FALSE(core::admits(presented(standing, 1), start, start + 110s));
    CHECK(core::admits(presented(standing, 2), start, start + 99999s));
}

TEST_CASE("who holds a superseded generation is given the current one again, and keeps the rolling timeout")
{
    Standing standing = first();
    core::renew(standing, start, generation(2), grace);
    standing = presented(standing, 1);
    core::renew(standing, start + 50s, generation(3), grace);
    CHECK(standing.id.generation == generation(2));
    CHECK(standing.times.saved == start);
    CHECK(standing.times.seen == start + 50s);
    CHECK(core::admits(presented(standing, 1), start, start + 99999s)); // its successor has not come back yet
}

TEST_CASE("a generation that comes back begins the grace of all that it superseded, and only of those")
{
    Standing standing = first();
    core::renew(standing, start, generation(2), grace);
    standing = presented(standing, 2);
    core::renew(standing, start, generation(3), 1000s);
    standing = presented(standing, 3);
    core::renew(standing, start + 1s, generation(4), grace);
    // a late request with 2: it is told the current one, and says nothing of 3
    standing = presented(standing, 2);
    core::renew(standing, start + 2s, generation(5), grace);
    CHECK(standing.id.generation == generation(4));
    CHECK(core::admits(presented(standing, 3), start, start + 99999s));
    CHECK(core::admits(presented(standing, 1), start, start + 999s));
    CHECK_FALSE(core::admits(presented(standing, 1), start, start + 1000s));
    CHECK_FALSE(core::admits(presented(standing, 2), start, start + 11s));
}

TEST_CASE("without a grace the predecessor is dead as soon as its successor has come back")
{
    Standing standing = first();
    core::renew(standing, start, generation(2), 0s);
    standing = presented(standing, 2);
    core::renew(standing, start, generation(3), 0s);
    CHECK_FALSE(core::admits(presented(standing, 1), start, start));
    CHECK(standing.grace.size() == 1);
}

TEST_CASE("what is kept of superseded generations is bounded, and the oldest go first")
{
    Standing standing = first();
    for (unsigned number = 2; number != 50; ++number) {
        core::renew(standing, start, generation(number), 1000s);
        CHECK(standing.grace.size() <= core::Grace::capacity);
        standing = presented(standing, number);
    }
    CHECK(core::admits(presented(standing, 48), start, start));
    CHECK(core::admits(presented(standing, 41), start, start));
    CHECK_FALSE(core::admits(presented(standing, 40), start, start));
}

TEST_CASE("a generation that was made after all that the record tells of is admitted: the store has gone back")
{
    Standing standing = first();
    core::renew(standing, start + 5s, generation(2), grace);
    CHECK_FALSE(core::admits(presented(standing, 3), start, start + 6s));
    CHECK_FALSE(core::admits(presented(standing, 3), start + 5s, start + 6s)); // as old as the record: retired
    CHECK(core::admits(presented(standing, 3), start + 6s, start + 6s));

    // it is told the current one, and nobody's grace begins with it
    standing = presented(standing, 3);
    core::renew(standing, start + 7s, generation(4), grace);
    CHECK(standing.id.generation == generation(2));
    CHECK(standing.grace.size() == 1);
    CHECK(core::admits(presented(standing, 1), start, start + 99999s));
}

TEST_CASE("a clock that runs backwards takes no time from a session, and makes no generation older than the one before")
{
    Standing standing = first();
    core::renew(standing, start - 500s, generation(2), grace);
    CHECK(standing.times.saved == start);
    CHECK(standing.times.seen == start);

    standing = presented(standing, 2);
    core::renew(standing, start + 100s, generation(3), grace); // a machine whose clock is ahead
    standing = presented(standing, 3);
    core::renew(standing, start + 50s, generation(4), grace);
    CHECK(standing.times.saved == start + 100s);
    standing = presented(standing, 4);
    core::renew(standing, start + 60s, generation(5), grace);
    CHECK_FALSE(core::admits(presented(standing, 3), start + 100s, start + 99999s));
}
