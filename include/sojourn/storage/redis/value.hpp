#pragma once

#include <sojourn/bytes.hpp>
#include <sojourn/concepts.hpp>

#include <array>
#include <cstddef>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace sojourn::inline v0::storage::redis {

/// A record as it lies in Redis: a string of
///
///     offset  bytes
///          0      8  "sojourn" and the format's number, 1
///          8      8  version, little-endian
///         16         value
///
/// Redis keeps the expiry. Another string, or another type, is not ours: nothing is found there, and it is not replaced.
inline constexpr std::size_t value_head_size = 16;
inline constexpr std::string_view value_magic{"sojourn\1", 8};

/// As text, for a command to carry.
inline std::array<char, 8> encode(Version version) noexcept
{
    std::array<char, 8> text;
    for (std::size_t i = 0; i != text.size(); ++i)
        text[i] = static_cast<char>(static_cast<unsigned char>(version >> (8 * i)));
    return text;
}

inline std::string encode(Version version, BytesView value)
{
    const auto of_state = encode(version);
    std::string text;
    text.reserve(value_head_size + value.size());
    text.append(value_magic).append(of_state.data(), of_state.size()).append(as_text(value));
    return text;
}

/// Nothing if it is not ours.
inline std::optional<Record> decode(std::string_view text)
{
    if (text.size() < value_head_size || !text.starts_with(value_magic))
        return std::nullopt;
    Record record;
    for (std::size_t i = 0; i != 8; ++i)
        record.version |= static_cast<Version>(static_cast<unsigned char>(text[8 + i])) << (8 * i);
    const auto value = as_bytes(text.substr(value_head_size));
    record.value.assign(value.begin(), value.end());
    return record;
}

/// Replaces the record at KEYS[1] by ARGV[2], which lives for ARGV[3] ms, 0: not at all. ARGV[1] is the version that has to
/// stand there, or empty. Answers with a status or an integer if it did, with the record that stands there if that is
/// another, with nil if there is none. `pcall` hands on errors as they are: of another type than a string, of no memory.
inline constexpr std::string_view replace_script =
    "local standing = redis.pcall('GET', KEYS[1])\n"
    "if type(standing) == 'table' then return standing end\n"
    "if not standing or #standing < 16 or string.sub(standing, 1, 8) ~= string.sub(ARGV[2], 1, 8) then return false "
    "end\n"
    "if ARGV[1] ~= '' and string.sub(standing, 9, 16) ~= ARGV[1] then return standing end\n"
    "if ARGV[3] == '0' then return redis.pcall('DEL', KEYS[1]) end\n"
    "return redis.pcall('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])\n";

/// Its name to EVALSHA: SHA-1, in hexadecimal.
inline constexpr std::string_view replace_script_sha1 = "a533a80c73ae6c147e69056adda784678e87f3e6";

} // namespace sojourn::inline v0::storage::redis
