#pragma once

#include <sojourn/codec/message_pack_reader.hpp>

namespace sojourn::inline v0::codec::detail {

/// Writes MessagePack: each value in its shortest form, floats as float 32, doubles as float 64, strings as they are.
class MessagePackWriter {
public:
    explicit MessagePackWriter(Buffer& out) noexcept : out_{out} {}

    /// Writes members that follow those in `members`, if there are any.
    static MessagePackWriter following(Buffer& members) noexcept { return MessagePackWriter{members}; }

    /// Whether all that was written can be read again: sizes the format can tell, and no deeper than `max_depth`.
    bool good() const noexcept { return good_; }
    void fail() noexcept { good_ = false; }

    void null() { head(0xc0); }
    void boolean(bool value) { head(value ? 0xc3 : 0xc2); }

    template <Integer T>
    void integer(T value)
    {
        if (value >= 0)
            natural(static_cast<std::uint64_t>(value));
        else
            negative(static_cast<std::int64_t>(value));
    }

    void number(float value) { head(0xca, std::bit_cast<std::uint32_t>(value), 4); }
    void number(double value) { head(0xcb, std::bit_cast<std::uint64_t>(value), 8); }

    void string(std::string_view text)
    {
        if (text.size() < 32)
            head(0xa0U | static_cast<unsigned>(text.size()));
        else
            sized(text.size(), 0xd9);
        out_.append(as_bytes(text));
    }
    void key(std::string_view name) { string(name); }

    void bytes(BytesView run)
    {
        sized(run.size(), 0xc4);
        out_.append(run);
    }

    template <class F>
    void array(std::size_t count, F&& write_elements)
    {
        counted(count, 0x90, 0xdc);
        nest(write_elements);
    }

    /// `strangers`: members already in the format that come behind those `write_members` writes.
    template <class F>
    void map(std::size_t count, F&& write_members, BytesView strangers = {})
    {
        counted(count + members_in(strangers), 0x80, 0xde);
        nest(write_members);
        raw(strangers);
    }

    void raw(BytesView value) { out_.append(value); }

private:
    void head(unsigned code) { out_.push_back(static_cast<std::byte>(code)); }

    /// A code and a number of `width` bytes behind it, in network byte order.
    void head(unsigned code, std::uint64_t number, std::size_t width)
    {
        std::byte* const run = out_.extend(1 + width).data();
        run[0] = static_cast<std::byte>(code);
        for (std::size_t i = 0; i != width; ++i)
            run[1 + i] = static_cast<std::byte>(number >> 8 * (width - 1 - i));
    }

    void natural(std::uint64_t value)
    {
        if (value < 0x80)
            head(static_cast<unsigned>(value));
        else if (value <= UINT8_MAX)
            head(0xcc, value, 1);
        else if (value <= UINT16_MAX)
            head(0xcd, value, 2);
        else if (value <= UINT32_MAX)
            head(0xce, value, 4);
        else
            head(0xcf, value, 8);
    }

    void negative(std::int64_t value)
    {
        if (value >= -32)
            head(static_cast<unsigned>(value + 0x100));
        else if (value >= INT8_MIN)
            head(0xd0, static_cast<std::uint64_t>(value), 1);
        else if (value >= INT16_MIN)
            head(0xd1, static_cast<std::uint64_t>(value), 2);
        else if (value >= INT32_MIN)
            head(0xd2, static_cast<std::uint64_t>(value), 4);
        else
            head(0xd3, static_cast<std::uint64_t>(value), 8);
    }

    /// The codes for lengths of 8, 16 and 32 bits follow each other.
    void sized(std::size_t size, unsigned code)
    {
        if (size <= UINT8_MAX)
            head(code, size, 1);
        else
            counted(size, 0, code + 1);
    }

    /// A count in the low bits of `fixed`, where there is such a code, or in 16 or 32 bits.
    void counted(std::size_t count, unsigned fixed, unsigned code)
    {
        if (fixed != 0 && count < 16)
            head(fixed | static_cast<unsigned>(count));
        else if (count <= UINT16_MAX)
            head(code, count, 2);
        else if (count <= UINT32_MAX)
            head(code + 1, count, 4);
        else
            fail();
    }

    std::size_t members_in(BytesView strangers)
    {
        std::size_t count = 0;
        for (MessagePackReader reader{strangers}; !reader.at_end(); ++count)
            if (!reader.skip() || !reader.skip()) {
                fail();
                break;
            }
        return count;
    }

    template <class F>
    void nest(F& write_contents)
    {
        if (depth_ == max_depth)
            return fail();
        ++depth_;
        write_contents();
        --depth_;
    }

    Buffer& out_;
    int depth_ = 0;
    bool good_ = true;
};

} // namespace sojourn::inline v0::codec::detail
