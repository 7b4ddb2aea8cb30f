#pragma once

#include <cstddef>
#include <initializer_list>
#include <iosfwd>
#include <string>
#include <string_view>
#include <utility>

namespace sojourn::inline v0 {

/// Everything that can go wrong, one line of text each in `message`.
///
/// The first group says why a client did not get the session its cookie named; it is for the log and never for the
/// client. The second group is what a failing or racing store answers. The third is the program's own doing.
enum class errc {
    // what the client sent
    no_cookie = 1,
    malformed_cookie,
    unknown_format,
    unknown_key,
    bad_mac,
    missing_chunk,
    bad_seal,
    idling_timeout,
    rolling_timeout,
    absolute_timeout,
    not_found,
    retired_id,
    bad_record,
    no_audience,
    bad_data,
    too_large,
    // what the store answered
    store_failed,
    conflict,
    session_gone,
    id_taken,
    // what the program did
    unlawful_option,
    cookie_overflow,
    session_closed,
    type_mismatch,
};

namespace detail {

/// The parts, one behind the other. (Of std::string's own functions each length of a literal is another instance.)
inline std::string joined(std::initializer_list<std::string_view> parts)
{
    std::string text;
    for (const std::string_view part : parts)
        text.append(part);
    return text;
}

struct ErrcText {
    std::string_view name;
    std::string_view message;
};

/// In the order of `errc`.
inline constexpr ErrcText errc_texts[] = {
    {"no_cookie", "the request carries no session cookie"},
    {"malformed_cookie", "the cookie is not a session of ours: wrong length or not canonical base64url"},
    {"unknown_format", "the cookie has a format, kind or storage that this configuration does not read"},
    {"unknown_key", "the cookie was made with a key that is not in the key ring"},
    {"bad_mac", "the cookie's header was not made by this configuration"},
    {"missing_chunk", "a continuation cookie is missing"},
    {"bad_seal", "the sealed data does not open"},
    {"idling_timeout", "the session idled for too long"},
    {"rolling_timeout", "the session was not renewed in time"},
    {"absolute_timeout", "the session reached its greatest age"},
    {"not_found", "the store has no such session"},
    {"retired_id", "the id was superseded and its grace is over"},
    {"bad_record", "the stored record does not open"},
    {"no_audience", "the session has no data for this audience"},
    {"bad_data", "the session's data cannot be decoded"},
    {"too_large", "the session is longer than max_length"},
    {"store_failed", "the session store failed"},
    {"conflict", "the session kept changing while it was being saved"},
    {"session_gone", "the session was destroyed or has expired since it was opened"},
    {"id_taken", "the new session's id is taken: the source of randomness is broken"},
    {"unlawful_option", "unlawful option"},
    {"cookie_overflow", "the session does not fit in its cookies"},
    {"session_closed", "the session was closed"},
    {"type_mismatch", "the stored value has another type"},
};
static_assert(std::size(errc_texts) == static_cast<std::size_t>(errc::type_mismatch));

constexpr ErrcText errc_text(errc code) noexcept
{
    const auto index = static_cast<std::size_t>(code) - 1;
    return index < std::size(errc_texts) ? errc_texts[index] : ErrcText{"unknown", "unknown error"};
}

} // namespace detail

/// One sentence for each `errc`, without secrets and without anything the client sent.
constexpr std::string_view message(errc code) noexcept { return detail::errc_text(code).message; }

/// Its name, as for the label of a metric: `bad_mac`.
constexpr std::string_view code_name(errc code) noexcept { return detail::errc_text(code).name; }

/// An `errc` and, where there is something to add, a detail: the option's name, the path, the server's words.
/// The detail never holds a secret, an id or a cookie's value.
class Error {
public:
    /// No error, of code 0: what a result with a value has.
    Error() noexcept = default;
    Error(errc code) noexcept : code_{code} {} // NOLINT(google-explicit-constructor): `return errc::…` reads well
    Error(errc code, std::string detail) : code_{code}, detail_{std::move(detail)} {}

    /// Whether it is an error: false for one of code 0, which says that nothing went wrong.
    explicit operator bool() const noexcept { return code_ != errc{}; }
    /// What went wrong. 0 in an error that is none.
    errc code() const noexcept { return code_; }
    /// What there is to add; empty if nothing.
    const std::string& detail() const noexcept { return detail_; }

    /// The sentence of the code, followed by ": " and the detail if there is one.
    std::string message() const
    {
        const std::string_view text = sojourn::message(code_);
        return detail_.empty() ? std::string{text} : detail::joined({text, ": ", detail_});
    }

    /// Errors are equal when their codes are; the detail is for people.
    friend bool operator==(const Error& left, const Error& right) noexcept { return left.code_ == right.code_; }
    friend bool operator==(const Error& left, errc right) noexcept { return left.code_ == right; }

    /// The message: for logs, and for the messages of a failing test.
    template <class Char, class Traits>
    friend std::basic_ostream<Char, Traits>& operator<<(std::basic_ostream<Char, Traits>& stream, const Error& error)
    {
        return stream << error.message();
    }

private:
    errc code_{};
    std::string detail_;
};

namespace detail {

/// What an exception says of an error: its message, and whose it is.
inline std::string complaint(const Error& error) { return joined({"sojourn: ", error.message()}); }

} // namespace detail

} // namespace sojourn::inline v0
