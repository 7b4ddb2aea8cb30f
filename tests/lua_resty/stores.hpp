#pragma once

// Where the sessions of a case lie, and what is compared of it.

#include "json.hpp"
#include "primitives.hpp"
#include "report.hpp"

#include <sojourn/storage/cookie.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace lua_resty_vectors {

/// None: all is in the cookie.
struct InCookie {
    using Storage = sojourn::storage::Cookie;

    explicit InCookie(const Json&) {}
    static Storage storage() { return {}; }
    static std::optional<std::string> payload(const std::string&) { return std::nullopt; }
    static void set_up(const Json&) {}
    static void compare(const Json&, const auto&, Report&) {}
};

/// The payload's text in a record.
inline std::optional<std::string> payload_in(std::string_view record)
{
    const auto parsed = Json::parse(record, nullptr, false);
    if (!parsed.is_array() || parsed.empty() || !parsed.at(0).is_string())
        return std::nullopt;
    return parsed.at(0).get<std::string>();
}

/// Whether two records are the same: byte for byte, but for the order of the info's members, and for a payload that was packed
/// in another order.
inline void compare_records(std::string_view ours, std::string_view recorded, bool arbitrary, std::string_view what,
                            Report& report)
{
    if (ours == recorded)
        return;
    const auto one = Json::parse(ours, nullptr, false), other = Json::parse(recorded, nullptr, false);
    if (!one.is_array() || !other.is_array() || one.size() != other.size())
        return report.equal(ours, recorded, what);
    if (!arbitrary)
        report.equal(one.at(0).get<std::string>(), other.at(0).get<std::string>(), what);
    if (one.size() > 1) {
        const auto info = [](const Json& record) {
            const auto text = record.at(1).get<std::string>();
            std::string json(sojourn::wire::decoded_size(text.size()), '\0');
            const bool good = sojourn::wire::decode(text, reinterpret_cast<std::byte*>(json.data()));
            return good ? Json::parse(json, nullptr, false) : Json();
        };
        report.same_json(info(one), info(other), std::string{what} + ", its info");
    }
}

} // namespace lua_resty_vectors
