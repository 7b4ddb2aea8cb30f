#pragma once

#include <sojourn/bytes.hpp>
#include <sojourn/cookie/jar.hpp>
#include <sojourn/error.hpp>
#include <sojourn/result.hpp>

#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>

/// How a sealed text lies in cookies. The first is called `name` and holds as much of it as fits; the others are called
/// `name.2` to `name.9`, and each value begins with a tag, which is a piece of the text that is random and new at each
/// save. So cookies of two saves, of which a client may hold a mixture, are never put together. Another protocol may have
/// another layout (jar.hpp), without separator or tag.
///
/// `name_size` is the length of the full name, prefix included; `check` (attributes.hpp) sees to it that it is small.
namespace sojourn::inline v0::cookie {

/// What a user agent must at least keep of one cookie, as bytes of name, `=` and value (RFC 6265 §6.1).
inline constexpr std::size_t max_cookie_size = 4096;
inline constexpr std::size_t max_cookies = 9;

/// Where in the text the tag lies, in characters.
inline constexpr std::size_t tag_offset = 8;

/// How many characters of text the first cookie holds.
constexpr std::size_t first_part_size(std::size_t name_size) noexcept { return max_cookie_size - name_size - 1; }
/// The same of a text that may be shorter than that.
constexpr std::size_t first_part_size(std::size_t name_size, std::size_t text_size) noexcept
{
    const std::size_t most = first_part_size(name_size);
    return text_size < most ? text_size : most;
}

/// How many characters of text each further cookie holds.
constexpr std::size_t further_part_size(std::size_t name_size, const Layout& layout = {}) noexcept
{
    return max_cookie_size - (name_size + layout.suffix_size()) - 1 - layout.tag_size;
}

/// The longest text that fits into the cookies of a name.
constexpr std::size_t max_text_size(std::size_t name_size, const Layout& layout = {}) noexcept
{
    return first_part_size(name_size) + (max_cookies - 1) * further_part_size(name_size, layout);
}

/// How many cookies a text takes; 0 if it takes more than there may be (`overflow`).
constexpr unsigned count(std::size_t name_size, std::size_t text_size, const Layout& layout = {}) noexcept
{
    if (text_size > max_text_size(name_size, layout))
        return 0;
    const auto further = text_size - first_part_size(name_size, text_size);
    const auto part = further_part_size(name_size, layout);
    return static_cast<unsigned>(1 + (further + part - 1) / part);
}

/// What is wrong with a text of which `count` is 0.
inline Error overflow(std::size_t name_size, std::size_t text_size, const Layout& layout = {})
{
    return {errc::cookie_overflow,
            sojourn::detail::joined({"it takes ", std::to_string(text_size), " characters, its cookies hold ",
                                     std::to_string(max_text_size(name_size, layout))})};
}

/// Calls `f(unsigned number, std::string_view tag, std::string_view part)` for each cookie that `text` takes, whose
/// value is the tag followed by the part. Answers how many there are; 0, without a call, if it takes more than there may be.
template <class F>
unsigned split(std::size_t name_size, std::string_view text, F f, const Layout& layout = {})
{
    const auto cookies = count(name_size, text.size(), layout);
    if (cookies == 0)
        return 0;
    const auto first = text.substr(0, first_part_size(name_size));
    f(1u, std::string_view{}, first);
    auto rest = text.substr(first.size());
    for (unsigned number = 2; number <= cookies; ++number) {
        const auto part = rest.substr(0, further_part_size(name_size, layout));
        f(number, text.substr(tag_offset, layout.tag_size), part);
        rest.remove_prefix(part.size());
    }
    return cookies;
}

/// The whole text of `text_size` characters that begins in `first`, one of the jar's candidates. A text in one cookie
/// is `first` itself, a longer one is put together in `out`, whose content is replaced.
///
/// `errc::malformed_cookie` if `first` is not as long as the first part of such a text is; `errc::missing_chunk` if
/// there is no continuation of the right number, tag and length.
inline Result<std::string_view> join(const Jar& jar, std::string_view first, std::size_t text_size, Buffer& out)
{
    const auto name_size = jar.name().size();
    const auto& layout = jar.layout();
    if (text_size > max_text_size(name_size, layout) || first.size() != first_part_size(name_size, text_size))
        return errc::malformed_cookie;
    if (first.size() == text_size)
        return first;

    out.clear();
    auto room = out.extend(text_size);
    const auto put = [&room](std::string_view part) {
        std::memcpy(room.data(), part.data(), part.size());
        room = room.subspan(part.size());
    };
    const auto tag = first.substr(tag_offset, layout.tag_size);
    const auto& chunks = jar.chunks();
    put(first);
    for (unsigned number = 2; !room.empty(); ++number) {
        const auto most = further_part_size(name_size, layout);
        const auto value_size = layout.tag_size + (room.size() < most ? room.size() : most);
        const Chunk* found = nullptr;
        for (const Chunk& chunk : chunks)
            if (found == nullptr && chunk.number == number && chunk.value.size() == value_size &&
                chunk.value.starts_with(tag))
                found = &chunk;
        if (found == nullptr)
            return errc::missing_chunk;
        put(found->value.substr(layout.tag_size));
    }
    return as_text(out);
}

} // namespace sojourn::inline v0::cookie
