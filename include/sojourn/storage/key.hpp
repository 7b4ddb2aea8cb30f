#pragma once

#include <sojourn/error.hpp>

#include <cstddef>
#include <string_view>

namespace sojourn::inline v0::storage {

/// The longest key a storage takes, in characters.
inline constexpr std::size_t max_key_length = 128;

/// `A-Z a-z 0-9 - _`: what base64url is made of, and what means nothing to a path, a command line or a query.
constexpr bool is_key_character(char c) noexcept
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

/// Whether `key` is one that storages take: 1 to `max_key_length` characters, each an `is_key_character`.
constexpr bool is_key(std::string_view key) noexcept
{
    if (key.empty() || key.size() > max_key_length)
        return false;
    for (const char c : key)
        if (!is_key_character(c))
            return false;
    return true;
}

/// What a storage answers to a key that is none: `errc::unlawful_option`, without the key.
inline Error unlawful_key() { return {errc::unlawful_option, "a storage key that is not 1 to 128 of A-Z a-z 0-9 - _"}; }

} // namespace sojourn::inline v0::storage
