#include <sojourn/protocol/native_record.hpp>

#include <doctest/doctest.h>

#include <sojourn/cipher/aes256_gcm.hpp>
#include <sojourn/cipher/xchacha20_poly1305.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <string>

using namespace sojourn;
using namespace std::chrono_literals;
using core::State;
using core::Time;

namespace {

constexpr std::size_t max_length = 10000;

crypto::KeyRing ring_of(std::initializer_list<unsigned char> keys)
{
    Bytes materials;
    for (const unsigned char key : keys)
        materials.insert(materials.end(), 32, std::byte{key});
    return {materials, "test"};
}

State example()
{
    State state;
    state.exists = true;
    state.id.generation.fill(std::byte{0xA1});
    state.id.family.fill(std::byte{0xB2});
    state.times = {Time{1'700'000'000s}, Time{1'700'000'100s}, Time{1'700'000'100s}};
    std::array<std::byte, 16> old{};
    for (unsigned i = 0; i != core::Grace::capacity; ++i) {
        old[0] = static_cast<std::byte>(i);
        state.grace.push({old, i % 2 == 0 ? Time{} : Time{1'700'000'110s}});
    }
    state.sequence = 0x01020304;
    return state;
}

/// The same, remembered since earlier, with one generation superseded.
State remembered_example()
{
    State state = example();
    auto& remember = state.remember;
    remember.exists = true;
    remember.id.generation.fill(std::byte{0xC3});
    remember.id.family = state.id.family;
    remember.times = {Time{1'600'000'000s}, Time{1'600'000'007s}, Time{1'600'000'007s}};
    remember.grace.push({state.id.generation, Time{1'600'000'017s}});
    return state;
}

/// What a request knows before it has the record: the id from its cookie.
State asking(const State& about)
{
    State state;
    state.id = about.id;
    state.id.generation = {};
    return state;
}

constexpr std::array<std::byte, 16> salt{std::byte{1}, std::byte{2}, std::byte{3}};

} // namespace

TEST_CASE_TEMPLATE("a record opens to what was sealed", Cipher, cipher::XChaCha20Poly1305, cipher::Aes256Gcm)
{
    const auto same = [](const core::Ticket& one, const core::Ticket& other) {
        CHECK(one.id == other.id);
        CHECK(one.times.created == other.times.created);
        CHECK(one.times.saved == other.times.saved);
        CHECK(one.times.seen == other.times.saved);
        REQUIRE(one.grace.size() == other.grace.size());
        for (std::size_t i = 0; i != other.grace.size(); ++i) {
            CHECK(one.grace[i].generation == other.grace[i].generation);
            CHECK(one.grace[i].until == other.grace[i].until);
        }
    };
    const auto ring = ring_of({1});
    const std::string body = "the body of the session";
    for (const State& state : {example(), remembered_example()}) {
        Buffer record;
        REQUIRE(protocol::seal_record<Cipher>(ring, state, as_bytes(body), salt, max_length, record).has_value());
        CHECK(record.size() == 21 + 5 + 26 + 8 * 21 + (state.remember ? 26 + 21 : 0) + body.size() + 16);
        State opened = asking(state);
        opened.remember.exists = true; // whatever its cookie has made of it
        REQUIRE(protocol::open_record<Cipher>(ring, record, max_length, opened).has_value());
        same(opened, state);
        CHECK(opened.sequence == state.sequence);
        REQUIRE(opened.remember.exists == state.remember.exists);
        if (state.remember)
            same(opened.remember, state.remember);
        CHECK(as_text(opened.body) == body);
    }
}

TEST_CASE("neither keys nor family are in a record, and it needs both")
{
    using Cipher = cipher::XChaCha20Poly1305;
    const auto ring = ring_of({1, 2});
    const State state = example();
    Buffer record;
    REQUIRE(protocol::seal_record<Cipher>(ring, state, {}, salt, max_length, record).has_value());
    CHECK(as_text(record).find(as_text(BytesView{state.id.family}.first(4))) == std::string_view::npos);
    CHECK(as_text(record).find(as_text(BytesView{state.id.generation}.first(4))) == std::string_view::npos);

    State other = asking(state);
    other.id.family[0] ^= std::byte{1};
    CHECK(protocol::open_record<Cipher>(ring, record, max_length, other).error() == errc::bad_record);
    State opened = asking(state);
    CHECK(protocol::open_record<Cipher>(ring_of({2}), record, max_length, opened).error() == errc::bad_record);
    REQUIRE(protocol::open_record<Cipher>(ring_of({2, 1}), record, max_length, opened).has_value());
    CHECK(opened.key == 1);
}

TEST_CASE("two seals of one session have nothing in common but format and key id")
{
    using Cipher = cipher::Aes256Gcm;
    const auto ring = ring_of({1});
    const State state = example();
    auto other_salt = salt;
    other_salt[15] = std::byte{9};
    Buffer one;
    Buffer two;
    REQUIRE(protocol::seal_record<Cipher>(ring, state, {}, salt, max_length, one).has_value());
    REQUIRE(protocol::seal_record<Cipher>(ring, state, {}, other_salt, max_length, two).has_value());
    std::size_t same = 0;
    for (std::size_t i = 21; i != one.size(); ++i)
        same += one.data()[i] == two.data()[i] ? 1U : 0U;
    CHECK(same < 10); // one in 256 by chance
}

TEST_CASE("a record longer than max_length is neither made nor read")
{
    using Cipher = cipher::XChaCha20Poly1305;
    const auto ring = ring_of({1});
    const State state = example();
    Buffer record;
    REQUIRE(protocol::seal_record<Cipher>(ring, state, {}, salt, max_length, record).has_value());
    State opened = asking(state);
    CHECK(protocol::open_record<Cipher>(ring, record, record.size() - 1, opened).error() == errc::too_large);
    Buffer none;
    const auto refused = protocol::seal_record<Cipher>(ring, state, {}, salt, record.size() - 1, none);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error() == errc::too_large);
    CHECK(refused.error().detail().find("max_length") != std::string::npos);
}
