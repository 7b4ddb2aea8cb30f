#pragma once

#include <sojourn/bytes.hpp>
#include <sojourn/handle.hpp>

#include <sodium/core.h>
#include <sodium/utils.h>

#include <cstddef>
#include <new>
#include <span>
#include <stdexcept>

namespace sojourn::inline v0::crypto {

/// Prepares libsodium; called by whatever needs it, as often as it likes, from any thread.
inline void initialize()
{
    if (sodium_init() < 0)
        throw std::runtime_error{"sojourn: libsodium cannot be initialised"};
}

/// Bytes that are locked into memory, lie between guard pages and are wiped when they go (libsodium's sodium_malloc).
/// Move-only; costs at least four pages, so that related keys share one.
class Secret {
public:
    Secret() = default;
    explicit Secret(std::size_t size) : memory_{allocate(size)}, size_{size} {}

    std::span<std::byte> bytes() noexcept { return {memory_.get(), size_}; }
    BytesView bytes() const noexcept { return {memory_.get(), size_}; }

    /// From now on a write to the bytes ends the program.
    void seal() noexcept { sodium_mprotect_readonly(memory_.get()); }

private:
    static std::byte* allocate(std::size_t size)
    {
        initialize();
        if (void* memory = sodium_malloc(size))
            return static_cast<std::byte*>(memory);
        throw std::bad_alloc{};
    }

    Handle<std::byte, sodium_free> memory_;
    std::size_t size_ = 0;
};

} // namespace sojourn::inline v0::crypto
