#pragma once

#include <sojourn/bytes.hpp>
#include <sojourn/concepts.hpp>
#include <sojourn/crypto/blake2b.hpp>
#include <sojourn/crypto/key_ring.hpp>
#include <sojourn/error.hpp>
#include <sojourn/result.hpp>
#include <sojourn/wire/bytes_io.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

// Where the native protocol lists the sessions of a subject in an audience: a record of its own in the store, sealed, under
// a hash of the two. Integers little-endian:
//
// | offset | bytes | field                                                     |
// |-------:|------:|-----------------------------------------------------------|
// |      0 |     1 | format = 2                                                |
// |      1 |     4 | key id                                                    |
// |      5 |    16 | salt, fresh at each store                                 |
// |     21 |       | entries (core/index.hpp), sealed under salt and key,      |
// |        |    16 | tag; associated data = bytes 0 to 4                       |

namespace sojourn::inline v0::protocol {

namespace detail {

inline constexpr std::size_t index_sealed_offset = 21;

inline std::array<std::byte, 32> index_seal_id(std::span<const std::byte, 16> salt, std::string_view key) noexcept
{
    std::array<std::byte, 32> id;
    wire::Writer{id}.bytes(salt);
    crypto::blake2b({}, as_bytes(key), std::span{id}.last<16>());
    return id;
}

} // namespace detail

/// BLAKE2b of cookie name, audience and subject, each behind its length; keyed if there is a key.
inline std::array<std::byte, 32> index_key(std::string_view cookie_name, std::string_view audience,
                                           std::string_view subject, BytesView key)
{
    std::string text{"sojourn index"};
    for (const std::string_view part : {cookie_name, audience, subject})
        text.append(std::to_string(part.size())).append(1, ':').append(part);
    std::array<std::byte, 32> hash;
    crypto::blake2b(key, as_bytes(text), hash);
    return hash;
}

/// `errc::too_large` beyond `max_length` bytes.
template <CipherPolicy Cipher>
Result<void> seal_index(const crypto::KeyRing& ring, std::string_view key, BytesView plain,
                        std::span<const std::byte, 16> salt, std::size_t max_length, Buffer& record)
{
    const std::size_t size = detail::index_sealed_offset + plain.size() + Cipher::tag_size;
    if (size > max_length)
        return Error{errc::too_large, "the metadata of one subject takes " + std::to_string(size) +
                                          " bytes, max_length is " + std::to_string(max_length)};
    record.resize(size);
    wire::Writer out{record};
    out.integer<1>(2);
    out.bytes(ring.id(crypto::KeyRing::primary));
    out.bytes(salt);
    Cipher::seal(ring.key(crypto::KeyRing::primary, crypto::Purpose::index_seal), detail::index_seal_id(salt, key),
                 BytesView{record}.first(5), plain,
                 std::span{record.data(), size}.subspan(detail::index_sealed_offset));
    return {};
}

/// `errc::bad_record` if it is not what was sealed for this key, with one of these keys.
template <CipherPolicy Cipher>
Result<void> open_index(const crypto::KeyRing& ring, std::string_view key, BytesView record, Buffer& plain)
{
    wire::Reader head{record};
    const auto format = head.integer<1>();
    const auto made_with = ring.find(head.array<4>());
    const auto salt = head.array<16>();
    if (format != 2 || !made_with || head.rest().size() < Cipher::tag_size)
        return errc::bad_record;
    plain.resize(head.rest().size());
    if (!Cipher::open(ring.key(*made_with, crypto::Purpose::index_seal), detail::index_seal_id(salt, key),
                      record.first(5), head.rest(), plain))
        return errc::bad_record;
    plain.resize(plain.size() - Cipher::tag_size);
    return {};
}

} // namespace sojourn::inline v0::protocol
