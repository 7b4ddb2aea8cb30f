#include <sojourn/session.hpp>

#include <doctest/doctest.h>

#include "remembered.hpp"

#include <memory>
#include <optional>
#include <string_view>

using namespace sojourn;
using namespace std::chrono_literals;
using remembered::Home;
using storage::Memory;

namespace {

/// A storage that fails at its n-th call, when it is told to.
struct Failing : Memory {
    struct Plan {
        int calls = 0;
        int fail_at = 0;
    };
    std::shared_ptr<Plan> plan = std::make_shared<Plan>();

    template <class Call>
    auto answer(Call call) const -> decltype(call())
    {
        if (++plan->calls == plan->fail_at)
            return Error{errc::store_failed, "told to"};
        return call();
    }
    Result<std::optional<Record>> load(std::string_view key) const
    {
        return answer([&] { return Memory::load(key); });
    }
    Result<bool> create(std::string_view key, BytesView value, TimeToLive ttl)
    {
        return answer([&] { return Memory::create(key, value, ttl); });
    }
    Result<StoreOutcome> store_if(std::string_view key, Version version, BytesView value, TimeToLive ttl)
    {
        return answer([&] { return Memory::store_if(key, version, value, ttl); });
    }
    Result<bool> erase(std::string_view key)
    {
        return answer([&] { return Memory::erase(key); });
    }
};

} // namespace

TEST_CASE("prior art 24: a save whose part to remember failed says so and sends nothing, at every step of the store")
{
    enum class What { switching_on, restoring, restoring_later, login };
    for (const What what : {What::switching_on, What::restoring, What::restoring_later, What::login})
        for (const bool listed : {false, true})
            for (int step = 1;; ++step) {
                Home<Failing> home{
                    remembered::options({.remember = what != What::switching_on, .store_metadata = listed})};
                {
                    auto session = home.start();
                    session->user = "Alice";
                    session.set_subject("alice");
                    home.send(session.save());
                }
                if (what != What::switching_on)
                    home.reopen();
                if (what == What::restoring_later)
                    home.world.advance(100'000s);
                const Client before = home.client;

                auto session = home.start();
                REQUIRE(session->user == "Alice");
                session->note = "changed";
                session.set_remember(true);
                if (what == What::login)
                    session.set_subject("bob");
                auto& plan = *home.place.one.plan;
                plan = {0, step};
                const auto saved = session.save();
                if (plan.calls < step) {
                    CHECK(saved.has_value());
                    CHECK(step > 1);
                    break;
                }
                if (saved) { // only a list still names the session that the login has ended
                    CHECK(what == What::login);
                    CHECK(saved->size() == 2);
                    continue;
                }
                CHECK(saved.error() == errc::store_failed);
                const auto still = home.sessions.open(before.header());
                CHECK(still->user == "Alice");
                CHECK(still.restored() == (what != What::switching_on));

                // The program tries again, and then all is well
                home.send(session.save());
                CHECK(home.lines.size() == 2);
                CHECK_FALSE(home.open().restored());
                CHECK(home.open()->note == "changed");
                CHECK(home.sessions.open(home.reopened().header()).restored());
            }
}
