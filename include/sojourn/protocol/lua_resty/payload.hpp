#pragma once

#include <sojourn/bytes.hpp>
#include <sojourn/codec/json_dialect.hpp>
#include <sojourn/codec/json_reader.hpp>
#include <sojourn/codec/json_writer.hpp>
#include <sojourn/core/body.hpp>
#include <sojourn/core/texts.hpp>
#include <sojourn/error.hpp>
#include <sojourn/result.hpp>

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>

// What lua-resty-session seals: `[[data, audience], [data, audience, subject], ...]`, one entry an audience. Data is passed
// on as the text that it is, so that what is foreign to us comes back as it was.
//
// Flash values and label, which that library does not have, are members of the data: `sojourn.flash`, an object, and
// `sojourn.label`. With the cookie storage the info is in the data, too: as `@name`, and a member `@name` as `$@name`.

namespace sojourn::inline v0::protocol::lua_resty {

using Reader = codec::detail::BasicJsonReader<codec::detail::LuaCjson>;
using Writer = codec::detail::BasicJsonWriter<codec::detail::LuaCjson>;

inline constexpr std::string_view flash_member = "sojourn.flash";
inline constexpr std::string_view label_member = "sojourn.label";

namespace detail {

inline bool holds(BytesView data, std::string_view text) noexcept
{
    return as_text(data).find(text) != std::string_view::npos;
}
/// Whether the data's member of this name is not the program's, or not by this name.
inline bool is_ours(std::string_view name, bool in_cookie) noexcept
{
    return name == label_member || name == flash_member ||
           (in_cookie && (name.starts_with('@') || name.starts_with("$@")));
}

/// Calls `f(name, raw value)` for each member; false if `data` is no object.
template <class F>
bool for_each_member(BytesView data, F f)
{
    Reader reader{data};
    return reader.map([&](std::string_view name) {
        BytesView value;
        return reader.skip(value) && f(name, value);
    });
}

inline bool read_string(BytesView raw, std::string& text) { return Reader{raw}.string(text); }

/// What one entry holds beside its data.
struct Extras {
    std::string label;
    core::Texts flash;
    core::Texts info; ///< each the JSON of a value
};

/// Takes what is not the program's own out of the data.
inline bool split(BytesView data, bool in_cookie, Buffer& own, Extras& extras)
{
    Writer writer{own};
    bool good = true;
    const auto take = [&](std::string_view name, BytesView value) {
        if (name == label_member)
            return read_string(value, extras.label);
        if (name == flash_member)
            return for_each_member(value, [&](std::string_view key, BytesView text) {
                std::string flash;
                const bool is_text = read_string(text, flash);
                extras.flash.set(key, flash);
                return is_text;
            });
        if (in_cookie && name.starts_with('@')) {
            extras.info.set(name.substr(1), as_text(value));
            return true;
        }
        writer.key(in_cookie && name.starts_with("$@") ? name.substr(1) : name);
        writer.raw(value);
        return true;
    };
    writer.map(0, [&] { good = for_each_member(data, take); });
    return good && writer.good();
}

/// The other way round.
inline bool unite(const core::Entry& entry, const Extras& extras, bool in_cookie, Writer& writer)
{
    bool good = true;
    writer.map(0, [&] {
        good = for_each_member(entry.data, [&](std::string_view name, BytesView value) {
            writer.key(in_cookie && name.starts_with('@') ? "$" + std::string{name} : name);
            writer.raw(value);
            return true;
        });
        if (!entry.label.empty()) {
            writer.key(label_member);
            writer.string(entry.label);
        }
        if (!extras.flash.empty()) {
            writer.key(flash_member);
            writer.map(0, [&] {
                extras.flash.for_each([&](std::string_view name, std::string_view text) {
                    writer.key(name);
                    writer.string(text);
                });
            });
        }
        if (in_cookie)
            extras.info.for_each([&](std::string_view name, std::string_view json) {
                writer.key("@" + std::string{name});
                writer.raw(as_bytes(json));
            });
    });
    return good;
}

inline bool unpack_entry(Reader& reader, bool in_cookie, Buffer& body)
{
    BytesView data;
    std::string audience;
    std::string subject;
    std::size_t count = 0;
    bool has_ours = false;
    const auto skip_member = [&](std::string_view name) {
        has_ours = has_ours || is_ours(name, in_cookie);
        return reader.skip();
    };
    const bool whole = reader.array([&](std::size_t) {
        BytesView ignored;
        switch (count++) {
        case 0:
            return reader.capture(data, [&] {
                return reader.kind() == codec::detail::Kind::map ? reader.map(skip_member) : reader.skip();
            });
        case 1: return reader.string(audience);
        case 2: return reader.null() || reader.string(subject);
        default: return reader.skip(ignored);
        }
    });
    if (!whole || count < 2)
        return false;
    Extras extras;
    Buffer own;
    if (has_ours) {
        if (!split(data, in_cookie, own, extras))
            return false;
        data = own;
    }
    core::append_entry({audience, subject, extras.label, data, extras.flash.bytes(), extras.info.bytes()}, body);
    return true;
}

} // namespace detail

/// Appends the entries to `body` (core/body.hpp). `errc::bad_data` if it is something else.
inline Result<void> unpack(BytesView json, bool in_cookie, Buffer& body)
{
    Reader reader{json};
    const bool good = reader.array([&](std::size_t) { return detail::unpack_entry(reader, in_cookie, body); });
    return good && reader.at_end() ? Result<void>{} : errc::bad_data;
}

/// The other way round. `errc::bad_data` for what has no place there: flash values, a label or, with the cookie storage, info
/// beside data that is an array.
inline Result<void> pack(BytesView body, bool in_cookie, Buffer& json)
{
    Writer writer{json};
    bool good = true;
    const auto put = [&](const core::Entry& entry) {
        detail::Extras extras;
        good = good && extras.flash.read(entry.flash) && extras.info.read(entry.info);
        writer.array(2, [&] {
            const bool extends = !entry.label.empty() || !extras.flash.empty() || (in_cookie && !extras.info.empty());
            const bool is_object = as_text(entry.data).starts_with('{');
            if (extends || (is_object && in_cookie && detail::holds(entry.data, "\"@")))
                good = good && is_object && detail::unite(entry, extras, in_cookie, writer);
            else
                writer.raw(entry.data);
            writer.string(entry.audience);
            if (!entry.subject.empty())
                writer.string(entry.subject);
        });
    };
    writer.array(0, [&] { good = core::for_each_entry(body, put) && good; });
    return good && writer.good() ? Result<void>{} : errc::bad_data;
}

// --- what is stored: `[payload]` or `[payload, info]`, info being base64url of `{audience: {name: value}}`

/// Appends the info of all audiences; nothing if there is none.
inline void pack_info(BytesView body, Buffer& json)
{
    Writer writer{json};
    const auto put = [&](const core::Entry& entry) {
        core::Texts info;
        if (entry.info.empty() || !info.read(entry.info))
            return;
        writer.key(entry.audience);
        writer.map(0, [&] {
            info.for_each([&](std::string_view name, std::string_view value) {
                writer.key(name);
                writer.raw(as_bytes(value));
            });
        });
    };
    writer.map(0, [&] { static_cast<void>(core::for_each_entry(body, put)); });
    if (json.size() == 2)
        json.clear();
}

/// Puts the info into the entries of `body`. `errc::bad_record` if it is no JSON of that kind.
inline Result<void> unpack_info(BytesView json, Buffer& body)
{
    std::map<std::string, std::map<std::string, std::string>, std::less<>> infos; // by audience, by name
    const auto take = [&](std::string_view audience, BytesView info) {
        return detail::for_each_member(info, [&](std::string_view name, BytesView value) {
            infos[std::string{audience}][std::string{name}] = as_text(value);
            return true;
        });
    };
    if (!detail::for_each_member(json, take))
        return errc::bad_record;
    Buffer whole;
    static_cast<void>(core::for_each_entry(body, [&](core::Entry entry) {
        Buffer texts;
        if (const auto found = infos.find(entry.audience); found != infos.end())
            for (const auto& [name, value] : found->second)
                core::append_text(name, value, texts);
        entry.info = texts;
        core::append_entry(entry, whole);
    }));
    body = std::move(whole);
    return {};
}

} // namespace sojourn::inline v0::protocol::lua_resty
