#pragma once

#include <sojourn/bytes.hpp>
#include <sojourn/wire/bytes_io.hpp>

#include <cstddef>
#include <string_view>

// A session's plaintext: pieces of text and bytes, each behind its length.

namespace sojourn::inline v0::core {

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
    const std::size_t lengths[] = {entry.audience.size(), entry.subject.size(), entry.label.size(),
                                   entry.data.size(),     entry.flash.size(),   entry.info.size()};
    for (const std::size_t length : lengths)
        wire::append_length(length, body);
    body.append(as_bytes(entry.audience));
    body.append(as_bytes(entry.subject));
    body.append(as_bytes(entry.label));
    body.append(entry.data);
    body.append(entry.flash);
    body.append(entry.info);
}

/// Calls `f(entry)` for each entry of a body; false if it is not a whole number of entries.
template <class F>
[[nodiscard]] bool for_each_entry(BytesView body, F f)
{
    for (wire::Reader in{body}; !in.rest().empty();) {
        std::size_t lengths[6];
        for (std::size_t& length : lengths)
            length = in.length();
        Entry entry;
        entry.audience = as_text(in.bytes(lengths[0]));
        entry.subject = as_text(in.bytes(lengths[1]));
        entry.label = as_text(in.bytes(lengths[2]));
        entry.data = in.bytes(lengths[3]);
        entry.flash = in.bytes(lengths[4]);
        entry.info = in.bytes(lengths[5]);
        if (!in.ok())
            return false;
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

} // namespace sojourn::inline v0::core
