#pragma once

// The vectors' JSON, and when two values of it mean the same.

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdio>
#include <string>
#include <string_view>

namespace lua_resty_vectors {

using Json = nlohmann::ordered_json;

inline bool is_empty_table(const Json& value) { return (value.is_array() || value.is_object()) && value.empty(); }

/// As lua-cjson writes it. Ours keep all digits, those that were recorded are these.
inline std::string number_text(const Json& number)
{
    std::array<char, 40> text{};
    std::snprintf(text.data(), text.size(), "%.14g", number.get<double>());
    return text.data();
}

/// Whether Lua would take one for the other: members have no order, an empty table may be an array or an object, and numbers
/// have 14 digits.
inline bool same(const Json& one, const Json& other)
{
    if (is_empty_table(one) && is_empty_table(other))
        return true;
    if (one.is_number() && other.is_number())
        return number_text(one) == number_text(other);
    if (one.type() != other.type() || one.size() != other.size())
        return false;
    if (one.is_array())
        return std::equal(one.begin(), one.end(), other.begin(), same);
    if (one.is_object())
        return std::all_of(one.items().begin(), one.items().end(), [&](const auto& member) {
            return other.contains(member.key()) && same(member.value(), other.at(member.key()));
        });
    return one == other;
}

/// `value` with its members in the order that they have in `model`, where they have one.
inline Json in_order_of(const Json& model, const Json& value)
{
    if (value.is_array() && model.is_array()) {
        Json ordered = Json::array();
        for (std::size_t i = 0; i != value.size(); ++i)
            ordered.push_back(i < model.size() ? in_order_of(model[i], value[i]) : value[i]);
        return ordered;
    }
    if (is_empty_table(value) && is_empty_table(model))
        return model;
    if (!value.is_object() || !model.is_object())
        return value;
    Json ordered = Json::object();
    for (const auto& [name, member] : model.items())
        if (value.contains(name))
            ordered[name] = in_order_of(member, value.at(name));
    for (const auto& [name, member] : value.items())
        if (!ordered.contains(name))
            ordered[name] = member;
    return ordered;
}

inline std::string text_or(const Json& object, const char* name, std::string otherwise = {})
{
    return object.contains(name) && object.at(name).is_string() ? object.at(name).get<std::string>() : otherwise;
}

} // namespace lua_resty_vectors
