#pragma once

#include <sojourn/chrono.hpp>
#include <sojourn/cookie/attributes.hpp>
#include <sojourn/cookie/jar.hpp>
#include <sojourn/cookie/lines.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <string>
#include <string_view>

namespace sojourn::inline v0::cookie {

/// The longest life that user agents give a cookie: 400 days (RFC 6265bis §5.5).
inline constexpr std::chrono::seconds max_cookie_age{34'560'000};

namespace detail {

/// IMF-fixdate (RFC 9110 §5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`, whatever the locale. Its years have four digits, so
/// that a time before 1970 or after 9999 is written as the last one this side of it.
inline std::array<char, 29> http_date(std::chrono::sys_seconds time) noexcept
{
    constexpr std::int64_t last = 253'402'300'799; // 31 December 9999, 23:59:59
    const std::int64_t since_1970 = time.time_since_epoch().count();
    const auto moment = static_cast<std::time_t>(since_1970 < 0 ? 0 : since_1970 > last ? last : since_1970);
    std::tm date{};
    ::gmtime_r(&moment, &date);

    std::array<char, 29> text;
    std::memcpy(text.data(), "Day, dd Mon yyyy HH:MM:SS GMT", text.size());
    const auto put_two = [&text](std::size_t at, int number) {
        text[at] = static_cast<char>('0' + number / 10);
        text[at + 1] = static_cast<char>('0' + number % 10);
    };
    std::memcpy(&text[0], &"SunMonTueWedThuFriSat"[date.tm_wday * 3], 3);
    put_two(5, date.tm_mday);
    std::memcpy(&text[8], &"JanFebMarAprMayJunJulAugSepOctNovDec"[date.tm_mon * 3], 3);
    put_two(12, (date.tm_year + 1900) / 100);
    put_two(14, date.tm_year % 100);
    put_two(17, date.tm_hour);
    put_two(20, date.tm_min);
    put_two(23, date.tm_sec);
    return text;
}

} // namespace detail

/// Writes the values of Set-Cookie headers for the cookies of one session (RFC 6265 §4.1.1):
/// `name=value[; Domain=d]; Path=p[; SameSite=s][; Priority=p][; SameParty][; Partitioned][; Secure][; HttpOnly]`, and
/// behind it `; Expires=date; Max-Age=seconds` if the cookie is to outlive the user agent's own session, or to go.
///
/// Constant after construction: all threads use one. A line is one allocation, one added
/// to `Lines` none of its own.
class SetCookie {
public:
    /// `name` without prefix; `check(attributes, name)` holds.
    SetCookie(const Attributes& attributes, std::string_view name, const Layout& layout = {})
        : name_{prefixed_name(attributes, name)}, layout_{layout}
    {
        if (const auto domain = effective_domain(attributes); !domain.empty())
            attributes_.append("; Domain=").append(domain);
        attributes_.append("; Path=").append(attributes.path);
        attributes_.append(text(attributes.same_site)).append(text(attributes.priority));
        attributes_.append(attributes.same_party ? "; SameParty" : "")
            .append(attributes.partitioned ? "; Partitioned" : "");
        attributes_.append(attributes.secure ? "; Secure" : "").append(attributes.http_only ? "; HttpOnly" : "");
    }

    /// The full name of the first cookie.
    const std::string& name() const noexcept { return name_; }
    const Layout& layout() const noexcept { return layout_; }

    /// What follows the value in each line.
    const std::string& attributes() const noexcept { return attributes_; }

    /// A cookie that lives as long as the user agent's own session. Number, tag and part are those of `split`.
    void add(Lines& lines, unsigned number, std::string_view tag, std::string_view part) const
    {
        lines.add({name_, separator(number), digit(number), "=", tag, part, attributes_});
    }

    /// A cookie that lives for `max_age` from `now`, at most `max_cookie_age`. Expires and Max-Age tell the same end.
    /// With a `max_age` of zero or less the client drops it at once.
    void add_persistent(Lines& lines, unsigned number, std::string_view tag, std::string_view part,
                        std::chrono::seconds max_age, std::chrono::sys_seconds now) const
    {
        constexpr std::chrono::seconds none{0};
        const auto age = max_age < none ? none : max_age > max_cookie_age ? max_cookie_age : max_age;
        const auto date = detail::http_date(now + age);
        const std::string_view expires{date.data(), date.size()};
        lines.add({name_, separator(number), digit(number), "=", tag, part, attributes_, "; Expires=", expires,
                   "; Max-Age=", std::to_string(age.count())});
    }

    /// Removes the cookie of that number from the client.
    void add_expired(Lines& lines, unsigned number) const
    {
        lines.add({name_, separator(number), digit(number), "=", attributes_,
                   "; Expires=Thu, 01 Jan 1970 00:00:01 GMT; Max-Age=0"});
    }

private:
    static std::string_view text(SameSite same_site) noexcept
    {
        switch (same_site) {
        case SameSite::unset: return "";
        case SameSite::lax: return "; SameSite=Lax";
        case SameSite::strict: return "; SameSite=Strict";
        case SameSite::none: return "; SameSite=None";
        }
        return "";
    }

    static std::string_view text(Priority priority) noexcept
    {
        switch (priority) {
        case Priority::unset: return "";
        case Priority::low: return "; Priority=Low";
        case Priority::medium: return "; Priority=Medium";
        case Priority::high: return "; Priority=High";
        }
        return "";
    }

    /// The cookie's number, where it is part of the name.
    static std::string_view digit(unsigned number) noexcept
    {
        constexpr std::string_view all = "23456789";
        return number == 1 ? std::string_view{} : all.substr(number - 2, 1);
    }
    std::string_view separator(unsigned number) const noexcept
    {
        return number == 1 ? std::string_view{} : layout_.separator;
    }

    std::string name_;
    Layout layout_;
    std::string attributes_;
};

} // namespace sojourn::inline v0::cookie
