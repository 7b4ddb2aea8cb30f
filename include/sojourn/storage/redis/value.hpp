#pragma once

#include <sojourn/bytes.hpp>
#include <sojourn/concepts.hpp>
#include <sojourn/storage/redis/script.hpp>

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

/// Writes the record at KEYS[1], then adds to the logs at the other KEYS; or only adds, if ARGV[1] is `append`.
///
/// ARGV[1] is what has to be at KEYS[1]: the version of a record, `store` for any record, `create` for nothing. ARGV[2] is what
/// takes its place, for ARGV[3] ms, 0: not at all. Three more for each log: what it has to begin with, but for its version, and
/// gets for a new beginning; what is added; for how many ms it lives at least.
///
/// If it did not write it answers with the record that stands at KEYS[1] if that is another version, else with nil. If it did,
/// with the lengths of the logs, or with something that is no list if there are none or one of their keys has another use.
///
/// All is looked at before anything is written, so that what the server refuses it refuses as a whole: of another type than a
/// string, of no memory. `pcall` hands on errors as they are.
inline constexpr Script write_script{
    "local how, value, ttl = ARGV[1], ARGV[2], ARGV[3]\n"
    "local first = how == 'append' and 1 or 2\n"
    "if first == 2 then\n"
    "  local standing = redis.pcall('GET', KEYS[1])\n"
    "  if type(standing) == 'table' then return standing end\n"
    "  if how == 'create' then\n"
    "    if standing then return false end\n"
    "  elseif not standing or #standing < 16 or string.sub(standing, 1, 8) ~= string.sub(value, 1, 8) then return "
    "false\n"
    "  elseif how ~= 'store' and string.sub(standing, 9, 16) ~= how then return standing end\n"
    "end\n"
    "local lives, fit = {}, true\n"
    "for i = first, #KEYS do\n"
    "  local head = ARGV[3 * (i - first) + 4]\n"
    "  lives[i] = redis.call('EXISTS', KEYS[i]) == 1\n"
    "  if lives[i] then\n"
    "    local begins = redis.pcall('GETRANGE', KEYS[i], 0, #head - 1)\n"
    "    fit = fit and type(begins) == 'string' and #begins == #head and\n"
    "      string.sub(begins, 1, 8) == string.sub(head, 1, 8) and string.sub(begins, 17) == string.sub(head, 17)\n"
    "  end\n"
    "end\n"
    "local done = false\n"
    "if first == 2 then\n"
    "  if ttl == '0' then done = redis.pcall('DEL', KEYS[1])\n"
    "  else done = redis.pcall('SET', KEYS[1], value, 'PX', ttl) end\n"
    "  if type(done) == 'table' and done.err then return done end\n"
    "end\n"
    "if not fit or first > #KEYS then return done end\n"
    "local lengths = {}\n"
    "for i = first, #KEYS do\n"
    "  local at = 3 * (i - first)\n"
    "  local head, more, least = ARGV[at + 4], ARGV[at + 5], ARGV[at + 6]\n"
    "  local length = #head + #more\n"
    "  if lives[i] then\n"
    "    done = redis.pcall('SETRANGE', KEYS[i], 8, string.sub(head, 9, 16))\n"
    "    if type(done) == 'table' then return done end\n"
    "    length = redis.call('APPEND', KEYS[i], more)\n"
    "    local left = redis.call('PTTL', KEYS[i])\n"
    "    if left >= 0 and left < tonumber(least) then redis.call('PEXPIRE', KEYS[i], least) end\n"
    "  elseif least ~= '0' then\n"
    "    done = redis.pcall('SET', KEYS[i], head .. more, 'PX', least)\n"
    "    if done.err then return done end\n"
    "  end\n"
    "  lengths[i - first + 1] = length - 16\n"
    "end\n"
    "return lengths\n",
    "b8d6acfd673f2c3cceb412cdee8b67d0f41e0e3e"};

} // namespace sojourn::inline v0::storage::redis
