// Any text as JSON: into structs, and into a map. nlohmann/json is the reference: the same texts are well-formed, and have
// the same value; and round_trip.hpp.

#include "round_trip.hpp"

#include <sojourn/codec/json.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <string_view>

using namespace sojourn;
using codec::Json;

namespace {

/// Of a well-formed text.
int depth_of(std::string_view text)
{
    int depth = 0, deepest = 0;
    bool in_string = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (in_string && c == '\\')
            ++i;
        else if (c == '"')
            in_string = !in_string;
        else if (!in_string && (c == '[' || c == '{'))
            deepest = std::max(deepest, ++depth);
        else if (!in_string && (c == ']' || c == '}'))
            --depth;
    }
    return deepest;
}

void compare(std::string_view text, bool well_formed, const std::string& as_map)
{
    if (text.find('\0') != text.npos) // takes it for the end
        return;
    nlohmann::json reference;
    try {
        reference = nlohmann::json::parse(text);
    } catch (const nlohmann::json::out_of_range&) { // a number beyond double
        CHECK(as_map.empty());
        return;
    } catch (const nlohmann::json::exception&) {
        CHECK(!well_formed);
        return;
    }
    const bool has_mark = text.starts_with("\xef\xbb\xbf"); // allowed there, not here
    CHECK(well_formed == (!has_mark && depth_of(text) <= codec::detail::max_depth));
    if (!as_map.empty())
        CHECK(nlohmann::json::parse(as_map) == reference);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const auto input = std::as_bytes(std::span{data, size});
    codec::detail::JsonReader reader{input};
    const bool well_formed = reader.skip() && reader.at_end();
    const auto as_map = fuzz::round_trip<Json<Map>>(input);
    CHECK(well_formed || as_map.empty());
    CHECK(well_formed || fuzz::round_trip<Json<fuzz::Outer>>(input).empty());
    CHECK(well_formed || fuzz::round_trip<Json<std::vector<std::string>>>(input).empty());
    compare(as_text(input), well_formed, as_map);
    return 0;
}
