#pragma once

#include <sojourn/core/expiry.hpp>

#include <string>

namespace shop {

/// The two greatest units: 23 h 59 min. The page's script says it in the same words.
inline std::string words(sojourn::core::seconds time)
{
    std::string text;
    auto rest = time.count();
    int units = 0;
    const auto add = [&](long size, const char* unit) {
        if (units == 2 || rest < size)
            return;
        text += (text.empty() ? "" : " ") + std::to_string(rest / size) + unit;
        rest %= size;
        ++units;
    };
    add(3600, " h");
    add(60, " min");
    add(1, " s");
    return text.empty() ? "0 s" : text;
}

} // namespace shop
