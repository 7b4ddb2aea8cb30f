#include <sojourn/result.hpp>

#include <doctest/doctest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

using namespace sojourn;

namespace {

Result<std::vector<std::string>> words(bool good)
{
    if (!good)
        return Error{errc::store_failed, "down"};
    return std::vector<std::string>{"one", "two"};
}

} // namespace

TEST_CASE("a result holds a value or an error")
{
    const Result<int> good = 7;
    CHECK(good);
    CHECK(good.has_value());
    CHECK_FALSE(good.has_error());
    CHECK(*good == 7);
    CHECK(good.value() == 7);
    CHECK(good.error().code() == errc{});

    const Result<int> bad = errc::conflict;
    CHECK_FALSE(bad);
    CHECK(bad.has_error());
    CHECK(bad.error() == errc::conflict);
    CHECK_THROWS_WITH_AS(bad.value(), "sojourn: the session kept changing while it was being saved",
                         std::runtime_error);

    CHECK(Result<void>{});
    CHECK_NOTHROW(Result<void>{}.value());
    const Result<void> failed = Error{errc::store_failed, "down"};
    CHECK(failed.error().detail() == "down");
    CHECK_THROWS_WITH_AS(failed.value(), "sojourn: the session store failed: down", std::runtime_error);
}

TEST_CASE("results are equal when their values are, or the codes of their errors")
{
    CHECK(Result<int>{1} == Result<int>{1});
    CHECK(Result<int>{1} != Result<int>{2});
    CHECK(Result<int>{0} != Result<int>{errc::conflict});
    CHECK(Result<int>{errc::conflict} == Result<int>{Error{errc::conflict, "detail"}});
    CHECK(Result<int>{errc::conflict} != Result<int>{errc::not_found});
    CHECK(Result<void>{} == Result<void>{});
    CHECK(Result<void>{} != Result<void>{errc::conflict});
}

TEST_CASE("an error that says nothing is an error, too")
{
    const Result<std::string> failed = Error{};
    CHECK(failed.has_error());
    CHECK(failed.error() == errc::store_failed);
    CHECK(failed != Result<std::string>{""});
    CHECK(failed == Result<std::string>{Error{}});
    CHECK(Result<void>{Error{}} != Result<void>{});
    CHECK_THROWS_AS(failed.value(), std::runtime_error);
}

TEST_CASE("a false value is a value")
{
    const Result<bool> answer = false;
    CHECK(answer.has_value());
    CHECK_FALSE(*answer);
}

TEST_CASE("results are copied, moved and assigned with what they hold, which is destroyed once")
{
    struct Counted {
        explicit Counted(std::shared_ptr<int> given) : shared{std::move(given)} {}
        std::shared_ptr<int> shared;
    };
    const auto shared = std::make_shared<int>(3);
    {
        Result<Counted> one = Counted{shared};
        Result<Counted> copy{one};
        CHECK(shared.use_count() == 3);
        Result<Counted> moved{std::move(one)};
        CHECK(shared.use_count() == 3);
        copy = errc::conflict;
        CHECK(shared.use_count() == 2);
        CHECK(copy.error() == errc::conflict);
        copy = moved;
        CHECK(shared.use_count() == 3);
        copy = *&copy;
        CHECK(copy->shared == shared);
        copy = std::move(moved);
        CHECK(copy.value().shared == shared);
    }
    CHECK(shared.use_count() == 1);

    Result<std::unique_ptr<int>> only = std::make_unique<int>(5);
    auto taken = std::move(only).value();
    CHECK(*taken == 5);
    static_assert(!std::is_copy_constructible_v<Result<std::unique_ptr<int>>>);
    static_assert(std::is_nothrow_move_constructible_v<Result<std::string>>);
}

TEST_CASE("the value of a temporary result outlives it")
{
    std::string all;
    for (const auto& word : words(true).value())
        all += word;
    for (const auto& word : *words(true))
        all += word;
    CHECK(all == "onetwoonetwo");
    CHECK_THROWS_AS(static_cast<void>(words(false).value()), std::runtime_error);
    static_assert(std::is_same_v<decltype(*words(true)), std::vector<std::string>>);
}
