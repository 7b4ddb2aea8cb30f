#pragma once

#include <sojourn/codec/utf8.hpp>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

namespace sojourn::inline v0::codec::detail {

/// The tokens of JSON (RFC 8259). Each is consumed with the space behind it, so that the scanner always is at a token.
class JsonScanner {
public:
    explicit JsonScanner(std::string_view text) noexcept : at_{text.data()}, end_{text.data() + text.size()}
    {
        skip_space();
    }

    const char* at() const noexcept { return at_; }
    std::size_t remaining() const noexcept { return static_cast<std::size_t>(end_ - at_); }

    /// The next character; NUL, which begins nothing, where there is none.
    char next() const noexcept { return at_ == end_ ? '\0' : *at_; }

    bool take(char punctuation) noexcept
    {
        if (at_ == end_ || *at_ != punctuation)
            return false;
        ++at_;
        skip_space();
        return true;
    }

    bool take(std::string_view word) noexcept
    {
        if (!std::string_view{at_, remaining()}.starts_with(word))
            return false;
        at_ += word.size();
        skip_space();
        return true;
    }

    /// number = [ minus ] int [ frac ] [ exp ] (RFC 8259 §6)
    bool scan_number(std::string_view& token) noexcept
    {
        const auto* start = at_;
        if (next() == '-')
            ++at_;
        if (next() == '0')
            ++at_;
        else if (!skip_digits())
            return false;
        if (next() == '.') {
            ++at_;
            if (!skip_digits())
                return false;
        }
        if (next() == 'e' || next() == 'E') {
            ++at_;
            if (next() == '+' || next() == '-')
                ++at_;
            if (!skip_digits())
                return false;
        }
        token = {start, static_cast<std::size_t>(at_ - start)};
        skip_space();
        return true;
    }

    /// A well-formed string: what stands between its quotes, and whether that has escapes.
    template <bool Utf8Only = true>
    bool scan_string(std::string_view& contents, bool& escaped) noexcept
    {
        escaped = false;
        if (next() != '"')
            return false;
        const auto* start = ++at_;
        while ((at_ = skip_plain(at_, end_)) != end_) {
            if (*at_ == '"') {
                contents = {start, static_cast<std::size_t>(at_ - start)};
                return take('"');
            }
            if (*at_ == '\\') {
                escaped = true;
                if (!scan_escape())
                    return false;
                continue;
            }
            const bool is_control = static_cast<unsigned char>(*at_) < 0x20;
            const auto length = is_control ? 0 : Utf8Only ? utf8_length(at_, end_) : 1;
            if (length == 0)
                return false;
            at_ += length;
        }
        return false;
    }

    static bool is_space(char c) noexcept { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

private:
    void skip_space() noexcept
    {
        while (at_ != end_ && is_space(*at_))
            ++at_;
    }

    bool skip_digits() noexcept
    {
        const auto* start = at_;
        while (next() >= '0' && next() <= '9')
            ++at_;
        return at_ != start;
    }

    bool scan_escape() noexcept
    {
        ++at_;
        if (next() != 'u') {
            if (next() == '\0' || std::string_view{"\"\\/bfnrt"}.find(*at_) == std::string_view::npos)
                return false;
            ++at_;
            return true;
        }
        std::uint32_t unit{}, second{};
        ++at_;
        if (!scan_hex(unit) || (unit >= 0xdc00 && unit <= 0xdfff))
            return false;
        if (unit < 0xd800 || unit > 0xdfff)
            return true;
        if (!std::string_view{at_, remaining()}.starts_with("\\u")) // half of a surrogate pair
            return false;
        at_ += 2;
        return scan_hex(second) && second >= 0xdc00 && second <= 0xdfff;
    }

    bool scan_hex(std::uint32_t& unit) noexcept
    {
        if (remaining() < 4)
            return false;
        at_ += 4;
        return std::from_chars(at_ - 4, at_, unit, 16).ptr == at_;
    }

    const char* at_;
    const char* end_;
};

/// The text that `contents`, which `scan_string` found well-formed, stands for.
inline void unescape_json(std::string_view contents, std::string& text)
{
    const auto hex = [&](std::size_t at) {
        std::uint32_t unit{};
        std::from_chars(contents.data() + at, contents.data() + at + 4, unit, 16);
        return unit;
    };
    text.clear();
    text.reserve(contents.size());
    for (std::size_t at = 0;;) {
        const auto backslash = std::min(contents.find('\\', at), contents.size());
        text.append(contents, at, backslash - at);
        if (backslash == contents.size())
            return;
        at = backslash + 2;
        switch (const char code = contents[backslash + 1]) {
        case 'b': text.push_back('\b'); break;
        case 'f': text.push_back('\f'); break;
        case 'n': text.push_back('\n'); break;
        case 'r': text.push_back('\r'); break;
        case 't': text.push_back('\t'); break;
        case 'u': {
            auto point = hex(at);
            at += 4;
            if (point >= 0xd800 && point <= 0xdfff) {
                point = 0x10000 + ((point - 0xd800) << 10) + (hex(at + 2) - 0xdc00);
                at += 6;
            }
            append_utf8(text, point);
            break;
        }
        default: text.push_back(code);
        }
    }
}

} // namespace sojourn::inline v0::codec::detail
