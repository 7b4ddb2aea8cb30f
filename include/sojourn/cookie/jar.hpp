#pragma once

#include <sojourn/inplace_vector.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace sojourn::inline v0::cookie {

/// One cookie of a Cookie header: `text` is all of it without the white space around, `name` and `value` what stands
/// before and after its first `=`. Without a `=` there is no name. Quotes have no meaning: a user agent sends back what
/// it was given, and a `;` always ends a cookie (RFC 6265 §4.2.1, §5.2).
struct Pair {
    std::string_view text, name, value;
};

/// Calls `f(Pair)` for each cookie in the text of a Cookie header. Any text will do: what is not a cookie is a pair
/// that nobody looks for, and never hides the next one.
template <class F>
constexpr void for_each_pair(std::string_view header, F f)
{
    constexpr std::string_view white_space = " \t";
    while (!header.empty()) {
        const auto end = header.find(';');
        auto text = header.substr(0, end);
        header = end == header.npos ? std::string_view{} : header.substr(end + 1);
        text = text.substr(0, text.find_last_not_of(white_space) + 1);
        if (const auto begin = text.find_first_not_of(white_space); begin != text.npos)
            text.remove_prefix(begin);
        if (const auto equals = text.find('='); equals != text.npos)
            f(Pair{text, text.substr(0, equals), text.substr(equals + 1)});
        else if (!text.empty())
            f(Pair{text, {}, text});
    }
}

/// How a session's continuation cookies differ from the first (cookie/chunks.hpp). The default is the native protocol's.
struct Layout {
    std::string_view separator = "."; ///< what stands between the name and the number
    std::size_t tag_size = 8;         ///< how much of the text each of them repeats, in characters

    constexpr std::size_t suffix_size() const noexcept { return separator.size() + 1; }
};

/// Which of our cookies `name` is, when ours is called `ours`: 1 for `ours` itself, 2 to 9 for the continuations
/// `ours.2` to `ours.9`, 0 for somebody else's. Case counts.
constexpr unsigned chunk_number(std::string_view name, std::string_view ours, const Layout& layout = {}) noexcept
{
    if (!name.starts_with(ours))
        return 0;
    name.remove_prefix(ours.size());
    if (name.empty())
        return 1;
    const bool ends_in_digit = name.back() >= '2' && name.back() <= '9';
    return ends_in_digit && name.substr(0, name.size() - 1) == layout.separator
               ? static_cast<unsigned>(name.back() - '0')
               : 0;
}

/// A continuation cookie.
struct Chunk {
    unsigned number = 0; ///< 2 to 9
    std::string_view value;
};

/// Finds the cookies of one session in the Cookie headers of a request.
///
/// A client may send several cookies of one name, set for other paths or domains or by somebody else, in no order that
/// means anything (RFC 6265 §5.4). So the jar keeps them all, up to a bound, and who opens tries one after the other.
/// It reads no value, for what a value must be is told by the strict decoding that follows: it drops only those that
/// are empty or quoted, which ours never are.
///
/// Allocates nothing and never throws, whatever the header; the time is linear in its length. Refers to the name and
/// the headers, which must outlive it.
class Jar {
public:
    static constexpr std::size_t max_candidates = 8;
    static constexpr std::size_t max_chunks = 64;

    /// `name` is the session cookie's full name, prefix included; not empty.
    explicit Jar(std::string_view name, const Layout& layout = {}) noexcept : name_{name}, layout_{layout} {}

    /// Reads the text of one Cookie header. HTTP/2 may split it into many (RFC 9113 §8.2.3): call it for each, in
    /// order.
    void add(std::string_view header) noexcept
    {
        for_each_pair(header, [this](const Pair& pair) { add(pair); });
    }
    void add(const Pair& pair) noexcept { add(chunk_number(pair.name, name_, layout_), pair.value); }

    std::string_view name() const noexcept { return name_; }
    const Layout& layout() const noexcept { return layout_; }

    /// The values of the cookies of our name, in order of appearance, at most the first `max_candidates`.
    const InplaceVector<std::string_view, max_candidates>& candidates() const noexcept { return candidates_; }

    /// The continuation cookies, in order of appearance, at most the first `max_chunks`.
    const InplaceVector<Chunk, max_chunks>& chunks() const noexcept { return chunks_; }

    /// The highest number among all cookies of ours, whatever their values: 0 when there is none, 1 when there is no
    /// continuation. What the client holds beyond the cookies of the next save must be expired. Without a separator
    /// nobody can tell a continuation from another session's cookie, and only the first counts.
    unsigned highest_chunk() const noexcept
    {
        return layout_.separator.empty() ? unsigned{highest_chunk_ != 0} : highest_chunk_;
    }

private:
    void add(unsigned number, std::string_view value) noexcept
    {
        if (number > highest_chunk_)
            highest_chunk_ = number;
        if (number == 0 || value.empty() || value.front() == '"')
            return;
        if (number == 1)
            candidates_.try_push_back(value);
        else
            chunks_.try_push_back({number, value});
    }

    std::string_view name_;
    Layout layout_;
    InplaceVector<std::string_view, max_candidates> candidates_;
    InplaceVector<Chunk, max_chunks> chunks_;
    unsigned highest_chunk_ = 0;
};

/// The two jars of a session: of its own cookies, and of those that remember it. Filled in one pass.
struct Jars {
    Jar session;
    Jar remember;

    void add(std::string_view header) noexcept
    {
        for_each_pair(header, [this](const Pair& pair) {
            session.add(pair);
            remember.add(pair);
        });
    }
};

/// The text of a Cookie header without the cookies of the session called `name`, for the request that a proxy passes
/// on, of which the last has that number. All others stay as they are and in order, separated by `; `. Empty when there is
/// none: then send no header.
inline std::string remove(std::string_view header, std::string_view name, const Layout& layout = {}, unsigned last = 9)
{
    std::string rest;
    rest.reserve(header.size());
    for_each_pair(header, [&](const Pair& pair) {
        if (const auto number = chunk_number(pair.name, name, layout); number == 0 || number > last)
            rest.append(rest.empty() ? "" : "; ").append(pair.text);
    });
    return rest;
}

} // namespace sojourn::inline v0::cookie
