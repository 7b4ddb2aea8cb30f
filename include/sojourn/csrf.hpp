#pragma once

#include <sojourn/bytes.hpp>
#include <sojourn/core/texts.hpp>
#include <sojourn/wire/base64url.hpp>
#include <sojourn/wire/frame.hpp>

#include <sodium/utils.h>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

// A token that proves that a form was made for this session (OWASP's "HMAC based token"): a secret of the session's, which
// is 16 bytes, under a mask that is new in each token, so that compression of a page that holds one tells nothing of it
// (BREACH).

namespace sojourn::inline v0::csrf {

using Half = std::array<std::byte, 16>;

/// 43 characters of base64url: `mask`, and the secret under it. The mask is fresh and random.
inline std::string make_token(const Half& secret, const Half& mask)
{
    std::byte bytes[32];
    for (std::size_t i = 0; i != 16; ++i) {
        bytes[i] = mask[i];
        bytes[16 + i] = mask[i] ^ secret[i];
    }
    std::string token(wire::encoded_size(sizeof bytes), '\0');
    wire::encode({bytes, sizeof bytes}, token.data());
    return token;
}

/// Whether the token is one of this secret, in constant time. Any text may be asked for.
inline bool verify_token(std::string_view token, const Half& secret) noexcept
{
    std::byte bytes[32];
    if (token.size() != wire::encoded_size(sizeof bytes) || !wire::decode(token, bytes))
        return false;
    for (std::size_t i = 0; i != 16; ++i)
        bytes[16 + i] ^= bytes[i];
    return sodium_memcmp(bytes + 16, secret.data(), secret.size()) == 0;
}

/// What a session's tokens are made of, with one of the protocol's keys.
template <class Wire>
Half secret_of(const Wire& wire, std::size_t key, const wire::Id& id, std::string_view audience) noexcept
{
    Half secret;
    wire.csrf_secret(key, id, audience, secret);
    return secret;
}

/// Where a session's secret lies among its flash values, if no id of it lasts that the secret could be made of.
inline constexpr const char* place = "sojourn.csrf";

inline bool find_kept(const core::Texts& texts, Half& secret) noexcept
{
    const auto found = texts.find(place);
    return found && found->size() == wire::encoded_size(secret.size()) && wire::decode(*found, secret.data());
}

/// The secret that is there; `fresh` if there was none, or none of ours.
inline Half kept_secret(core::Texts& texts, const Half& fresh)
{
    if (Half secret; find_kept(texts, secret))
        return secret;
    char text[wire::encoded_size(sizeof(Half))];
    wire::encode({fresh.data(), fresh.size()}, text);
    texts.set(place, {text, sizeof text});
    return fresh;
}
inline bool verify_kept(std::string_view token, const core::Texts& texts) noexcept
{
    Half secret;
    return find_kept(texts, secret) && verify_token(token, secret);
}

/// Whether the token was made for this session, with any of the keys.
template <class Wire>
bool verify(std::string_view token, const Wire& wire, const wire::Id& id, std::string_view audience) noexcept
{
    bool good = false;
    for (std::size_t key = 0; key != wire.keys(); ++key)
        good = verify_token(token, secret_of(wire, key, id, audience)) || good;
    return good;
}

} // namespace sojourn::inline v0::csrf
