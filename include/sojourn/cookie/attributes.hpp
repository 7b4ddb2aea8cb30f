#pragma once

#include <sojourn/error.hpp>
#include <sojourn/result.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace sojourn::inline v0::cookie {

/// With which requests from other sites the cookie goes along (RFC 6265bis §5.6.7). Unset leaves it to the user agent.
enum class SameSite { unset, lax, strict, none };

/// Which cookies Chromium evicts first when a site has too many. Unset is the same as medium there.
enum class Priority { unset, low, medium, high };

/// What a cookie's name promises about its attributes, so that nobody can set a weaker one of that name
/// (RFC 6265bis §4.1.3). `automatic` is `__Host-` when the other attributes allow it, else none.
enum class Prefix { automatic, none, host, secure };

/// The attributes of a session's cookies.
struct Attributes {
    /// Requests to this path and below carry the cookie. Default `/`: a path keeps no other application of the host
    /// out, and `__Host-` needs this one.
    std::string path = "/";

    /// Hosts below this domain get the cookie too. Default empty: only the host that set it, which leaks least and is
    /// what `__Host-` needs. `localhost` counts as empty, since user agents refuse it as a domain.
    std::string domain = {};

    /// Scripts cannot read the cookie. Default true: none needs to.
    bool http_only = true;

    /// The cookie goes over TLS only. Default true; false is for development over plain HTTP.
    bool secure = true;

    /// Default Lax: links from other sites find the session, their forms and frames do not.
    SameSite same_site = SameSite::lax;

    /// Default unset: a session is no more to the user agent than other cookies are.
    Priority priority = Priority::unset;

    /// The cookie is kept apart for each top-level site that embeds ours (CHIPS). Default false: the session is then
    /// one and the same, embedded or not.
    bool partitioned = false;

    /// Chromium's retired SameParty attribute. Default false: nothing current reads it.
    bool same_party = false;

    /// Default automatic: the strongest promise that the other attributes keep.
    Prefix prefix = Prefix::automatic;
};

inline constexpr std::size_t max_name_size = 128; ///< of a cookie's name without prefix, in bytes
inline constexpr std::size_t max_attribute_size =
    1024; ///< of a value; user agents ignore a longer one (RFC 6265bis §5.6)

namespace detail {

constexpr bool is_alphanumeric(char c) noexcept
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/// Equal but for case; `lower` is in lower case.
constexpr bool is_case_of(std::string_view text, std::string_view lower) noexcept
{
    if (text.size() != lower.size())
        return false;
    for (std::size_t i = 0; i != text.size(); ++i)
        if ((text[i] >= 'A' && text[i] <= 'Z' ? static_cast<char>(text[i] + 32) : text[i]) != lower[i])
            return false;
    return true;
}

/// Nothing but letters, digits and `marks`.
constexpr bool is_alphanumeric_or(std::string_view marks, std::string_view text) noexcept
{
    for (const char c : text)
        if (!is_alphanumeric(c) && marks.find(c) == marks.npos)
            return false;
    return true;
}

/// token = 1*tchar (RFC 9110 §5.6.2)
constexpr bool is_token(std::string_view text) noexcept
{
    return !text.empty() && is_alphanumeric_or("!#$%&'*+-.^_`|~", text);
}

/// path-value (RFC 6265 §4.1.1), which begins with "/" and has no space: a user agent cuts those at the end, and no
/// request's path has any.
constexpr bool is_path(std::string_view text) noexcept
{
    if (!text.starts_with('/') || text.size() > max_attribute_size)
        return false;
    for (const char c : text)
        if (c <= ' ' || c >= '\x7f' || c == ';')
            return false;
    return true;
}

/// label = 1*63( ALPHA / DIGIT / "-" ), neither first nor last a "-" (RFC 1123 §2.1)
constexpr bool is_label(std::string_view text) noexcept
{
    return !text.empty() && text.size() <= 63 && text.front() != '-' && text.back() != '-' &&
           is_alphanumeric_or("-", text);
}

/// domain = label *( "." label ), up to 253 bytes
constexpr bool is_domain(std::string_view text) noexcept
{
    if (text.size() > 253)
        return false;
    for (auto dot = text.find('.'); dot != text.npos; dot = text.find('.')) {
        if (!is_label(text.substr(0, dot)))
            return false;
        text.remove_prefix(dot + 1);
    }
    return is_label(text);
}

/// The user agents' prefixes, in any case: some of them, and some servers, do not tell the cases apart.
constexpr bool has_prefix(std::string_view name) noexcept
{
    return is_case_of(name.substr(0, 7), "__host-") || is_case_of(name.substr(0, 9), "__secure-") ||
           is_case_of(name.substr(0, 7), "__http-");
}

/// `x.2` to `x.9`: the continuation cookies of a session called `x`.
constexpr bool is_like_a_chunk(std::string_view name) noexcept
{
    return name.size() >= 2 && name[name.size() - 2] == '.' && name.back() >= '2' && name.back() <= '9';
}

} // namespace detail

