#pragma once

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
    Buffer(Buffer&& other) noexcept { swap(other); }
    Buffer& operator=(Buffer&& other) noexcept
    {
        Buffer taken{std::move(other)};
        swap(taken);
        return *this;
    }
    ~Buffer() { release(); }

    /// Valid until the size changes.
    std::byte* data() noexcept { return block_.bytes; }
    const std::byte* data() const noexcept { return block_.bytes; }
    std::size_t size() const noexcept { return size_; }
    bool empty() const noexcept { return size_ == 0; }
    // As a span: a buffer is no range itself, of which a compiler asks much each time that one is to become a span.
    // NOLINTBEGIN(google-explicit-constructor)
    operator std::span<std::byte>() noexcept { return {data(), size_}; }
    operator BytesView() const noexcept { return {data(), size_}; }
    // NOLINTEND(google-explicit-constructor)

    void clear() noexcept { resize(0); }

    /// Sets the size; bytes that fall away are wiped, bytes that come are uninitialised.
    void resize(std::size_t size)
    {
        if (size > block_.size)
            grow(size);
        else if (size < size_)
            sodium_memzero(data() + size, size_ - size);
        size_ = size;
    }

    /// Makes room for `count` more bytes and returns them, uninitialised.
    std::span<std::byte> extend(std::size_t count)
    {
        if (count > block_.size - size_)
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
    /// Adds to the end.
    void push_back(std::byte byte) { extend(1)[0] = byte; }

    void swap(Buffer& other) noexcept
    {
        const Block block = block_;
        const std::size_t size = size_;
        block_ = other.block_;
        size_ = other.size_;
        other.block_ = block;
        other.size_ = size;
    }

private:
    /// Memory from new[]; null: none.
    struct Block {
        std::byte* bytes = nullptr;
        std::size_t size = 0;
    };

    /// Blocks given back by this thread, and empty places. `alive` outlives the reserve itself, for buffers that die
    /// after it.
    struct Reserve {
        Block places[8];
        Reserve() noexcept { alive() = true; }
        Reserve(const Reserve&) = delete;
        Reserve& operator=(const Reserve&) = delete;
        ~Reserve()
        {
            alive() = false;
            for (const Block& place : places)
                delete[] place.bytes;
        }
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
        larger.acquire(stepped < block_.size * 2 ? block_.size * 2 : stepped);
        if (size_ != 0)
            std::memcpy(larger.data(), data(), size_);
        larger.size_ = size_;
        swap(larger);
    }

    /// Takes the smallest block of the reserve that is large enough, or a new one.
    void acquire(std::size_t wanted)
    {
        auto& reserve = Reserve::of_this_thread();
        Block* best = nullptr;
        if (Reserve::alive())
            for (Block& place : reserve.places)
                if (place.size >= wanted && (best == nullptr || place.size < best->size))
                    best = &place;
        if (best == nullptr) {
            block_ = {new std::byte[wanted], wanted};
        } else {
            block_ = *best;
            *best = {};
        }
    }

    /// Wipes the block and leaves it to the reserve, in place of the smallest there.
    void release() noexcept
    {
        if (block_.bytes == nullptr)
            return;
        sodium_memzero(block_.bytes, size_);
        Block rest = block_;
        if (Reserve::alive() && block_.size <= largest_kept) {
            auto& places = Reserve::of_this_thread().places;
            Block* smallest = &places[0];
            for (Block& place : places)
                if (place.size < smallest->size)
                    smallest = &place;
            if (smallest->size < block_.size) {
                rest = *smallest;
                *smallest = block_;
            }
        }
        delete[] rest.bytes;
    }

    Block block_;
    std::size_t size_ = 0;
};

} // namespace sojourn::inline v0
