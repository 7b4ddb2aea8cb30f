#pragma once

#include <sojourn/codec/types.hpp>

#include <limits>

namespace sojourn::inline v0::codec::detail {

/// Puts an integer into another type; false if it does not fit.
template <Integer From, Integer To>
constexpr bool fit(From from, To& to) noexcept
{
    to = static_cast<To>(from);
    return static_cast<From>(to) == from && (to < 0) == (from < 0);
}

/// Puts a double into another type, rounded; false if it is finite and too large for that. NaN and infinity fit.
template <Float To>
constexpr bool fit(double from, To& to) noexcept
{
    constexpr double largest = std::numeric_limits<To>::max(), infinity = std::numeric_limits<double>::infinity();
    if ((from > largest && from != infinity) || (from < -largest && from != -infinity))
        return false;
    to = static_cast<To>(from);
    return true;
}

} // namespace sojourn::inline v0::codec::detail
