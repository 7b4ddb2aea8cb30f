#pragma once

#include <sojourn/chrono.hpp>
#include <sojourn/properties.hpp>

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

// A session's properties as header fields, for the services behind a proxy and for a page's scripts.

namespace sojourn::inline v0::http {

/// A property that can be told in a header field of its own.
enum class Property { id, audience, subject, timeout, idling_timeout, rolling_timeout, absolute_timeout };

/// Some of them: `{Property::subject, Property::timeout}`.
class PropertySet {
public:
    constexpr PropertySet() noexcept = default;
    /// One that is named twice is in it once.
    constexpr PropertySet(std::initializer_list<Property> properties) noexcept
    {
        for (const Property property : properties)
            insert(property);
    }

    /// Adds one.
    constexpr void insert(Property property) noexcept { bits_ |= 1U << static_cast<unsigned>(property); }
    /// Whether it is in it.
    constexpr bool contains(Property property) const noexcept
    {
        return (bits_ >> static_cast<unsigned>(property) & 1U) != 0;
    }

    /// Calls `f(Property)` for each.
    template <class F>
    constexpr void for_each(F f) const
    {
        for (const Property property :
             {Property::id, Property::audience, Property::subject, Property::timeout, Property::idling_timeout,
              Property::rolling_timeout, Property::absolute_timeout})
            if (contains(property))
                f(property);
    }

private:
    unsigned bits_ = 0;
};

/// `Session-Id`, `Session-Audience`, …
constexpr std::string_view header_name(Property property) noexcept
{
    switch (property) {
    case Property::id: return "Session-Id";
    case Property::audience: return "Session-Audience";
    case Property::subject: return "Session-Subject";
    case Property::timeout: return "Session-Timeout";
    case Property::idling_timeout: return "Session-Idling-Timeout";
    case Property::rolling_timeout: return "Session-Rolling-Timeout";
    case Property::absolute_timeout: return "Session-Absolute-Timeout";
    }
    return {};
}

/// Text as a field's value (RFC 9110 §5.5): `%` and all but visible ASCII become `%` and two hexadecimal digits, so that no
/// subject ends the line or begins another field.
inline std::string escaped_value(std::string_view text)
{
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string value;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte > 0x20 && byte < 0x7F && c != '%')
            value += c;
        else
            (((value += '%') += digits[byte >> 4]) += digits[byte & 0xF]);
    }
    return value;
}

/// What the field says: text, or whole seconds. Nothing where there is nothing to say: a session that was never saved, no
/// subject, a timeout that is switched off.
inline std::optional<std::string> header_value(const Properties& session, Property property)
{
    const auto text = [](std::string_view said) {
        return said.empty() ? std::nullopt : std::optional{escaped_value(said)};
    };
    const auto seconds = [](const std::optional<std::chrono::seconds>& left) {
        return left ? std::optional{std::to_string(left->count())} : std::nullopt;
    };
    switch (property) {
    case Property::id: return text(session.id);
    case Property::audience: return text(session.audience);
    case Property::subject: return text(session.subject);
    case Property::timeout: return seconds(session.timeout);
    case Property::idling_timeout: return seconds(session.idling_timeout);
    case Property::rolling_timeout: return seconds(session.rolling_timeout);
    case Property::absolute_timeout: return seconds(session.absolute_timeout);
    }
    return std::nullopt;
}

} // namespace sojourn::inline v0::http
