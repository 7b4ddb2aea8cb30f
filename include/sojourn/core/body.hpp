#pragma once

#include <sojourn/bytes.hpp>

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

// A session's plaintext: pieces of text and bytes, each behind its length.

namespace sojourn::inline v0::core {

namespace detail {

/// LEB128, at most 4 bytes.
inline void append_length(std::size_t length, Buffer& out)
{
    for (; length >= 0x80; length >>= 7)
        out.push_back(static_cast<std::byte>(length | 0x80));
    out.push_back(static_cast<std::byte>(length));
}

inline std::optional<std::size_t> take_length(BytesView& bytes)
{
    std::size_t length = 0;
    for (unsigned shift = 0; shift != 28 && !bytes.empty(); shift += 7) {
        const auto byte = std::to_integer<std::size_t>(bytes.front());
        bytes = bytes.subspan(1);
        length |= (byte & 0x7F) << shift;
        if (byte < 0x80)
            return length;
    }
    return std::nullopt;
}

inline BytesView take(BytesView& bytes, std::size_t count)
{
    const BytesView taken = bytes.first(count);
    bytes = bytes.subspan(count);
    return taken;
}

} // namespace detail

/// One application's part of a session. Views into a body.
struct Entry {
    std::string_view audience;
    std::string_view subject; ///< empty: nobody
    std::string_view label;   ///< what the subject knows this session by, in the metadata
    BytesView data;           ///< the codec's bytes
    BytesView flash;          ///< texts to be read once
    BytesView info;           ///< texts beside the session proper; server-side storages only
};

/// A body is its entries one after the other, each: the lengths of audience, subject, label, data, flash and info, then the six.
/// Programs that share a session pass each other's entries on as they are.
inline void append_entry(const Entry& entry, Buffer& body)
{
    detail::append_length(entry.audience.size(), body);
    detail::append_length(entry.subject.size(), body);
    detail::append_length(entry.label.size(), body);
    detail::append_length(entry.data.size(), body);
    detail::append_length(entry.flash.size(), body);
    detail::append_length(entry.info.size(), body);
    body.append(entry.audience);
    body.append(entry.subject);
    body.append(entry.label);
    body.append(entry.data);
    body.append(entry.flash);
    body.append(entry.info);
}

/// Calls `f(entry)` for each entry of a body; false if it is not a whole number of entries.
template <class F>
[[nodiscard]] bool for_each_entry(BytesView body, F f)
{
    while (!body.empty()) {
        const auto audience = detail::take_length(body);
        const auto subject = detail::take_length(body);
        const auto label = detail::take_length(body);
        const auto data = detail::take_length(body);
        const auto flash = detail::take_length(body);
        const auto info = detail::take_length(body);
        if (!audience || !subject || !label || !data || !flash || !info ||
            *audience + *subject + *label + *data + *flash + *info > body.size())
            return false;
        Entry entry;
        entry.audience = as_text(detail::take(body, *audience));
        entry.subject = as_text(detail::take(body, *subject));
        entry.label = as_text(detail::take(body, *label));
        entry.data = detail::take(body, *data);
        entry.flash = detail::take(body, *flash);
        entry.info = detail::take(body, *info);
        f(entry);
    }
    return true;
}

/// The text, or as much of its beginning as `bytes` hold without cutting a UTF-8 character.
inline std::string_view cut(std::string_view text, std::size_t bytes) noexcept
{
    if (text.size() <= bytes)
        return text;
    while (bytes != 0 && (static_cast<unsigned char>(text[bytes]) & 0xC0U) == 0x80U)
        --bytes;
    return text.substr(0, bytes);
}

/// Texts by name.
using Texts = std::map<std::string, std::string, std::less<>>;

/// Takes the text of that name out, if there is one.
inline std::optional<std::string> erase_text(Texts& texts, std::string_view name)
{
    const auto found = texts.find(name);
    if (found == texts.end())
        return std::nullopt;
    std::optional<std::string> text{std::move(found->second)};
    texts.erase(found);
    return text;
}

/// Each: the lengths of name and text, then the two.
inline void append_texts(const Texts& texts, Buffer& out)
{
    for (const auto& [name, text] : texts) {
        detail::append_length(name.size(), out);
        detail::append_length(text.size(), out);
        out.append(name);
        out.append(text);
    }
}

/// False if the bytes are not a whole number of texts.
[[nodiscard]] inline bool read_texts(BytesView bytes, Texts& texts)
{
    while (!bytes.empty()) {
        const auto name = detail::take_length(bytes);
        const auto text = detail::take_length(bytes);
        if (!name || !text || *name + *text > bytes.size())
            return false;
        std::string& value = texts[std::string{as_text(detail::take(bytes, *name))}];
        value = as_text(detail::take(bytes, *text));
    }
    return true;
}

} // namespace sojourn::inline v0::core
