#pragma once

// The clock and the random ids of a recorded step.

#include "json.hpp"

#include <sojourn/core/state.hpp>
#include <sojourn/wire/frame.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

namespace lua_resty_vectors {

/// The time of the step under way; for the file storage, too.
struct Clock {
    using duration = std::chrono::seconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::sys_seconds;
    static constexpr bool is_steady = false;

    static inline time_point standing{};
    static time_point now() noexcept { return standing; }
};

/// Gives the ids that were drawn when the step was recorded.
class Environment {
public:
    using Id = std::vector<std::byte>;

    static inline std::vector<Id> session_ids{};
    static inline std::vector<Id> remember_ids{};
    static inline std::size_t saves = 0;

    static sojourn::wire::Time now() noexcept { return Clock::now(); }
    static void log(std::string_view) noexcept {}
    static void random(std::span<std::byte> out) noexcept
    {
        std::ranges::fill(out, std::byte{0x5A});
        sojourn::core::Randomness random;
        if (out.size() != sizeof random && out.size() != sizeof random / 2)
            return;
        fill(saves < session_ids.size() ? session_ids[saves] : Id{}, random.generation, random.family);
        fill(saves < remember_ids.size() ? remember_ids[saves] : Id{}, random.salt, random.remember);
        ++saves;
        std::memcpy(out.data(), &random, out.size());
    }

private:
    static void fill(const Id& id, std::span<std::byte, 16> first, std::span<std::byte, 16> second) noexcept
    {
        if (id.size() != 32)
            return;
        std::copy_n(id.begin(), 16, first.begin());
        std::copy_n(id.begin() + 16, 16, second.begin());
    }
};

} // namespace lua_resty_vectors
