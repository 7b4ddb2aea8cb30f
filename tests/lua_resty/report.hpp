#pragma once

// What differs in a step; the first of it is what is told.

#include "json.hpp"

#include <string>
#include <string_view>

namespace lua_resty_vectors {

class Report {
public:
    bool good() const noexcept { return difference_.empty(); }
    const std::string& difference() const noexcept { return difference_; }

    void fail(std::string_view what, std::string_view how)
    {
        if (good())
            difference_ = std::string{what} + ": " + std::string{how};
    }
    void check(bool right, std::string_view what, std::string_view how = "is not so")
    {
        if (!right)
            fail(what, how);
    }
    void equal(std::string_view ours, std::string_view recorded, std::string_view what)
    {
        if (ours != recorded)
            fail(what, "\n    ours:     " + cut(ours) + "\n    recorded: " + cut(recorded));
    }
    void same_json(const Json& ours, const Json& recorded, std::string_view what)
    {
        if (!same(ours, recorded))
            fail(what, "\n    ours:     " + cut(ours.dump()) + "\n    recorded: " + cut(recorded.dump()));
    }

private:
    static std::string cut(std::string_view text)
    {
        constexpr std::size_t most = 400;
        return text.size() <= most ? std::string{text} : std::string{text.substr(0, most)} + "...";
    }
    std::string difference_;
};

} // namespace lua_resty_vectors