/// What the Domain attribute says; empty if there is none.
constexpr std::string_view effective_domain(const Attributes& attributes) noexcept
{
    return detail::is_case_of(attributes.domain, "localhost") ? std::string_view{}
                                                              : std::string_view{attributes.domain};
}

/// The cookie's full name.
inline std::string prefixed_name(const Attributes& attributes, std::string_view name)
{
    const bool is_host = attributes.secure && attributes.path == "/" && effective_domain(attributes).empty();
    const auto prefix = attributes.prefix != Prefix::automatic ? attributes.prefix
                        : is_host                              ? Prefix::host
                                                               : Prefix::none;
    return sojourn::detail::joined({prefix == Prefix::host     ? "__Host-"
                                    : prefix == Prefix::secure ? "__Secure-"
                                                               : "",
                                    name});
}

namespace detail {

/// What `check` has to say; null: nothing.
constexpr const char* fault(const Attributes& attributes, std::string_view name) noexcept
{
    if (!is_token(name) || name.size() > max_name_size)
        return "cookie_name must be 1 to 128 letters, digits and any of !#$%&'*+-.^_`|~";
    if (has_prefix(name))
        return "cookie_name must not begin with __Host-, __Secure- or __Http-: use cookie_prefix";
    if (is_like_a_chunk(name))
        return "cookie_name must not end in .2 to .9: continuation cookies are called so";
    if (!is_path(attributes.path))
        return "cookie_path must begin with / and be at most 1024 visible ASCII characters other than ;";
    if (!attributes.domain.empty() && !is_domain(attributes.domain))
        return "cookie_domain must be empty or a host name in ASCII, without a dot at its ends";

    if (!attributes.secure) {
        if (attributes.same_site == SameSite::none)
            return "cookie_same_site None needs cookie_secure; without it: unset, Lax, Strict";
        if (attributes.partitioned)
            return "cookie_partitioned needs cookie_secure";
        if (attributes.same_party)
            return "cookie_same_party needs cookie_secure";
        if (attributes.prefix == Prefix::host || attributes.prefix == Prefix::secure)
            return "cookie_prefix needs cookie_secure; without it: automatic, none";
    }
    if (attributes.same_party && attributes.same_site == SameSite::strict)
        return "cookie_same_party allows no cookie_same_site Strict; with it: unset, Lax, None";
    if (attributes.prefix == Prefix::host && (attributes.path != "/" || !effective_domain(attributes).empty()))
        return "cookie_prefix __Host- needs cookie_path / and no cookie_domain; else: automatic, none, __Secure-";
    return nullptr;
}

} // namespace detail

/// Whether user agents take cookies of this name (without prefix) with these attributes, and whether their header is
/// well-formed. Else `errc::unlawful_option`, whose detail names the option.
inline Result<void> check(const Attributes& attributes, std::string_view name)
{
    if (const char* fault = detail::fault(attributes, name))
        return Error{errc::unlawful_option, fault};
    return {};
}

} // namespace sojourn::inline v0::cookie
