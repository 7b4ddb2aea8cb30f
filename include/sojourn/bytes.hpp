#pragma once

#include <sojourn/handle.hpp>

#include <sodium/utils.h>

#include <cstddef>
#include <cstring>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace sojourn::inline v0 {

/// Bytes of one's own.
using Bytes = std::vector<std::byte>;
/// Bytes of somebody else.
using BytesView = std::span<const std::byte>;

/// The same memory, as another type sees it.
inline BytesView as_bytes(std::string_view text) noexcept
{
    return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}
/// The same memory, as another type sees it.
inline std::string_view as_text(BytesView bytes) noexcept
{
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
/// The same memory, as the C libraries take it.
inline const unsigned char* as_unsigned(BytesView bytes) noexcept
{
    return reinterpret_cast<const unsigned char*>(bytes.data());
}
inline unsigned char* as_unsigned(std::span<std::byte> bytes) noexcept
{
    return reinterpret_cast<unsigned char*>(bytes.data());
}
/// Not in constant time; by memcmp, where std::ranges::equal goes byte by byte.
inline bool equal(BytesView left, BytesView right) noexcept { return as_text(left) == as_text(right); }

/// A growing run of bytes for what must not linger: wiped before its memory is given back.
///
/// Its memory comes from and returns to a small reserve of the thread, so that a server that opens a session a request
/// allocates nothing once it is warm. Move-only. Growing leaves new bytes uninitialised.
class Buffer {
public:
    Buffer() noexcept = default;
    Buffer(Buffer&& other) noexcept
        : block_{std::move(other.block_)},
          capacity_{std::exchange(other.capacity_, 0)},
          size_{std::exchange(other.size_, 0)}
    {
    }
    Buffer& operator=(Buffer&& other) noexcept
    {
        Buffer{std::move(other)}.swap(*this);
        return *this;
    }
    ~Buffer() { release(); }

    /// Valid until the size changes.
    std::byte* data() noexcept { return block_.get(); }
    const std::byte* data() const noexcept { return block_.get(); }
    std::size_t size() const noexcept { return size_; }
    bool empty() const noexcept { return size_ == 0; }
    operator std::span<std::byte>() noexcept { return {data(), size_}; } // NOLINT(google-explicit-constructor): it is one
    operator BytesView() const noexcept { return {data(), size_}; }      // NOLINT(google-explicit-constructor)

    void clear() noexcept { resize(0); }

    /// Sets the size; bytes that fall away are wiped, bytes that come are uninitialised.
    void resize(std::size_t size)
    {
        if (size > capacity_)
            grow(size);
        else if (size < size_)
            sodium_memzero(data() + size, size_ - size);
        size_ = size;
    }

    /// Makes room for `count` more bytes and returns them, uninitialised.
    std::span<std::byte> extend(std::size_t count)
    {
        if (count > capacity_ - size_)
            grow(size_ + count);
        size_ += count;
        return {data() + size_ - count, count};
    }

    /// Adds to the end what is not this buffer's own.
    void append(BytesView bytes)
    {
        if (!bytes.empty())
            std::memcpy(extend(bytes.size()).data(), bytes.data(), bytes.size());
    }
    void append(std::string_view text) { append(as_bytes(text)); }
    /// Adds to the end.
    void push_back(std::byte byte) { extend(1)[0] = byte; }

    void swap(Buffer& other) noexcept
    {
        std::swap(block_, other.block_);
        std::swap(capacity_, other.capacity_);
        std::swap(size_, other.size_);
    }

private:
    static void give_back(const std::byte* block) noexcept { delete[] block; }
    using Block = Handle<std::byte, give_back>;

    struct Stored {
        Block block;
        std::size_t capacity = 0;
    };

    /// Blocks given back by this thread, and empty places. `alive` outlives the reserve itself, for buffers that die
    /// after it.
    struct Reserve {
        Stored places[8];
        Reserve() noexcept { alive() = true; }
        ~Reserve() { alive() = false; }
        static bool& alive() noexcept
        {
            thread_local bool value = false;
            return value;
        }
        static Reserve& of_this_thread() noexcept
        {
            thread_local Reserve reserve;
            return reserve;
        }
    };
    static constexpr std::size_t block_step = 4096;
    static constexpr std::size_t largest_kept = 128 * 1024;

    void grow(std::size_t wanted)
    {
        Buffer larger;
        // In whole steps, so that a block in the reserve will do for the next session too, though it be a little larger.
        const std::size_t stepped = (wanted + block_step - 1) / block_step * block_step;
        larger.acquire(stepped < capacity_ * 2 ? capacity_ * 2 : stepped);
        if (size_ != 0)
            std::memcpy(larger.data(), data(), size_);
        larger.size_ = size_;
        swap(larger);
    }

    /// Takes the smallest block of the reserve that is large enough, or a new one.
    void acquire(std::size_t wanted)
    {
        auto& reserve = Reserve::of_this_thread();
        Stored* best = nullptr;
        if (Reserve::alive())
            for (Stored& place : reserve.places)
                if (place.capacity >= wanted && (best == nullptr || place.capacity < best->capacity))
                    best = &place;
        block_ = best != nullptr ? std::move(best->block) : Block{new std::byte[wanted]};
        capacity_ = best != nullptr ? std::exchange(best->capacity, 0) : wanted;
    }

    /// Wipes the block and leaves it to the reserve, in place of the smallest there.
    void release() noexcept
    {
        if (!block_)
            return;
        sodium_memzero(data(), size_);
        if (Reserve::alive() && capacity_ <= largest_kept) {
            auto& places = Reserve::of_this_thread().places;
            auto* smallest = &places[0];
            for (Stored& place : places)
                if (place.capacity < smallest->capacity)
                    smallest = &place;
            if (smallest->capacity < capacity_)
                *smallest = Stored{std::move(block_), capacity_};
        }
        block_ = {};
        capacity_ = size_ = 0;
    }

    Block block_;
    std::size_t capacity_ = 0;
    std::size_t size_ = 0;
};

} // namespace sojourn::inline v0
