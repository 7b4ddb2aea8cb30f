#pragma once

#include <sojourn/bytes.hpp>
#include <sojourn/concepts.hpp>
#include <sojourn/core/expiry.hpp>
#include <sojourn/core/state.hpp>
#include <sojourn/crypto/key_ring.hpp>
#include <sojourn/error.hpp>
#include <sojourn/protocol/settings.hpp>
#include <sojourn/result.hpp>
#include <sojourn/wire/bytes_io.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>

// What the native protocol keeps in a store, integers little-endian:
//
// | offset | bytes | field                                                       |
// |-------:|------:|-------------------------------------------------------------|
// |      0 |     1 | format = 1                                                  |
// |      1 |     4 | key id                                                      |
// |      5 |    16 | salt, fresh at each store                                   |
// |     21 |       | sealed under salt and family, associated data = bytes 0..4: |
// |        |     4 | - how often it has been stored                              |
// |        |     1 | - 1: it is remembered; 0: it is not                         |
// |        |       | - what the session's cookies stand for: a ticket            |
// |        |       | - what its remember cookies stand for, if there are: another|
// |        |       | - body (core/body.hpp)                                      |
// |        |    16 | tag                                                         |
//
// A ticket:
//
// | bytes | field                                                   |
// |------:|---------------------------------------------------------|
// |    16 | current generation                                      |
// |     5 | created, Unix seconds                                   |
// |     4 | saved - created, seconds                                |
// |     1 | number of superseded generations, oldest first, each:   |
// |    16 | - generation                                            |
// |     5 | - end of its grace, Unix seconds; 0: has not begun      |
//
// The family is not in it: a dump of the store opens nothing, not even together with the keys.

namespace sojourn::inline v0::protocol {

namespace detail {

inline constexpr std::size_t record_associated_size = 5;
inline constexpr std::size_t record_sealed_offset = 21;
inline constexpr std::size_t record_head_size = 5;

inline std::uint64_t unix_seconds(core::Time time) noexcept
{
    const auto since_1970 = time.time_since_epoch().count();
    return since_1970 > 0 ? static_cast<std::uint64_t>(since_1970) : 0;
}

inline std::array<std::byte, 32> record_seal_id(const std::array<std::byte, 16>& salt,
                                                const std::array<std::byte, 16>& family) noexcept
{
    std::array<std::byte, 32> id;
    std::memcpy(id.data(), salt.data(), 16);
    std::memcpy(id.data() + 16, family.data(), 16);
    return id;
}

inline std::size_t ticket_size(const core::Ticket& ticket) noexcept { return 26 + 21 * ticket.grace.size(); }

inline void write_ticket(const core::Ticket& ticket, wire::Writer& out) noexcept
{
    out.bytes(ticket.id.generation);
    out.integer<5>(unix_seconds(ticket.times.created));
    out.integer<4>(unix_seconds(ticket.times.saved) - unix_seconds(ticket.times.created));
    out.integer<1>(ticket.grace.size());
    for (const auto& [generation, until] : ticket.grace) {
        out.bytes(generation);
        out.integer<5>(unix_seconds(until));
    }
}

inline void read_ticket(wire::Reader& in, core::Ticket& ticket) noexcept
{
    ticket.id.generation = in.array<16>();
    ticket.times.created = core::Time{core::seconds{in.integer<5>()}};
    ticket.times.saved = ticket.times.created + core::seconds{in.integer<4>()};
    ticket.times.seen = core::later(ticket.times.seen, ticket.times.saved);
    ticket.grace = {};
    for (auto count = in.integer<1>(); count != 0 && in.ok(); --count) {
        const auto generation = in.array<16>();
        ticket.grace.push({generation, core::Time{core::seconds{in.integer<5>()}}});
    }
}

} // namespace detail

/// The bytes to store for this standing and body, into `record`. `salt` is never used for two different records.
/// `errc::too_large` beyond `max_length` bytes.
template <CipherPolicy Cipher>
Result<void> seal_record(const crypto::KeyRing& ring, const core::Standing& standing, BytesView body,
                         const std::array<std::byte, 16>& salt, std::size_t max_length, Buffer& record)
{
    const auto& remember = standing.remember;
    const std::size_t head_size =
        detail::record_head_size + detail::ticket_size(standing) + (remember ? detail::ticket_size(remember) : 0);
    const std::size_t size = detail::record_sealed_offset + head_size + body.size() + Cipher::tag_size;
    if (size > max_length)
        return too_large(size, max_length);
    record.resize(size);
    wire::Writer out{record.data()};
    out.integer<1>(1);
    out.bytes(ring.id(crypto::KeyRing::primary));
    out.bytes(salt);
    out.integer<4>(standing.sequence);
    out.integer<1>(remember ? 1U : 0U);
    detail::write_ticket(standing, out);
    if (remember)
        detail::write_ticket(remember, out);
    out.bytes(body);
    const std::span<std::byte> sealed = std::span<std::byte>{record}.subspan(detail::record_sealed_offset);
    Cipher::seal(ring.key(crypto::KeyRing::primary, crypto::Purpose::record_seal),
                 detail::record_seal_id(salt, standing.id.family),
                 BytesView{record}.first(detail::record_associated_size), sealed.first(head_size + body.size()),
                 sealed);
    return {};
}

/// Fills `state` from the record that was found for its id: times, grace, body, and the current generations as those that
/// the next cookies carry. `errc::bad_record` if it is not a record of this session, made with one of these keys.
template <CipherPolicy Cipher>
Result<void> open_record(const crypto::KeyRing& ring, BytesView record, std::size_t max_length, core::State& state)
{
    if (record.size() > max_length)
        return errc::too_large;
    wire::Reader head{record};
    const auto format = head.integer<1>();
    const auto key = ring.find(head.array<4>());
    const auto salt = head.array<16>();
    if (format != 1 || key == ring.size() || head.rest().size() < Cipher::tag_size)
        return errc::bad_record;
    Buffer plain;
    plain.resize(head.rest().size());
    if (!Cipher::open(ring.key(key, crypto::Purpose::record_seal), detail::record_seal_id(salt, state.id.family),
                      record.first(detail::record_associated_size), head.rest(), plain))
        return errc::bad_record;
    plain.resize(plain.size() - Cipher::tag_size);

    wire::Reader in{plain};
    if (key > state.key) // a cookie or a record under an old key: either is to be sealed anew
        state.key = key;
    state.sequence = static_cast<std::uint32_t>(in.integer<4>());
    const bool remembered = in.integer<1>() != 0;
    detail::read_ticket(in, state);
    if (remembered) {
        state.remember.exists = true;
        state.remember.id.family = state.id.family;
        detail::read_ticket(in, state.remember);
    } else {
        state.remember = {};
    }
    if (!in.ok())
        return errc::bad_record;
    state.body.clear();
    state.body.append(in.rest());
    return {};
}

} // namespace sojourn::inline v0::protocol
