#pragma once

#include <sojourn/bytes.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace sojourn::inline v0::wire {

/// Writes integers (little-endian) and runs of bytes one after the other into memory that is large enough.
class Writer {
public:
    explicit Writer(std::byte* out) noexcept : next_{out} {}

    template <std::size_t Size>
    void integer(std::uint64_t value) noexcept
    {
        for (std::size_t i = 0; i != Size; ++i)
            *next_++ = static_cast<std::byte>(value >> (8 * i));
    }
    void bytes(BytesView bytes) noexcept
    {
        if (!bytes.empty())
            std::memcpy(next_, bytes.data(), bytes.size());
        next_ += bytes.size();
    }

private:
    std::byte* next_;
};

/// A length in LEB128, at most 4 bytes.
inline void append_length(std::size_t length, Buffer& out)
{
    for (; length >= 0x80; length >>= 7)
        out.push_back(static_cast<std::byte>(length | 0x80));
    out.push_back(static_cast<std::byte>(length));
}

/// Reads what was written so from bytes of anybody. Reading past the end gives zeros and `ok()` becomes false.
class Reader {
public:
    explicit Reader(BytesView in) noexcept : rest_{in} {}

    bool ok() const noexcept { return ok_; }
    BytesView rest() const noexcept { return rest_; }

    template <std::size_t Size>
    std::uint64_t integer() noexcept
    {
        std::uint64_t value = 0;
        const BytesView from = bytes(Size);
        for (std::size_t i = 0; i != from.size(); ++i)
            value |= std::to_integer<std::uint64_t>(from[i]) << (8 * i);
        return value;
    }
    /// What `append_length` wrote.
    std::size_t length() noexcept
    {
        std::size_t length = 0;
        for (unsigned shift = 0; shift != 28 && !rest_.empty(); shift += 7) {
            const auto byte = integer<1>();
            length |= (byte & 0x7F) << shift;
            if (byte < 0x80)
                return length;
        }
        fail();
        return 0;
    }
    BytesView bytes(std::size_t count) noexcept
    {
        if (count > rest_.size()) {
            fail();
            return {};
        }
        const BytesView result = rest_.first(count);
        rest_ = rest_.subspan(count);
        return result;
    }
    template <std::size_t Size>
    std::array<std::byte, Size> array() noexcept
    {
        std::array<std::byte, Size> result{};
        if (const BytesView from = bytes(Size); !from.empty())
            std::memcpy(result.data(), from.data(), Size);
        return result;
    }

private:
    void fail() noexcept
    {
        ok_ = false;
        rest_ = {};
    }

    BytesView rest_;
    bool ok_ = true;
};

} // namespace sojourn::inline v0::wire
