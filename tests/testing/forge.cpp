#include <sojourn/testing/forge.hpp>

#include <doctest/doctest.h>

#include "../client.hpp"

#include <cstddef>
#include <stdexcept>
#include <string>

using namespace sojourn;
using shop::Cart;

namespace {

Cart cart_with_note(std::size_t size)
{
    Cart cart;
    cart.user = "Ann";
    cart.note.assign(size, 'x');
    return cart;
}

} // namespace

TEST_CASE_TEMPLATE("a forged header is a session like any other", Storage, storage::Cookie, storage::Memory,
                   storage::File)
{
    Shop<Storage> shop;
    const auto ann = shop.sessions.open(testing::forge(shop.sessions, cart_with_note(3), "ann"));
    CHECK_FALSE(ann.is_new());
    CHECK(ann->user == "Ann");
    CHECK(ann->note == "xxx");
    CHECK(ann.subject() == "ann");
    const auto empty = shop.sessions.open(testing::forge(shop.sessions, {}));
    CHECK_FALSE(empty.is_new());
    CHECK(empty.subject().empty());
}

TEST_CASE("a forged header holds all cookies of a long session, and one too long throws")
{
    Shop<storage::Cookie, cipher::XChaCha20Poly1305, codec::MessagePack<Cart>> shop;
    const std::string header = testing::forge(shop.sessions, cart_with_note(10'000));
    CHECK(header.find("; __Host-session.4=") != header.npos);
    CHECK(shop.sessions.open(header)->note.size() == 10'000);
    CHECK_THROWS_AS(testing::forge(shop.sessions, cart_with_note(50'000)), std::runtime_error);
}
