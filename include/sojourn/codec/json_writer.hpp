#pragma once

#include <sojourn/codec/json_dialect.hpp>
#include <sojourn/codec/types.hpp>
#include <sojourn/codec/utf8.hpp>
#include <sojourn/wire/base64url.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace sojourn::inline v0::codec::detail {

/// Writes JSON (RFC 8259) without spaces: doubles in the shortest form that reads back the same and never looks like an
/// integer, bytes as base64url, all of Unicode as it is.
///
/// In Lua's dialect as lua-cjson does it: a number in at most 14 digits if that is exact, and else in as many as it takes;
/// `/` and DEL escaped; strings of any bytes.
template <class Dialect>
class BasicJsonWriter {
public:
    explicit BasicJsonWriter(Buffer& out) noexcept : BasicJsonWriter{out, out.size()} {}

    /// Writes members that follow those in `members`, if there are any.
    static BasicJsonWriter following(Buffer& members) noexcept { return BasicJsonWriter{members, 0}; }

    /// Whether all that was written is JSON: no NaN or infinity, no string that is not UTF-8, not too deep.
    bool good() const noexcept { return good_; }
    void fail() noexcept { good_ = false; }

    void null() { word("null"); }
    void boolean(bool value) { word(value ? "true" : "false"); }

    template <Integer T>
    void integer(T value)
    {
        if constexpr (Dialect::of_lua) {
            constexpr double most = 9'007'199'254'740'992; // what a double tells from its neighbours
            const auto number = static_cast<double>(value);
            if (number >= -most && number <= most && write_short(number))
                return;
        }
        std::array<char, 24> text;
        word({text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr});
    }

    template <Float T>
    void number(T value)
    {
        if (!std::isfinite(value))
            return fail();
        if constexpr (Dialect::of_lua)
            if (write_short(value))
                return;
        std::array<char, 32> text;
        char* stop = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
        if (!Dialect::of_lua && std::string_view{text.data(), stop}.find_first_of(".e") == std::string_view::npos)
            stop = std::copy_n(".0", 2, stop);
        word({text.data(), stop});
    }

    void string(std::string_view text)
    {
        separate();
        put('"');
        const char* at = text.data();
        for (const char* const end = at + text.size(); at != end;) {
            const char* const plain = Dialect::of_lua ? std::find_if(at, end, is_escaped_by_lua) : skip_plain(at, end);
            out_.append(as_bytes({at, plain}));
            at = plain;
            if (at == end)
                break;
            if (Dialect::of_lua || static_cast<unsigned char>(*at) < 0x20 || *at == '"' || *at == '\\')
                escape(*at++);
            else {
                const auto length = utf8_length(at, end);
                if (length == 0)
                    return fail();
                out_.append(as_bytes({at, length}));
                at += length;
            }
        }
        put('"');
    }

    void key(std::string_view name)
    {
        string(name);
        put(':');
    }

    void bytes(BytesView run)
    {
        separate();
        put('"');
        const auto text = out_.extend(wire::encoded_size(run.size()));
        wire::encode(run, reinterpret_cast<char*>(text.data()));
        put('"');
    }

    template <class F>
    void array(std::size_t, F&& write_elements)
    {
        nest('[', ']', write_elements);
    }

    /// `strangers`: members already in the format that come behind those `write_members` writes.
    template <class F>
    void map(std::size_t, F&& write_members, BytesView strangers = {})
    {
        nest('{', '}', [&] {
            write_members();
            if (!strangers.empty())
                raw(strangers);
        });
    }

    void raw(BytesView value) { word(as_text(value)); }

private:
    BasicJsonWriter(Buffer& out, std::size_t start) noexcept : out_{out}, start_{start} {}

    void put(char c) { out_.push_back(static_cast<std::byte>(c)); }

    void word(std::string_view text)
    {
        separate();
        out_.append(as_bytes(text));
    }

    /// A comma, unless the last character says that nothing stands before in this array, map or member.
    void separate()
    {
        if (out_.size() == start_)
            return;
        const auto last = static_cast<char>(out_.data()[out_.size() - 1]);
        if (last != '[' && last != '{' && last != ':')
            put(',');
    }

    void escape(char c)
    {
        static constexpr std::string_view from = "\"\\\b\f\n\r\t/", to = "\"\\bfnrt/", hex = "0123456789abcdef";
        put('\\');
        if (const auto at = from.find(c); at != from.npos)
            put(to[at]);
        else {
            out_.append(as_bytes("u00"));
            put(hex[static_cast<std::size_t>(c) >> 4]);
            put(hex[static_cast<std::size_t>(c) & 15U]);
        }
    }

    static bool is_escaped_by_lua(char c) noexcept
    {
        return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\' || c == '/' || c == '\x7f';
    }

    /// As lua-cjson does, with "%.14g", unless that is another number.
    bool write_short(double number)
    {
        std::array<char, 32> text;
        const auto stop = std::to_chars(text.data(), text.data() + text.size(), number, std::chars_format::general, 14);
        double back{};
        std::from_chars(text.data(), stop.ptr, back);
        if (back != number)
            return false;
        word({text.data(), stop.ptr});
        return true;
    }

    template <class F>
    void nest(char open, char close, F&& write_contents)
    {
        if (depth_ == max_depth)
            return fail();
        separate();
        put(open);
        ++depth_;
        write_contents();
        --depth_;
        put(close);
    }

    Buffer& out_;
    std::size_t start_;
    int depth_ = 0;
    bool good_ = true;
};

using JsonWriter = BasicJsonWriter<Rfc8259>;

} // namespace sojourn::inline v0::codec::detail
