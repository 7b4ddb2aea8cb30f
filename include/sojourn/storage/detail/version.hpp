#pragma once

#include <sojourn/concepts.hpp>

#include <sodium/randombytes.h>

namespace sojourn::inline v0::storage::detail {

/// Random, so that none comes twice, and no memory is needed of the ones before, not even of an erased record's.
inline Version new_version() noexcept
{
    Version version = 0;
    while (version == 0)
        randombytes_buf(&version, sizeof(version));
    return version;
}

} // namespace sojourn::inline v0::storage::detail
