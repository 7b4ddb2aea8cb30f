#pragma once

#include <sojourn/chrono.hpp>
#include <sojourn/wire/frame.hpp>

#include <sodium/randombytes.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sojourn::inline v0::testing {

/// An environment (environment.hpp) whose clock stands still until the test moves it and whose randomness is the same in
/// each run: `Session<Storage, Cipher, Codec, protocol::Native, testing::ManualEnvironment>`. A handle: the manager's copy
/// and the test's are one. Not for more than one thread at a time, and never for real sessions.
class ManualEnvironment {
public:
    explicit ManualEnvironment(wire::Time now = wire::Time{std::chrono::seconds{1'700'000'000}})
        : world_{std::make_shared<World>(World{now, 0, {}})}
    {
    }

    wire::Time now() const noexcept { return world_->now; }
    void set(wire::Time now) noexcept { world_->now = now; }
    /// Forwards, or backwards.
    void advance(std::chrono::seconds by) noexcept { world_->now += by; }

    /// The n-th draw is the same in each run, and differs from all others.
    void random(std::span<std::byte> out) noexcept
    {
        std::array<unsigned char, randombytes_SEEDBYTES> seed{};
        const std::uint64_t draw = ++world_->draws;
        for (std::size_t i = 0; i != sizeof draw; ++i)
            seed[i] = static_cast<unsigned char>(draw >> (8 * i));
        randombytes_buf_deterministic(out.data(), out.size(), seed.data());
    }
    /// How often randomness was asked for.
    std::uint64_t draws() const noexcept { return world_->draws; }

    void log(std::string_view line) { world_->lines.emplace_back(line); }
    const std::vector<std::string>& logged() const noexcept { return world_->lines; }

private:
    struct World {
        wire::Time now;
        std::uint64_t draws;
        std::vector<std::string> lines;
    };
    std::shared_ptr<World> world_;
};

} // namespace sojourn::inline v0::testing
