#pragma once

#include <sojourn/chrono.hpp>
#include <sojourn/wire/frame.hpp>

#include <sodium/randombytes.h>

#include <cstddef>
#include <cstdio>
#include <span>
#include <string_view>

namespace sojourn::inline v0::environment {

/// Where a manager gets time and randomness from and says what an operator should know. A test gives its own
/// (testing/manual_environment.hpp); a program that wants to be told of openings and saves derives one that observes them
/// (observer.hpp).
struct System {
    /// Unix time.
    static wire::Time now() noexcept
    {
        return std::chrono::time_point_cast<std::chrono::seconds>(std::chrono::system_clock::now());
    }
    /// From the operating system's generator, by libsodium.
    static void random(std::span<std::byte> out) noexcept { randombytes_buf(out.data(), out.size()); }
    /// To standard error.
    static void log(std::string_view line) noexcept
    {
        std::fprintf(stderr, "sojourn: %.*s\n", static_cast<int>(line.size()), line.data());
    }
};

} // namespace sojourn::inline v0::environment
