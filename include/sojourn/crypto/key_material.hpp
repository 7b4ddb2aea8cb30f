#pragma once

#include <sojourn/bytes.hpp>
#include <sojourn/crypto/secret.hpp>

#include <sodium/crypto_hash_sha256.h>
#include <sodium/crypto_pwhash.h>

#include <array>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>

namespace sojourn::inline v0 {

/// Of what keys are derived from, in bytes.
inline constexpr std::size_t key_material_size = 32;

/// What guessing a text secret costs: how slow the keys' derivation from it is made. One derivation takes, once when the
/// manager is built, on a machine of 2024, about:
enum class Safety {
    none,     ///< nothing: SHA-256, for secrets that are random
    low,      ///< 7 ms and 8 MiB: Argon2id, 1 pass
    medium,   ///< 25 ms and 19 MiB: Argon2id, 2 passes, the least that OWASP asks for passwords
    high,     ///< 110 ms and 64 MiB: Argon2id, 3 passes
    very_high ///< 500 ms and 256 MiB: Argon2id, 3 passes
};

/// What `Options::secret` stands for: `options.ikm = key_material(secret, safety)` is the same. Takes as long as `Safety`
/// says: 32 bytes. Throws std::runtime_error if there is not enough memory for that.
inline std::string key_material(std::string_view secret, Safety safety)
{
    struct Cost {
        unsigned long long passes;
        std::size_t memory;
    };
    constexpr std::size_t mebibyte = 1024 * 1024;
    constexpr std::array<Cost, 5> costs{
        {{0, 0}, {1, 8 * mebibyte}, {2, 19 * mebibyte}, {3, 64 * mebibyte}, {3, 256 * mebibyte}}};
    // All instances are to derive the same, so that the salt is the same, too: it keeps other uses of the secret apart.
    constexpr std::string_view salt = "sojourn secret 1";
    static_assert(salt.size() == crypto_pwhash_SALTBYTES);

    crypto::initialize();
    std::string material(key_material_size, '\0');
    auto* const out = reinterpret_cast<unsigned char*>(material.data());
    const auto& cost = costs.at(static_cast<std::size_t>(safety));
    if (safety == Safety::none)
        crypto_hash_sha256(out, as_unsigned(as_bytes(secret)), secret.size());
    else if (crypto_pwhash(out, material.size(), secret.data(), secret.size(), as_unsigned(as_bytes(salt)), cost.passes,
                           cost.memory, crypto_pwhash_ALG_ARGON2ID13) != 0)
        throw std::runtime_error{"sojourn: not enough memory for this remember_safety"};
    return material;
}

} // namespace sojourn::inline v0
