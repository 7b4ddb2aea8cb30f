#undef NDEBUG
#include <sojourn/sojourn.hpp>
#include <sojourn/storage/memory.hpp>
#include <sojourn/testing/forge.hpp>
#include <sojourn/testing/manual_environment.hpp>

#include <cassert>
#include <chrono>
#include <string>
#include <vector>

using namespace std::chrono_literals;

struct Cart {
    std::vector<std::string> items;
    int visits = 0;
};
BOOST_HANA_ADAPT_STRUCT(Cart, items, visits);

const std::string secret = "the secret of a README";

int main()
{
    // README
}
