#pragma once

#include <sojourn/bytes.hpp>
#include <sojourn/cookie/attributes.hpp>
#include <sojourn/core/expiry.hpp>
#include <sojourn/crypto/key_material.hpp>
#include <sojourn/error.hpp>
#include <sojourn/http/client.hpp>
#include <sojourn/http/headers.hpp>
#include <sojourn/result.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sojourn::inline v0 {

/// An audience's name has 1 to 255 bytes.
inline Result<void> check_audience(std::string_view audience)
{
    if (audience.empty() || audience.size() > 255)
        return Error{errc::unlawful_option, "audience: 1 to 255 bytes"};
    return {};
}

/// What a manager can be told. Every member has a default; what is unlawful is refused when the manager is built, with an
/// error that names the option. Times are in seconds, 0 switches a timeout off.
struct Options {
    // --- keys

    /// Text of at least 16 bytes, better 32 random ones, the same on every instance; the key material is derived from it as
    /// `remember_safety` says. Default: none. Give this or `ikm`.
    std::string secret = {};
    /// Key material given directly, 32 random bytes. Default: none; with neither, random for this process, said in the log,
    /// and no other process opens these sessions.
    std::string ikm = {};
    /// Older secrets that still open sessions; what they open is sealed with the first key at its next save. Default: none.
    std::vector<std::string> secret_fallbacks = {};
    /// The same as key material, 32 bytes each. Default: none.
    std::vector<std::string> ikm_fallbacks = {};

    // --- the cookie (cookie/attributes.hpp has the reasons)

    /// Default: session.
    std::string cookie_name = "session";
    /// Default: `__Host-` if the other attributes allow it, else none.
    cookie::Prefix cookie_prefix = cookie::Prefix::automatic;
    /// Default: the whole site.
    std::string cookie_path = "/";
    /// Default: none, this host only.
    std::string cookie_domain = {};
    /// Default: true, scripts cannot read it.
    bool cookie_http_only = true;
    /// Default: true. Turn it off for plain HTTP on another host than localhost, in development.
    bool cookie_secure = true;
    /// Default: Lax, not sent with other sites' POSTs.
    cookie::SameSite cookie_same_site = cookie::SameSite::lax;
    /// Default: none.
    cookie::Priority cookie_priority = cookie::Priority::unset;
    /// Default: false (CHIPS).
    bool cookie_partitioned = false;
    /// Default: false (legacy).
    bool cookie_same_party = false;

    // --- the cookie that remembers

