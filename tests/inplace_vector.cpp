#include <sojourn/inplace_vector.hpp>

#include <doctest/doctest.h>

#include <vector>

using namespace sojourn;

TEST_CASE("it takes as many elements as there is room for, and gives them back in order")
{
    InplaceVector<int, 3> few;
    CHECK(few.empty());
    CHECK(few.begin() == few.end());
    for (int i = 1; i <= 3; ++i)
        CHECK(few.try_push_back(i));
    CHECK_FALSE(few.try_push_back(4));
    CHECK(std::vector<int>(few.begin(), few.end()) == std::vector{1, 2, 3});
    CHECK(few.back() == 3);
    few.erase(1);
    CHECK(few.size() == 2);
    CHECK(few[1] == 3);
    few.erase(1);
    few.erase(0);
    CHECK(few.empty());
    CHECK(few.try_push_back(7));
    few.clear();
    CHECK(few.empty());
}
