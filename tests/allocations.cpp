// Counted with every way of getting memory from the C library. Only in optimised builds without sanitizers, which bring
// memory management of their own.

#if SOJOURN_TEST_MEASURES

#include <sojourn/sojourn.hpp>

#include <doctest/doctest.h>

#include "client.hpp"

#include <sojourn/codec/json.hpp>

#include <cstddef>
#include <string>

namespace {

thread_local std::size_t allocations = 0;

} // namespace

extern "C" {

void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* memory, std::size_t size);

void* malloc(std::size_t size)
{
    ++allocations;
    return __libc_malloc(size);
}
void* calloc(std::size_t count, std::size_t size)
{
    ++allocations;
    return __libc_calloc(count, size);
}
void* realloc(void* memory, std::size_t size)
{
    ++allocations;
    return __libc_realloc(memory, size);
}
}

namespace {

using namespace sojourn;

template <class F>
std::size_t allocations_of(F f)
{
    const auto before = allocations;
    f();
    return allocations - before;
}

/// A cart of about `size` bytes that compression does not make much smaller.
shop::Cart cart_of(std::size_t size)
{
    shop::Cart cart{.user = "ann", .items = {}, .visits = 1, .note = {}};
    std::uint32_t state = 1;
    while (cart.note.size() < size) {
        state = state * 1664525 + 1013904223;
        cart.note += static_cast<char>('!' + (state >> 24) % 90);
    }
    return cart;
}

template <class Cipher, class Codec>
void count_openings()
{
    using Sessions = Session<storage::Cookie, Cipher, Codec>;
    const typename Sessions::Manager sessions{{.secret = secret}};
    for (const std::size_t size : {0U, 200U, 1000U, 3000U, 12'000U}) {
        CAPTURE(size);
        auto session = sessions.open("");
        *session = cart_of(size);
        Client client;
        client.take(*session.save());
        const std::string header = client.header();

        const auto open = [&] {
            const auto opened = sessions.open(header);
            CHECK(opened->visits == 1);
        };
        const auto copy_data = [data = cart_of(size)] {
            const shop::Cart copy = data;
            CHECK(copy.visits == 1);
        };
        open(); // the thread's reserve is empty at its first request
        CHECK(allocations_of(open) == allocations_of(copy_data));
    }
}

} // namespace

TEST_CASE("the counter counts")
{
    std::string text;
    CHECK(allocations_of([&] { text.reserve(100); }) == 1);
    CHECK(allocations_of([&] { text.reserve(50); }) == 0);
}

TEST_CASE("opening a cookie session allocates nothing but the user's own data")
{
    count_openings<cipher::XChaCha20Poly1305, codec::MessagePack<shop::Cart>>();
    count_openings<cipher::XChaCha20Poly1305, codec::Zstd<codec::MessagePack<shop::Cart>>>();
    count_openings<cipher::Aes256Gcm, codec::Zstd<codec::MessagePack<shop::Cart>>>();
    count_openings<cipher::XChaCha20Poly1305, codec::Json<shop::Cart>>();
}

TEST_CASE("so does refusing a cookie, whatever is in it")
{
    const Session<storage::Cookie, cipher::XChaCha20Poly1305, codec::MessagePack<shop::Cart>>::Manager sessions{
        {.secret = secret}};
    for (const std::string& header :
         {std::string{}, "__Host-session=" + std::string(4000, 'A'), "a=b; " + std::string(8000, ';')}) {
        const auto open = [&] { CHECK(sessions.open(header).is_new()); };
        open();
        CHECK(allocations_of(open) == 0);
    }
}

TEST_CASE("saving a cookie session allocates its Set-Cookie lines and nothing else")
{
    const Session<storage::Cookie, cipher::XChaCha20Poly1305, codec::Zstd<codec::MessagePack<shop::Cart>>>::Manager
        sessions{{.secret = secret}};
    const auto save = [&](shop::Cart& cart) {
        auto session = sessions.open("");
        std::swap(*session, cart);
        CHECK(session.save().has_value());
        std::swap(*session, cart);
    };
    for (const std::size_t size : {0U, 200U, 1000U, 3000U, 12'000U}) {
        CAPTURE(size);
        auto cart = cart_of(size);
        save(cart);
        CHECK(allocations_of([&] { save(cart); }) == 1);
    }
}

#endif
