// Any bytes as a record of the native protocol.
//
// 1. As they are: refused.
// 2. Sealed by a key of the ring, as no one else can: refused, or the session that was read from them is sealed again
//    and opens to the same.
// 3. As a session's body: entries of audiences, which are written again to a body of the same entries.
// 4. As entries of an index, and as what lies behind the segments of one: refused, and takes nothing from those.

#include <sojourn/cipher/xchacha20_poly1305.hpp>
#include <sojourn/core/body.hpp>
#include <sojourn/core/index.hpp>
#include <sojourn/core/texts.hpp>
#include <sojourn/protocol/native_index.hpp>
#include <sojourn/protocol/native_record.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#define CHECK(condition) ((condition) ? void() : std::abort())

using namespace sojourn;
using Cipher = cipher::XChaCha20Poly1305;

namespace {

constexpr std::size_t max_length = 1 << 20;
constexpr std::array<std::byte, 16> salt{std::byte{1}};

auto everything_of(const core::State& state)
{
    const auto everything = [](const core::Ticket& ticket) {
        std::vector<std::tuple<std::array<std::byte, 16>, wire::Time>> grace;
        for (const auto& [generation, until] : ticket.grace)
            grace.emplace_back(generation, until);
        return std::tuple{ticket.id.generation, ticket.times.created, ticket.times.saved, grace};
    };
    return std::tuple{state.sequence, everything(state), everything(state.remember), state.remember.exists,
                      std::string{as_text(state.body)}};
}

void read_sealed(const crypto::KeyRing& ring, BytesView plain)
{
    const core::State asking;
    Bytes record(21 + plain.size() + Cipher::tag_size, std::byte{1});
    std::ranges::copy(ring.id(0), record.begin() + 1);
    std::ranges::copy(salt, record.begin() + 5);
    Cipher::seal(ring.key(0, crypto::Purpose::record_seal), protocol::detail::record_seal_id(salt, asking.id.family),
                 BytesView{record}.first(5), plain, std::span{record}.subspan(21));

    core::State state, again;
    if (!protocol::open_record<Cipher>(ring, record, max_length, state))
        return;
    Buffer resealed;
    CHECK(protocol::seal_record<Cipher>(ring, state, state.body, salt, max_length, resealed).has_value());
    CHECK(protocol::open_record<Cipher>(ring, resealed, max_length, again).has_value());
    CHECK(everything_of(state) == everything_of(again));
}

void read_body(BytesView input)
{
    const auto entries_of = [](BytesView body, Buffer* copy) {
        std::vector<std::array<std::string, 6>> entries;
        const bool whole = core::for_each_entry(body, [&](const core::Entry& entry) {
            entries.push_back({std::string{entry.audience}, std::string{entry.subject}, std::string{entry.label},
                               std::string{as_text(entry.data)}, std::string{as_text(entry.flash)},
                               std::string{as_text(entry.info)}});
            core::Texts texts;
            core::Texts again;
            if (texts.read(entry.flash))
                CHECK((again.read(texts.bytes()) && equal(again.bytes(), texts.bytes())));
            if (copy != nullptr)
                core::append_entry(entry, *copy);
        });
        return std::pair{whole, entries};
    };
    Buffer copy;
    const auto [whole, entries] = entries_of(input, &copy);
    CHECK(entries_of(copy, nullptr) == std::pair(true, entries));
    CHECK(copy.size() <= input.size()); // lengths may be written longer than need be
}

void read_index(BytesView input)
{
    core::Index index;
    if (!core::read_index(input, index))
        return;
    Buffer written;
    core::append_index(index, written);
    CHECK(written.size() <= input.size()); // lengths may be written longer than need be
    core::Index again;
    CHECK((core::read_index(written, again) && again.size() == index.size()));
}

void read_log(const crypto::KeyRing& ring, BytesView input)
{
    constexpr std::string_view key = "key";
    Buffer log, plain;
    CHECK(!protocol::open_index<Cipher>(ring, key, input, plain) && plain.empty());
    log.append(protocol::index_head(ring));
    CHECK(protocol::append_segment<Cipher>(ring, key, as_bytes("first "), salt, max_length, log).has_value());
    CHECK(protocol::append_segment<Cipher>(ring, key, input, salt, max_length, log).has_value());
    CHECK(protocol::open_index<Cipher>(ring, key, log, plain).has_value());
    CHECK(as_text(plain) == "first " + std::string{as_text(input)});
    log.append(input);
    CHECK(protocol::open_index<Cipher>(ring, key, log, plain).has_value() == input.empty());
    CHECK(as_text(plain) == "first " + std::string{as_text(input)});
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    crypto::initialize();
    static const crypto::KeyRing ring{Bytes(32, std::byte{7}), "fuzz"};
    const auto input = std::as_bytes(std::span{data, size});
    core::State state;
    CHECK(!protocol::open_record<Cipher>(ring, input, max_length, state));
    read_sealed(ring, input);
    read_body(input);
    read_index(input);
    read_log(ring, input);
    return 0;
}
