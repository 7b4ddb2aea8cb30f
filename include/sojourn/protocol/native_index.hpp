#pragma once

#include <sojourn/bytes.hpp>
#include <sojourn/concepts.hpp>
#include <sojourn/crypto/blake2b.hpp>
#include <sojourn/crypto/key_ring.hpp>
#include <sojourn/error.hpp>
#include <sojourn/protocol/settings.hpp>
#include <sojourn/result.hpp>
#include <sojourn/wire/bytes_io.hpp>

#include <array>
#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>

// Where the native protocol lists the sessions of a subject in an audience: a record of its own in the store, sealed, under
// a hash of the two. A log: what is told is added to its end, as a segment. Integers little-endian:
//
// | offset | bytes | field                                                     |
// |-------:|------:|-----------------------------------------------------------|
// |      0 |     1 | format = 3                                                |
// |      1 |     4 | key id                                                    |
// |      5 |       | segments, one or more, each:                              |
// |        |     4 | - length of what is sealed, with the tag                  |
// |        |    16 | - salt, fresh for each                                    |
// |        |       | - entries (core/index.hpp), sealed under salt and key,    |
// |        |    16 |   tag; associated data = bytes 0 to 4                     |
//
// Only what has the same first five bytes is added to. So all of a log is sealed under one key, and who has another primary
// one writes it anew.

namespace sojourn::inline v0::protocol {

namespace detail {

inline constexpr std::size_t index_head_size = 5;
inline constexpr std::size_t segment_head_size = 20;

inline std::array<std::byte, 32> index_seal_id(const std::array<std::byte, 16>& salt, std::string_view key) noexcept
{
    std::array<std::byte, 32> id;
    std::memcpy(id.data(), salt.data(), 16);
    crypto::blake2b({}, as_bytes(key), {id.data() + 16, 16});
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

/// What the log begins with that is sealed with the primary key.
inline std::array<std::byte, detail::index_head_size> index_head(const crypto::KeyRing& ring) noexcept
{
    std::array<std::byte, detail::index_head_size> head;
    wire::Writer out{head.data()};
    out.integer<1>(3);
    out.bytes(ring.id(crypto::KeyRing::primary));
    return head;
}

/// Adds a segment to the end of `log`, a buffer of any length. `errc::too_large` if a log of this segment only would have more
/// than `max_length` bytes.
template <CipherPolicy Cipher>
Result<void> append_segment(const crypto::KeyRing& ring, std::string_view key, BytesView plain,
                            const std::array<std::byte, 16>& salt, std::size_t max_length, Buffer& log)
{
    const std::size_t sealed = plain.size() + Cipher::tag_size;
    const std::size_t size = detail::index_head_size + detail::segment_head_size + sealed;
    if (size > max_length)
        return too_large(size, max_length, "the metadata of one subject takes ");
    wire::Writer out{log.extend(detail::segment_head_size).data()};
    out.integer<4>(sealed);
    out.bytes(salt);
    Cipher::seal(ring.key(crypto::KeyRing::primary, crypto::Purpose::index_seal), detail::index_seal_id(salt, key),
                 index_head(ring), plain, log.extend(sealed));
    return {};
}

/// What all segments say, one after the other. `errc::bad_record` if it is not what was sealed for this key, with one of these
/// keys; then `plain` is what those say that do open.
template <CipherPolicy Cipher>
Result<void> open_index(const crypto::KeyRing& ring, std::string_view key, BytesView log, Buffer& plain)
{
    plain.clear();
    wire::Reader in{log};
    const auto format = in.integer<1>();
    const auto made_with = ring.find(in.array<4>());
    if (format != 3 || made_with == ring.size() || in.rest().empty())
        return errc::bad_record;
    bool whole = true;
    while (!in.rest().empty()) {
        const auto size = in.integer<4>();
        const auto salt = in.array<16>();
        const auto sealed = in.bytes(size);
        const std::size_t before = plain.size();
        const bool opened =
            in.ok() && size >= Cipher::tag_size &&
            Cipher::open(ring.key(made_with, crypto::Purpose::index_seal), detail::index_seal_id(salt, key),
                         log.first(detail::index_head_size), sealed, plain.extend(size));
        plain.resize(opened ? plain.size() - Cipher::tag_size : before);
        whole = whole && opened;
    }
    return whole ? Result<void>{} : errc::bad_record;
}

} // namespace sojourn::inline v0::protocol
