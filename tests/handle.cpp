#include <sojourn/handle.hpp>

#include <doctest/doctest.h>

#include <type_traits>
#include <utility>

using namespace sojourn;

namespace {

int given_back = 0;
void give_back(int* held) { given_back += *held; }

using Held = Handle<int, give_back>;

} // namespace

TEST_CASE("a handle gives back once what it holds last")
{
    static_assert(!std::is_copy_constructible_v<Held> && std::is_nothrow_move_constructible_v<Held>);
    given_back = 0;
    int one = 1, ten = 10;
    {
        Held nothing;
        CHECK_FALSE(nothing);
        Held first{&one};
        CHECK(first.get() == &one);
        Held second{std::move(first)};
        CHECK_FALSE(first); // NOLINT(bugprone-use-after-move): it is empty
        CHECK(given_back == 0);
        second = Held{&ten};
        CHECK(given_back == 1);
        nothing = std::move(second);
        CHECK(given_back == 1);
    }
    CHECK(given_back == 11);
}
