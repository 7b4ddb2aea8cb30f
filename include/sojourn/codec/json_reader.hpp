#pragma once

#include <sojourn/codec/json_dialect.hpp>
#include <sojourn/codec/json_scanner.hpp>
#include <sojourn/codec/types.hpp>
#include <sojourn/wire/base64url.hpp>

#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace sojourn::inline v0::codec::detail {

/// Reads JSON (RFC 8259, nothing beyond it, UTF-8 only) value by value, straight into the program's types.
///
/// The same functions as `MessagePackReader`. An integer is a number without fraction and exponent; bytes are
/// base64url. In Lua's dialect, an integer is any number that is one, and `{}` an empty array, too.
template <class Dialect>
class BasicJsonReader {
public:
    explicit BasicJsonReader(BytesView text) noexcept : tokens_{as_text(text)} {}

    bool at_end() const noexcept { return remaining() == 0; }
    std::size_t remaining() const noexcept { return tokens_.remaining(); }

    /// The member that could not be read, for the log.
    std::string_view blamed() const noexcept { return blamed_; }
    void blame(std::string_view name) noexcept { blamed_ = blamed_.empty() ? name : blamed_; }

    bool null() noexcept { return tokens_.take("null"); }

    bool boolean(bool& value) noexcept
    {
        value = tokens_.next() == 't';
        return tokens_.take(value ? "true" : "false");
    }

    template <Integer T>
    bool integer(T& value) noexcept
    {
        std::string_view token;
        if (!tokens_.scan_number(token))
            return false;
        if constexpr (Dialect::of_lua)
            if (!is_integer(token))
                return convert_whole(token, value);
        return is_integer(token) && convert(token, value);
    }

    template <Float T>
    bool number(T& value) noexcept
    {
        std::string_view token;
        return tokens_.scan_number(token) && convert(token, value);
    }

    bool string(std::string& value)
    {
        std::string_view token;
        bool escaped{};
        if (!scan_string(token, escaped))
            return false;
        if (escaped)
            unescape_json(token, value);
        else
            value.assign(token);
        return true;
    }

    bool bytes(Bytes& value)
    {
        return base64url([&](std::string_view text) {
            value.resize(wire::decoded_size(text.size()));
            return wire::decode(text, value.data());
        });
    }

    template <std::size_t N>
    bool bytes(std::array<std::byte, N>& value)
    {
        return base64url([&](std::string_view text) {
            return text.size() == wire::encoded_size(N) && wire::decode(text, value.data());
        });
    }

    /// Calls `element(1)` for each element: JSON does not tell how many will follow.
    template <class F>
    bool array(F&& element)
    {
        if (takes_empty('{', '}'))
            return true;
        return list('[', ']', [&] { return element(std::size_t{1}); });
    }

    /// Calls `member(name)` for each member; it reads or skips the value.
    template <class F>
    bool map(F&& member)
    {
        if (takes_empty('[', ']'))
            return true;
        return list('{', '}', [&] {
            std::string_view name;
            bool escaped{};
            std::string plain;
            if (!scan_string(name, escaped) || !tokens_.take(':'))
                return false;
            if (escaped)
                unescape_json(name, plain);
            return static_cast<bool>(member(escaped ? std::string_view{plain} : name));
        });
    }

    /// Any one well-formed value.
    bool skip()
    {
        std::string_view token;
        bool escaped{};
        switch (tokens_.next()) {
        case '{': return map([this](std::string_view) { return skip(); });
        case '[': return array([this](std::size_t) { return skip(); });
        case '"': return scan_string(token, escaped);
        case 't': return tokens_.take("true");
        case 'f': return tokens_.take("false");
        case 'n': return tokens_.take("null");
        default: return tokens_.scan_number(token);
        }
    }

    /// The same, and its text.
    bool skip(BytesView& raw)
    {
        return capture(raw, [this] { return skip(); });
    }

    /// The text of what `consume()` reads or skips.
    template <class F>
    bool capture(BytesView& raw, F&& consume)
    {
        const auto* start = tokens_.at();
        if (!consume())
            return false;
        std::string_view text{start, static_cast<std::size_t>(tokens_.at() - start)};
        while (JsonScanner::is_space(text.back()))
            text.remove_suffix(1);
        raw = as_bytes(text);
        return true;
    }

    /// The kind of the next value, for data whose types are only known at run time.
    Kind kind() const noexcept
    {
        switch (tokens_.next()) {
        case 'n': return Kind::null;
        case 't':
        case 'f': return Kind::boolean;
        case '"': return Kind::string;
        case '[': return Kind::array;
        case '{': return Kind::map;
        default: break;
        }
        auto ahead = tokens_;
        std::string_view token;
        if (!ahead.scan_number(token))
            return Kind::none;
        std::int64_t negative{};
        std::uint64_t natural{};
        const bool whole = is_integer(token)
                               ? convert(token, negative) || convert(token, natural)
                               : Dialect::of_lua && (convert_whole(token, negative) || convert_whole(token, natural));
        return whole ? Kind::integer : Kind::number;
    }

private:
    static bool is_integer(std::string_view number) noexcept { return number.find_first_of(".eE") == number.npos; }

    /// The whole of the token, or it is out of the type's range.
    template <class T>
    static bool convert(std::string_view token, T& value) noexcept
    {
        const auto [stop, error] = std::from_chars(token.data(), token.data() + token.size(), value);
        return error == std::errc{} && stop == token.data() + token.size();
    }

    /// A number with a fraction or an exponent that is an integer all the same.
    template <class T>
    static bool convert_whole(std::string_view token, T& value) noexcept
    {
        const double end = std::ldexp(1.0, std::numeric_limits<T>::digits);
        double number{};
        if (!convert(token, number) || number != std::trunc(number) || number >= end ||
            number < (std::is_signed_v<T> ? -end : 0))
            return false;
        value = static_cast<T>(number);
        return true;
    }

    bool scan_string(std::string_view& token, bool& escaped) noexcept
    {
        return tokens_.template scan_string<!Dialect::of_lua>(token, escaped);
    }

    /// Lua's empty table, which its writer takes for an object and ours may have been an array.
    bool takes_empty(char open, char close) noexcept
    {
        if constexpr (Dialect::of_lua) {
            auto ahead = tokens_;
            if (ahead.take(open) && ahead.take(close)) {
                tokens_ = ahead;
                return true;
            }
        }
        return false;
    }

    /// No escapes: canonical base64url has no character that needs one.
    template <class F>
    bool base64url(F&& decode)
    {
        std::string_view token;
        bool escaped{};
        return scan_string(token, escaped) && !escaped && decode(token);
    }

    template <class F>
    bool list(char open, char close, F&& item)
    {
        if (depth_ == max_depth || !tokens_.take(open))
            return false;
        ++depth_;
        if (!tokens_.take(close)) {
            do
                if (!item())
                    return false;
            while (tokens_.take(','));
            if (!tokens_.take(close))
                return false;
        }
        --depth_;
        return true;
    }

    JsonScanner tokens_;
    int depth_ = 0;
    std::string_view blamed_;
};

using JsonReader = BasicJsonReader<Rfc8259>;

} // namespace sojourn::inline v0::codec::detail
