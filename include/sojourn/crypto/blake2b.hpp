#pragma once

#include <sojourn/bytes.hpp>

#include <sodium/crypto_generichash.h>

#include <cstddef>
#include <span>

namespace sojourn::inline v0::crypto {

/// BLAKE2b (RFC 7693) of `text` into `out` (16 to 64 bytes), keyed if `key` is not empty (16 to 64 bytes).
inline void blake2b(BytesView key, BytesView text, std::span<std::byte> out) noexcept
{
    crypto_generichash(as_unsigned(out), out.size(), as_unsigned(text), text.size(),
                       key.empty() ? nullptr : as_unsigned(key), key.size());
}

} // namespace sojourn::inline v0::crypto
