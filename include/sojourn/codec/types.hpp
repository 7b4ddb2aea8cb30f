#pragma once

#include <sojourn/bytes.hpp>
#include <sojourn/chrono.hpp>
#include <sojourn/reflect.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

// Which types a session's data may be made of. The codecs ask these questions and no others.

namespace sojourn::inline v0::codec::detail {

template <class T, template <class...> class Template>
inline constexpr bool is_a = false;
template <class... Args, template <class...> class Template>
inline constexpr bool is_a<Template<Args...>, Template> = true;

template <class T>
inline constexpr bool is_array = false;
template <class T, std::size_t N>
inline constexpr bool is_array<std::array<T, N>> = true;

template <class T>
inline constexpr bool is_system_time = false;
template <class Duration>
inline constexpr bool is_system_time<std::chrono::time_point<std::chrono::system_clock, Duration>> = true;

template <class T, class... Others>
concept OneOf = (std::same_as<T, Others> || ...);

/// `char` is one, the characters of wider and Unicode strings are text, for which the formats have UTF-8 only.
template <class T>
concept Integer =
    std::integral<T> && !OneOf<T, bool, wchar_t, char8_t, char16_t, char32_t> && sizeof(T) <= sizeof(std::uint64_t);

template <class T>
concept Float = std::same_as<T, float> || std::same_as<T, double>;

/// One whose underlying type is given, `enum class` always: it holds any number of that, an enumerator or not. A release
/// so keeps what a later one wrote. Any other enum would be undefined behaviour beyond its enumerators.
template <class T>
concept Enum = std::is_enum_v<T> && requires { T{std::underlying_type_t<T>{}}; };

/// Nothing at all, which is null: std::monostate, or a struct of the program's that has no members.
template <class T>
concept Empty = std::is_empty_v<T> && std::is_aggregate_v<T> && !is_array<T> && !Reflected<T>;

/// Which has null for a value, as sojourn::Value says of itself.
template <class T>
concept Nullable = is_a<T, std::optional> || Empty<T> || requires { requires T::may_be_null; };

/// Not of what may be null itself: the formats have only one null.
template <class T>
concept Optional = is_a<T, std::optional> && !Nullable<typename T::value_type>;

/// Raw bytes of a fixed length.
template <class T>
concept ByteArray = is_array<T> && std::same_as<typename T::value_type, std::byte>;

/// A run of elements that grows at its end: std::vector and its kin.
template <class T>
concept Sequence = !std::same_as<T, std::string> && requires(T& list, typename T::value_type element) {
    list.clear();
    list.push_back(std::move(element));
};

/// Unique elements in an order of their own: std::set.
template <class T>
concept OrderedSet =
    requires { typename T::key_compare; } && std::same_as<typename T::key_type, typename T::value_type>;

/// Names to values: std::map and std::unordered_map with std::string keys.
template <class T>
concept Dictionary = requires { typename T::mapped_type; } && std::same_as<typename T::key_type, std::string>;

template <class T>
concept OrderedDictionary = Dictionary<T> && requires { typename T::key_compare; };

using sojourn::detail::alternatives, sojourn::detail::TupleLike, sojourn::detail::VariantLike;

/// A class that tells its own shape to any format: `value.write_to(writer)` and `bool value.read_from(reader)`.
template <class T, class Writer>
concept WritesItself = requires(const T& value, Writer& writer) { value.write_to(writer); };
template <class T, class Reader>
concept ReadsItself = requires(T& value, Reader& reader) {
    { value.read_from(reader) } -> std::same_as<bool>;
};

/// What a reader finds next, for data whose types are only known at run time; `none`:
/// nothing well-formed. `extension`: MessagePack has types of its users, which are skipped but never read.
enum class Kind { none, null, boolean, integer, number, string, bytes, array, map, extension };

template <class>
inline constexpr bool never = false;

/// Said once for each type that session data cannot hold.
template <class T>
struct NotSessionData {
    static_assert(
        never<T>,
        "sojourn: session data is made of bool, integers, float, double, enums of a given underlying type, "
        "std::string, sojourn::Bytes, "
        "std::chrono durations and system_clock times, std::optional, std::vector, std::array, std::set, "
        "std::map and std::unordered_map with std::string keys, std::variant, std::pair, std::tuple, "
        "sojourn::Map, empty structs, and structs of these, adapted by BOOST_HANA_ADAPT_STRUCT(Type, member, ...)");
};

/// What is written in one piece.
template <class T>
concept Scalar = std::same_as<T, bool> || Integer<T> || Float<T> || Enum<T> || std::same_as<T, std::string> ||
                 is_a<T, std::chrono::duration> || is_system_time<T>;

/// A type that session data cannot hold; void: none.
template <class T>
struct Unsupported {
    using type = T;
    template <class Next>
    constexpr auto operator||(Unsupported<Next> next) const
    {
        if constexpr (std::is_void_v<T>)
            return next;
        else
            return *this;
    }
};

/// The first type in a `T` that `Writer` cannot write. `Around` are the types that `T` is a part of: one of them again,
/// as in a tree, is known already.
template <class Writer, class T, class... Around>
constexpr auto find_unsupported()
{
    if constexpr (Scalar<T> || Empty<T> || (std::same_as<T, Around> || ...) || WritesItself<T, Writer>)
        return Unsupported<void>{};
    else if constexpr (Reflected<T>)
        return []<std::size_t... I>(std::index_sequence<I...>) {
            return (
                Unsupported<void>{} || ... ||
                find_unsupported<Writer, std::remove_cvref_t<decltype(member<I>(std::declval<T&>()))>, T, Around...>());
        }(std::make_index_sequence<member_count<T>>{});
    else if constexpr (Dictionary<T>)
        return find_unsupported<Writer, typename T::mapped_type, T, Around...>();
    else if constexpr (Optional<T> || Sequence<T> || OrderedSet<T> || is_array<T>)
        return find_unsupported<Writer, typename T::value_type, T, Around...>();
    else if constexpr (VariantLike<T> || TupleLike<T>)
        return []<template <class...> class Template, class... Part>(std::type_identity<Template<Part...>>) {
            return (Unsupported<void>{} || ... || find_unsupported<Writer, std::remove_cv_t<Part>, T, Around...>());
        }(std::type_identity<T>{});
    else
        return Unsupported<T>{};
}

/// How deep arrays and maps may lie in each other, in both directions: what was encoded can be decoded.
inline constexpr int max_depth = 64;

} // namespace sojourn::inline v0::codec::detail
