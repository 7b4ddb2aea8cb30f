#pragma once

// The cookies of a request and of a response, apart from the library's own reading of them.

#include "json.hpp"
#include "primitives.hpp"
#include "report.hpp"

#include <sojourn/cookie/jar.hpp>
#include <sojourn/protocol/lua_resty/header.hpp>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lua_resty_vectors {

/// Set-Cookie lines as that library keeps them: a later one of the same name takes the place of the earlier.
class Response {
public:
    void add(std::string_view line)
    {
        const auto name = line.substr(0, line.find('=') + 1);
        for (auto& standing : lines_)
            if (standing.starts_with(name)) {
                standing = line;
                return;
            }
        lines_.emplace_back(line);
    }
    const std::vector<std::string>& lines() const noexcept { return lines_; }

    /// The value of the cookie of that name, if it was set.
    std::optional<std::string> value(std::string_view name) const
    {
        for (const auto& line : lines_)
            if (line.starts_with(std::string{name} + "="))
                return line.substr(name.size() + 1, line.find(';') - name.size() - 1);
        return std::nullopt;
    }

private:
    std::vector<std::string> lines_;
};

/// The value of the first cookie of that name in a request's header.
inline std::optional<std::string> cookie_value(std::string_view header, std::string_view name)
{
    std::optional<std::string> found;
    cookie::for_each_pair(header, [&](const cookie::Pair& pair) {
        if (pair.name == name && !found)
            found = std::string{pair.value};
    });
    return found;
}

/// A cookie's text taken apart.
struct Parts {
    wire_format::HeaderBytes bytes;
    wire_format::Header header;
    std::string payload; ///< what follows the header in the first cookie
};

inline std::optional<Parts> parts_of(std::string_view value)
{
    constexpr auto size = wire_format::Header::text_size;
    Parts parts;
    if (value.size() < size || !wire::decode(value.substr(0, size), parts.bytes.all().data()))
        return std::nullopt;
    const auto header = wire_format::read_header(parts.bytes, wire::Kind::session);
    if (!header)
        return std::nullopt;
    parts.header = *header;
    parts.payload = std::string{value.substr(size)};
    return parts;
}

/// Opens a payload with these keys, without the library's wire: the JSON in it, as text.
template <class Suite>
std::optional<std::string> plaintext_of(const Parts& parts, std::string_view payload, std::string_view ikm_hex,
                                        std::string_view safety)
{
    Bytes sealed(wire::decoded_size(payload.size()));
    if (!wire::decode(payload, sealed.data()))
        return std::nullopt;
    const auto size = sealed.size();
    const auto tag = parts.bytes.tag();
    sealed.insert(sealed.end(), tag.begin(), tag.end());
    const Keys<Suite> keys{ikm_hex};
    if (!Suite::open(keys.seal_key(parts.bytes.id(), safety), parts.bytes.associated(), sealed, sealed))
        return std::nullopt;
    const BytesView plain = BytesView{sealed}.first(size);
    if ((parts.header.flags & wire_format::Flag::deflate) == 0)
        return std::string{as_text(plain)};
    Buffer json;
    if (!wire_format::inflate(plain, std::size_t{1} << 26, json))
        return std::nullopt;
    return std::string{as_text(json)};
}

/// What a recorded header says, field by field.
inline void check_meta(const Parts& parts, const Json& meta, const Json& bytes_are_arbitrary, Report& report)
{
    const auto& header = parts.header;
    const auto number = [&](const char* name, long long ours) {
        report.check(meta.at(name).get<long long>() == ours, std::string{"meta "} + name,
                     "is " + std::to_string(ours) + ", recorded " + meta.at(name).dump());
    };
    report.equal(hex(parts.bytes.id()), meta.at("sid_hex").get<std::string>(), "meta sid");
    number("creation_time", header.times.created.time_since_epoch().count());
    number("rolling_offset", (header.times.saved - header.times.created).count());
    number("idling_offset", (header.times.seen - header.times.saved).count());
    if (bytes_are_arbitrary.get<bool>())
        return;
    number("flags", static_cast<long long>(header.flags));
    number("data_size", static_cast<long long>(header.payload_size));
    report.equal(hex(parts.bytes.all()), meta.at("header_hex").get<std::string>(), "meta header");
}

} // namespace lua_resty_vectors
