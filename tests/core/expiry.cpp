#include <sojourn/core/expiry.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <optional>

using namespace sojourn;
using namespace std::chrono_literals;
using core::Time;
using core::Timeouts;
using core::Times;

namespace {

constexpr Time start{1'700'000'000s};
constexpr Timeouts timeouts{900s, 3600s, 86400s};

void alive(const Times& times, Time now, const Timeouts& limits = timeouts)
{
    CHECK(core::expired(times, now, limits) == errc{});
}
void dead(const Times& times, Time now, errc why, const Timeouts& limits = timeouts)
{
    CHECK(core::expired(times, now, limits) == why);
}

} // namespace

TEST_CASE("each timeout ends the session one second after it is reached")
{
    const Times idle{start, start, start};
    alive(idle, start + 900s);
    dead(idle, start + 901s, errc::idling_timeout);

    const Times busy{start, start, start + 3500s};
    alive(busy, start + 3600s);
    dead(busy, start + 3601s, errc::rolling_timeout);

    const Times renewed{start, start + 86000s, start + 86000s};
    alive(renewed, start + 86400s);
    dead(renewed, start + 86401s, errc::absolute_timeout);
}

TEST_CASE("a timeout of 0 is off")
{
    const Times times{start, start, start};
    alive(times, start + 99 * 86400s, {0s, 0s, 0s});
    dead(times, start + 2s, errc::idling_timeout, {1s, 0s, 0s});
    dead(times, start + 2s, errc::rolling_timeout, {0s, 1s, 0s});
    dead(times, start + 2s, errc::absolute_timeout, {0s, 0s, 1s});
}

TEST_CASE("a clock that is behind ends nothing")
{
    const Times times{start, start, start};
    alive(times, start - 86400s);
    CHECK(core::elapsed(start, start - 5s) == 0s);
    CHECK(core::remaining(start, start - 5s, 900s) == std::optional{900s});
    CHECK_FALSE(core::renewal_due(times, start - 86400s, timeouts));
}

TEST_CASE("prior art 5: a record lives no longer than what is left of the absolute timeout")
{
    const Timeouts short_absolute{0s, 3600s, 600s};
    CHECK(core::time_to_live({start, start + 300s, start + 300s}, start + 300s, short_absolute) == 300s);
    CHECK(core::time_to_live({start, start, start}, start, timeouts) == 3600s);
    CHECK(core::time_to_live({start, start + 86000s, start}, start + 86000s, timeouts) == 400s);
    CHECK(core::time_to_live({start, start, start}, start + 1000s, timeouts) == 2600s); // saved again, not renewed
    CHECK(core::time_to_live({start, start, start}, start + 99999s, timeouts) == 1s);
    CHECK(core::time_to_live({start, start, start}, start, {0s, 0s, 0s}) == core::longest_life);
}

TEST_CASE("renewal is due when more than three quarters of the rolling timeout are spent")
{
    const Times times{start, start, start};
    CHECK_FALSE(core::renewal_due(times, start + 2700s, timeouts));
    CHECK(core::renewal_due(times, start + 2701s, timeouts));
    CHECK_FALSE(core::renewal_due(times, start + 999999s, {900s, 0s, 0s}));
}
