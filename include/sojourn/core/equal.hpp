#pragma once

#include <sojourn/reflect.hpp>

#include <concepts>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace sojourn::inline v0::core {

namespace detail {

template <class T>
concept Container = requires(const T& values) {
    values.begin();
    values.end();
    values.size();
};
template <class T>
concept Keyed = Container<T> && requires { typename T::mapped_type; };

template <class T>
concept Pointing = requires(const T& value) {
    value.has_value();
    *value;
};

/// A value whose type is known at run time only, and may be a map: sojourn::Value.
template <class T>
concept DynamicValue = requires(const T& value) { value.dictionary()->size(); };

/// What lies under `key`, or null; for the standard's maps and for sojourn::Map.
template <Keyed Map, class Key>
auto* lookup(Map& map, const Key& key)
{
    if constexpr (std::is_pointer_v<decltype(map.find(key))>)
        return map.find(key);
    else {
        const auto found = map.find(key);
        return found == map.end() ? nullptr : &found->second;
    }
}

template <class T>
bool equal(const T& left, const T& right);

template <class T>
bool equal_maps(const T& left, const T& right)
{
    if (left.size() != right.size())
        return false;
    for (const auto& entry : left)
        if (const auto* const other = lookup(right, entry.first); other == nullptr || !equal(entry.second, *other))
            return false;
    return true;
}

template <class T>
bool equal_sequences(const T& left, const T& right)
{
    using Element = const typename T::value_type&; // std::vector<bool> has proxies
    if (left.size() != right.size())
        return false;
    auto other = right.begin();
    for (const auto& one : left)
        if (!equal(static_cast<Element>(one), static_cast<Element>(*other++)))
            return false;
    return true;
}

/// Whether two values hold the same, member by member: structs need no operator== of their own. NaN equals NaN, since
/// it is no change.
template <class T>
bool equal(const T& left, const T& right)
{
    if constexpr (Reflected<T>)
        return [&]<std::size_t... I>(std::index_sequence<I...>) {
            return (equal(member<I>(left), member<I>(right)) && ...);
        }(std::make_index_sequence<member_count<T>>{});
    else if constexpr (Keyed<T>)
        return equal_maps(left, right);
    else if constexpr (Container<T>)
        return equal_sequences(left, right);
    else if constexpr (Pointing<T>)
        return left.has_value() == right.has_value() && (!left.has_value() || equal(*left, *right));
    else if constexpr (sojourn::detail::VariantLike<T>)
        return left.index() == right.index() && [&]<std::size_t... I>(std::index_sequence<I...>) {
            return left.valueless_by_exception() ||
                   ((left.index() == I && equal(*get_if<I>(&left), *get_if<I>(&right))) || ...);
        }(std::make_index_sequence<sojourn::detail::alternatives<T>>{});
    else if constexpr (sojourn::detail::TupleLike<T>)
        return [&]<std::size_t... I>(std::index_sequence<I...>) {
            using std::get; // or the one of its namespace
            return (equal(get<I>(left), get<I>(right)) && ...);
        }(std::make_index_sequence<std::tuple_size_v<T>>{});
    else if constexpr (std::is_empty_v<T>)
        return true;
    else if constexpr (std::floating_point<T>)
        return left == right || (left != left && right != right);
    else
        return left == right;
}

} // namespace detail

} // namespace sojourn::inline v0::core
