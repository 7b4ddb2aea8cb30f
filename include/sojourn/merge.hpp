#pragma once

#include <sojourn/chrono.hpp>
#include <sojourn/core/equal.hpp>

#include <concepts>
#include <limits>
#include <type_traits>

// The merge functions that come with the library, for a struct's merge rules (merge_rules.hpp). Each answers with what
// becomes of a value that was `base`, is `mine` now, and `theirs` in the store.

namespace sojourn::inline v0::merge {

namespace detail {

using core::detail::equal;

template <class T>
concept Number = (std::integral<T> && !std::same_as<T, bool>) || std::floating_point<T>;
template <class T>
concept Duration = requires(const T& value) {
    { value.count() } -> Number;
} && std::same_as<T, std::chrono::duration<typename T::rep, typename T::period>>;

/// A set, or what grows at its end.
template <class T>
concept Set = core::detail::Container<T> && !core::detail::Keyed<T> && requires { typename T::key_type; };
template <class T>
concept Sequence = core::detail::Container<T> && requires(T& values, const T& more) {
    values.insert(values.end(), more.begin(), more.end());
    values.push_back(*more.begin());
};

template <class T>
bool contains(const T& values, const typename T::value_type& value)
{
    if constexpr (Set<T>)
        return values.contains(value);
    else
        for (const auto& other : values)
            if (equal<typename T::value_type>(other, value))
                return true;
    return false;
}

template <std::integral T>
constexpr T sum(T base, T mine, T theirs) noexcept
{
    // The difference of two T fits the unsigned type, which wraps around instead of overflowing.
    using Unsigned = std::make_unsigned_t<T>;
    const auto minus = [](T left, T right) {
        return static_cast<Unsigned>(static_cast<Unsigned>(left) - static_cast<Unsigned>(right));
    };
    if (mine >= base)
        return minus(mine, base) > minus(std::numeric_limits<T>::max(), theirs)
                   ? std::numeric_limits<T>::max()
                   : static_cast<T>(static_cast<Unsigned>(theirs) + minus(mine, base));
    return minus(base, mine) > minus(theirs, std::numeric_limits<T>::min())
               ? std::numeric_limits<T>::min()
               : static_cast<T>(static_cast<Unsigned>(theirs) - minus(base, mine));
}

template <std::floating_point T>
constexpr T sum(T base, T mine, T theirs) noexcept
{
    return theirs + (mine - base);
}

} // namespace detail

/// Mine, as without a rule; but a struct or a map that has this rule is one value and not merged by its parts.
struct TakeMine {
    template <class T>
    constexpr T operator()(const T&, const T& mine, const T&) const
    {
        return mine;
    }
};

/// Both differences from the base are added to it: for what is counted. A number or a duration; of a map, each value.
/// An integer whose sum it cannot hold stays at its largest or smallest value.
struct Sum {
    template <detail::Number T>
    constexpr T operator()(const T& base, const T& mine, const T& theirs) const noexcept
    {
        return detail::sum(base, mine, theirs);
    }
    template <detail::Duration T>
    constexpr T operator()(const T& base, const T& mine, const T& theirs) const noexcept
    {
        return T{detail::sum(base.count(), mine.count(), theirs.count())};
    }
};

/// What either side added to the set is in it, what either side removed from it is not. A sequence serves as a set too:
/// what I added goes to the end, and each element is looked for from the start, which suits some hundred.
struct Unite {
    template <class T>
        requires detail::Set<T> || detail::Sequence<T>
    T operator()(const T& base, const T& mine, const T& theirs) const
    {
        T united;
        for (const auto& value : theirs)
            if (detail::contains(mine, value) || !detail::contains(base, value))
                united.insert(united.end(), value);
        for (const auto& value : mine)
            if (!detail::contains(base, value) && !detail::contains(united, value))
                united.insert(united.end(), value);
        return united;
    }
};

/// What I appended goes after what they made of it: for lists and logs. If I did more than append but they did only that,
/// what they appended goes after what I made of it, which loses nothing either. If both did more: mine.
struct Append {
    template <detail::Sequence T>
    T operator()(const T& base, const T& mine, const T& theirs) const
    {
        const auto only_appends = [&base](const T& values) {
            if (values.size() < base.size())
                return false;
            auto value = values.begin();
            for (const auto& before : base)
                if (!detail::equal<typename T::value_type>(before, *value++))
                    return false;
            return true;
        };
        const auto join = [&base](T values, const T& more) {
            values.insert(values.end(), more.begin() + static_cast<typename T::difference_type>(base.size()),
                          more.end());
            return values;
        };
        if (only_appends(mine))
            return join(theirs, mine);
        return only_appends(theirs) ? join(mine, theirs) : mine;
    }
};

inline constexpr TakeMine take_mine{};
inline constexpr Sum sum{};
inline constexpr Unite unite{};
inline constexpr Append append{};

} // namespace sojourn::inline v0::merge
