#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace shop {

/// What its user knows a device by, guessed from the browser's User-Agent: `Firefox on Windows`.
inline std::string device_name(std::string_view user_agent)
{
    struct Sign {
        std::string_view mark, name;
    };
    // In this order: a browser names others that it is like, and a telephone the system that its own comes from.
    constexpr std::array browsers{Sign{"Edg/", "Edge"}, Sign{"OPR/", "Opera"}, Sign{"Firefox/", "Firefox"},
                                  Sign{"Chrome/", "Chromium"}, Sign{"Safari/", "Safari"}};
    constexpr std::array systems{Sign{"Android", "Android"}, Sign{"iPhone", "iPhone"},  Sign{"iPad", "iPad"},
                                 Sign{"Windows", "Windows"}, Sign{"Mac OS X", "macOS"}, Sign{"Linux", "Linux"}};
    const auto find = [user_agent](const auto& signs, std::string_view otherwise) {
        const auto found = std::ranges::find_if(
            signs, [user_agent](const Sign& sign) { return user_agent.find(sign.mark) != user_agent.npos; });
        return std::string{found == signs.end() ? otherwise : found->name};
    };
    return find(browsers, "A program") + " on " + find(systems, "something else");
}

} // namespace shop