    /// Whether new sessions get a second cookie, which outlives the browser and restores the session when its own cookie is
    /// gone; also those that begin with a login. A program that leaves it to its user calls `Session::set_remember`.
    /// Default: false.
    bool remember = false;
    /// Default: remember. Its attributes are those of the session's cookie, with Expires and Max-Age. Managers of other
    /// sessions on the same site need another one.
    std::string remember_cookie_name = "remember";
    /// What guessing `secret` costs somebody who holds a cookie. It counts for all keys of this manager, remembering or not:
    /// the slowest is no safer than the fastest that the same secret gives away. To change it is to change the keys; what
    /// `key_material` makes of the old ones goes into `ikm_fallbacks`. Default: medium.
    Safety remember_safety = Safety::medium;
    /// How long the remember cookie lasts without the session being saved. Default: 604800, a week.
    core::seconds remember_rolling_timeout{604'800};
    /// How long it lasts in all. Default: 2592000, 30 days.
    core::seconds remember_absolute_timeout{2'592'000};

    // --- whose session

    /// The application that this program's part of the session belongs to. Default: default.
    std::string audience = "default";
    /// A save drops the parts of other audiences that are about another subject: one person a session. Default: false.
    bool enforce_same_subject = false;

    /// What of the client the cookie is bound to. Default: nothing.
    http::Bind bind = {};

    // --- metadata: which sessions a subject has (`Manager::list`, `revoke`)

    /// Whether they are listed. A storage that compares and stores is needed (`VersionedStorage`). Default: false.
    bool store_metadata = false;
    /// Whether the store tells nobody which subjects have sessions: by default they are listed under a plain hash of the
    /// subject, which who knows the subject can compute; with this under a keyed one. The lists themselves are sealed in
    /// either case. Default: false.
    bool hash_subject = false;

    // --- header fields (http/headers.hpp)

    /// What `Session::set_request_headers` tells the services behind a proxy. Default: nothing.
    http::PropertySet request_headers = {};
    /// What `Session::set_response_headers` tells the client. Default: nothing.
    http::PropertySet response_headers = {};

    // --- timeouts

    /// How long a superseded id stays good once its successor has come back. Default: 10, enough for parallel requests.
    core::seconds stale_ttl{10};
    /// Inactivity. Default: 900.
    core::seconds idling_timeout{900};
    /// Age since the id was last renewed. Default: 3600.
    core::seconds rolling_timeout{3600};
    /// Age since the session began. Default: 86400.
    core::seconds absolute_timeout{86400};
    /// `refresh` does not touch more often than this. Default: 60, so that not every response carries a cookie.
    core::seconds touch_threshold{60};

    // --- data

    /// Encoded data longer than this is compressed by `codec::Zstd`; 0 never. Default: 1024 bytes.
    std::size_t compression_threshold = 1024;
    /// The longest sealed session, in bytes, and the most that decompression may produce. Default (0): 9 cookies of 4096
    /// bytes, or 16 MiB in a store.
    std::size_t max_length = 0;
    /// Store under a hash of the id, so that the store alone names no session. Default: true.
    bool hash_storage_key = true;
    /// Erase the whole session when an id turns up whose grace is over: somebody holds a copy of it. Default: false, since
    /// a browser that restores old tabs does the same.
    bool end_reused = false;

    /// The attributes of the cookie.
    cookie::Attributes cookie_attributes() const
    {
        return {.path = cookie_path,
                .domain = cookie_domain,
                .http_only = cookie_http_only,
                .secure = cookie_secure,
                .same_site = cookie_same_site,
                .priority = cookie_priority,
                .partitioned = cookie_partitioned,
                .same_party = cookie_same_party,
                .prefix = cookie_prefix};
    }
    /// The session's three timeouts.
    core::Timeouts timeouts() const noexcept { return {idling_timeout, rolling_timeout, absolute_timeout}; }
    /// The remember cookie's, which does not idle.
    core::Timeouts remember_timeouts() const noexcept
    {
        return {core::seconds{0}, remember_rolling_timeout, remember_absolute_timeout};
    }

    /// The first option that is unlawful, by name, with what is lawful.
    Result<void> check() const
    {
        std::string own = fault();
        return own.empty() ? Result<void>{} : Error{errc::unlawful_option, std::move(own)};
    }

private:
    /// What `check` has to say; empty: nothing.
    std::string fault() const
    {
        if (const char* const fault = secrets_fault())
            return fault;
        if (const char* const time = time_beyond_limits())
            return detail::joined({time, ": 0 to 34560000 seconds (400 days)"});
        if (const auto lawful = check_audience(audience); !lawful)
            return lawful.error().detail();
        const cookie::Attributes attributes = cookie_attributes();
        if (const char* const fault = cookie::detail::fault(attributes, cookie_name))
            return fault;
        if (const char* const fault = cookie::detail::fault(attributes, remember_cookie_name))
            return detail::joined({"remember_", fault});
        if (remember_cookie_name == cookie_name)
            return "remember_cookie_name: another one than cookie_name";
        return {};
    }

    const char* secrets_fault() const noexcept
    {
        constexpr std::size_t shortest = 16;
        if (!secret.empty() && secret.size() < shortest)
            return "secret: at least 16 bytes, better 32 random ones";
        if (!ikm.empty() && ikm.size() != key_material_size)
            return "ikm: exactly 32 bytes";
        if (!secret.empty() && !ikm.empty())
            return "secret, ikm: one of them, not both";
        for (const std::string& fallback : secret_fallbacks)
            if (fallback.size() < shortest)
                return "secret_fallbacks: each at least 16 bytes";
        for (const std::string& fallback : ikm_fallbacks)
            if (fallback.size() != key_material_size)
                return "ikm_fallbacks: each exactly 32 bytes";
        if (secret.empty() && ikm.empty() && !(secret_fallbacks.empty() && ikm_fallbacks.empty()))
            return "secret_fallbacks, ikm_fallbacks: only beside a secret or ikm";
        return nullptr;
    }

    const char* time_beyond_limits() const noexcept
    {
        struct Named {
            const char* name;
            core::seconds value;
        };
        const Named times[] = {{"stale_ttl", stale_ttl},
                               {"idling_timeout", idling_timeout},
                               {"rolling_timeout", rolling_timeout},
                               {"absolute_timeout", absolute_timeout},
                               {"touch_threshold", touch_threshold},
                               {"remember_rolling_timeout", remember_rolling_timeout},
                               {"remember_absolute_timeout", remember_absolute_timeout}};
        for (const auto& [name, value] : times)
            if (value < core::seconds{0} || value > core::longest_life)
                return name;
        return nullptr;
    }
};

} // namespace sojourn::inline v0
