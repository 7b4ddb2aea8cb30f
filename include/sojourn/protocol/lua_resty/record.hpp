#pragma once

#include <sojourn/bytes.hpp>
#include <sojourn/core/body.hpp>
#include <sojourn/core/expiry.hpp>
#include <sojourn/error.hpp>
#include <sojourn/protocol/lua_resty/payload.hpp>
#include <sojourn/protocol/settings.hpp>
#include <sojourn/protocol/storage_key.hpp>
#include <sojourn/result.hpp>
#include <sojourn/wire/base64url.hpp>
#include <sojourn/wire/frame.hpp>

#include <sodium/crypto_hash_sha256.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// What lua-resty-session keeps in a store: a record for each id, `["payload"]` or `["payload","info"]` as JSON, and for each
// subject in an audience an index of record keys.

namespace sojourn::inline v0::protocol::lua_resty {

inline std::string base64url(BytesView bytes)
{
    std::string text(wire::encoded_size(bytes.size()), '\0');
    wire::encode(bytes, text.data());
    return text;
}

inline std::array<std::byte, 32> sha256(BytesView bytes) noexcept
{
    std::array<std::byte, 32> hash;
    crypto_hash_sha256(as_unsigned(std::span<std::byte>{hash}), as_unsigned(bytes), bytes.size());
    return hash;
}

/// The key of a record in the store: a cookie's name, `:`, and the id or a hash of it, as 43 characters of base64url.
class RecordKey {
public:
    RecordKey() = default;
    RecordKey(std::string_view name, const wire::Id& id, bool hashed) : text_{name}
    {
        const auto bytes = std::as_bytes(std::span{&id, 1});
        text_.append(":").append(hashed ? base64url(sha256(bytes)) : base64url(bytes));
    }
    std::string_view view() const noexcept { return text_; }

private:
    std::string text_;
};

/// A name for the session whose record has this key, which opens nothing: 22 characters of base64url.
inline StorageKey handle(std::string_view key) noexcept
{
    return StorageKey{BytesView{sha256(as_bytes(key))}.first(16)};
}

/// The names of the indexes that list a session about this subject in this audience, under the cookie of that name. The first
/// is the one to write; that library writes the second when a session has several audiences.
inline std::array<std::string, 2> index_names(std::string_view name, std::string_view audience,
                                              std::string_view subject, bool hashed)
{
    const auto hash = sha256(as_bytes(subject));
    const std::string prefix = std::string{name} + ":" + base64url(as_bytes(audience)) + ":";
    return {prefix + base64url(hashed ? BytesView{hash}.first(16) : as_bytes(subject)), prefix + std::string{subject}};
}

/// Those of all entries that have a subject.
inline std::vector<std::string> indexes_of(std::string_view name, BytesView body, bool hashed)
{
    std::vector<std::string> names;
    static_cast<void>(core::for_each_entry(body, [&](const core::Entry& entry) {
        if (!entry.subject.empty())
            names.push_back(index_names(name, entry.audience, entry.subject, hashed)[0]);
    }));
    return names;
}

/// How long a record is kept: until the rolling or the absolute timeout, whichever comes first, and at least a second. Where
/// there is no rolling timeout, 400 days take its place.
inline core::seconds record_ttl(const wire::Times& times, core::Time now, core::Timeouts timeouts) noexcept
{
    if (timeouts.rolling.count() == 0)
        timeouts.rolling = core::longest_life;
    return core::time_to_live(times, now, timeouts);
}

/// The record of a payload, with the info of the body.
inline void write_record(std::string_view payload, BytesView body, Buffer& record)
{
    Buffer info;
    pack_info(body, info);
    Writer writer{record};
    writer.array(2, [&] {
        writer.string(payload);
        if (!info.empty())
            writer.bytes(info);
    });
}

/// Reads one: the payload's text, and the info as JSON. `errc::bad_record` if it is something else.
inline Result<void> read_record(BytesView record, std::string& payload, Bytes& info)
{
    Reader reader{record};
    std::size_t count = 0;
    const bool good = reader.array([&](std::size_t) {
        BytesView ignored;
        switch (count++) {
        case 0: return reader.string(payload);
        case 1: return reader.bytes(info);
        default: return reader.skip(ignored);
        }
    });
    return good && count != 0 && reader.at_end() ? Result<void>{} : errc::bad_record;
}

} // namespace sojourn::inline v0::protocol::lua_resty
