#pragma once

#include <sojourn/codec/fit.hpp>
#include <sojourn/codec/message_pack_head.hpp>

#include <bit>
#include <cstring>

namespace sojourn::inline v0::codec::detail {

/// Reads MessagePack (github.com/msgpack/msgpack, spec.md) value by value, straight into the program's types.
///
/// Each function consumes one value if it is of the kind asked for, and answers whether it was. No answer depends on
/// more than the bytes that are there: a claimed size beyond them is a wrong value. Integers may be written longer than
/// needed, as some encoders do; names must be strings.
class MessagePackReader {
public:
    explicit MessagePackReader(BytesView bytes) noexcept : at_{bytes.data()}, end_{bytes.data() + bytes.size()} {}

    bool at_end() const noexcept { return at_ == end_; }
    std::size_t remaining() const noexcept { return static_cast<std::size_t>(end_ - at_); }

    /// The member that could not be read, for the log.
    std::string_view blamed() const noexcept { return blamed_; }
    void blame(std::string_view name) noexcept { blamed_ = blamed_.empty() ? name : blamed_; }

    /// The kind of the next value, for data whose types are only known at run time.
    Kind kind() const noexcept { return peek().kind; }

    bool null() noexcept
    {
        MessagePackHead head;
        return take(Kind::null, head);
    }

    bool boolean(bool& value) noexcept
    {
        MessagePackHead head;
        const bool good = take(Kind::boolean, head);
        value = head.number != 0;
        return good;
    }

    template <Integer T>
    bool integer(T& value) noexcept
    {
        MessagePackHead head;
        if (!take(Kind::integer, head))
            return false;
        return head.is_negative ? fit(static_cast<std::int64_t>(head.number), value) : fit(head.number, value);
    }

    /// An integer will do: other languages write 1.0 as 1.
    template <Float T>
    bool number(T& value) noexcept
    {
        MessagePackHead head;
        if (take(Kind::integer, head)) {
            value =
                head.is_negative ? static_cast<T>(static_cast<std::int64_t>(head.number)) : static_cast<T>(head.number);
            return true;
        }
        if (!take(Kind::number, head))
            return false;
        const bool is_single = head.length == 1 + sizeof(float);
        return fit(is_single ? std::bit_cast<float>(static_cast<std::uint32_t>(head.number))
                             : std::bit_cast<double>(head.number),
                   value);
    }

    bool string(std::string& value)
    {
        BytesView run;
        if (!take_run(Kind::string, run))
            return false;
        value.assign(as_text(run));
        return true;
    }

    /// Into `Bytes`, or an array of as many.
    template <class Run>
    bool bytes(Run& value)
    {
        BytesView run;
        if (!take_run(Kind::bytes, run))
            return false;
        if constexpr (ByteArray<Run>) {
            if (run.size() != value.size())
                return false;
            std::memcpy(value.data(), run.data(), run.size());
        } else {
            value.assign(run.data(), run.data() + run.size());
        }
        return true;
    }

    /// Calls `element(left)` for each element; `left` counts this one and those claimed to follow.
    template <class F>
    bool array(F&& element)
    {
        return nest(Kind::array, element);
    }

    /// Calls `member(name)` for each member; it reads or skips the value.
    template <class F>
    bool map(F&& member)
    {
        return nest(Kind::map, [&](std::size_t) {
            BytesView name;
            return take_run(Kind::string, name) && member(as_text(name));
        });
    }

    /// Any one well-formed value.
    bool skip()
    {
        switch (kind()) {
        case Kind::none: return false;
        case Kind::array: return nest(Kind::array, [this](std::size_t) { return skip(); });
        case Kind::map: return nest(Kind::map, [this](std::size_t) { return skip() && skip(); });
        default: break;
        }
        const auto head = peek();
        const bool has_contents = head.kind == Kind::string || head.kind == Kind::bytes || head.kind == Kind::extension;
        at_ += head.length;
        return !has_contents || take_bytes(head.number);
    }

    /// The same, and its bytes.
    bool skip(BytesView& raw)
    {
        const auto* start = at_;
        if (!skip())
            return false;
        raw = {start, at_};
        return true;
    }

private:
    MessagePackHead peek() const noexcept { return message_pack_head(at_, remaining()); }

    bool take(Kind kind, MessagePackHead& head) noexcept
    {
        head = peek();
        if (head.kind != kind)
            return false;
        at_ += head.length;
        return true;
    }

    bool take_bytes(std::uint64_t count) noexcept
    {
        if (count > remaining())
            return false;
        at_ += count;
        return true;
    }

    bool take_run(Kind kind, BytesView& run) noexcept
    {
        MessagePackHead head;
        if (!take(kind, head) || !take_bytes(head.number))
            return false;
        run = {at_ - head.number, at_};
        return true;
    }

    template <class F>
    bool nest(Kind kind, F&& item)
    {
        MessagePackHead head;
        if (depth_ == max_depth || !take(kind, head) || head.number > remaining()) // an item is one byte at least
            return false;
        ++depth_;
        for (auto left = head.number; left != 0; --left)
            if (!item(left))
                return false;
        --depth_;
        return true;
    }

    const std::byte* at_;
    const std::byte* end_;
    int depth_ = 0;
    std::string_view blamed_;
};

} // namespace sojourn::inline v0::codec::detail
