#pragma once

#include <sojourn/bytes.hpp>
#include <sojourn/crypto/blake2b.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sojourn::inline v0::storage::memcached {

/// Which of several servers has a key: consistent hashing as ketama does it, with BLAKE2b where that has MD5. Each server
/// has many points on a circle; a key belongs to the next point. So a server more or less moves the keys that it gets or
/// had, about one in n, and no others; and the order in which servers are named does not matter.
class Ring {
public:
    Ring() noexcept = default;
    /// Servers are told apart by their names.
    explicit Ring(const std::vector<std::string>& names)
    {
        for (std::size_t server = 0; names.size() > 1 && server != names.size(); ++server)
            for (int run = 0; run != points_each / points_a_hash; ++run)
                for (const std::uint32_t point : hash<points_a_hash>(names[server] + '-' + std::to_string(run)))
                    points_.emplace_back(point, server);
        std::ranges::sort(points_, {}, [&](const Point& point) { return std::pair{point.first, names[point.second]}; });
    }

    std::size_t server_of(std::string_view key) const noexcept
    {
        if (points_.empty())
            return 0;
        const auto next = std::ranges::lower_bound(points_, hash<4>(key)[0], {}, &Point::first);
        return next == points_.end() ? points_.front().second : next->second;
    }

private:
    using Point = std::pair<std::uint32_t, std::size_t>; ///< place on the circle, server

    static constexpr int points_a_hash = 16;
    static constexpr int points_each = 160; // as ketama: shares differ by some ten per cent

    /// The same on every machine, as all instances have to agree.
    template <std::size_t Count>
    static std::array<std::uint32_t, Count> hash(std::string_view text) noexcept
    {
        std::array<std::byte, Count * 4> digest{};
        crypto::blake2b({}, as_bytes(text), digest);
        std::array<std::uint32_t, Count> numbers{};
        for (std::size_t i = 0; i != digest.size(); ++i)
            numbers.at(i / 4) = numbers.at(i / 4) << 8 | std::to_integer<std::uint32_t>(digest.at(i));
        return numbers;
    }

    std::vector<Point> points_;
};

} // namespace sojourn::inline v0::storage::memcached
