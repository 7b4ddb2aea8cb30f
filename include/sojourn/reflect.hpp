#pragma once

#include <boost/hana/accessors.hpp>
#include <boost/hana/adapt_struct.hpp>
#include <boost/hana/concept/struct.hpp>
#include <boost/hana/define_struct.hpp>
#include <boost/hana/pair.hpp>
#include <boost/hana/string.hpp>
#include <boost/hana/tuple.hpp>

#include <cstddef>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

// The members of the program's own structs. This is the only header that knows Boost.Hana; it only ever walks the
// accessors, because walking an object the Hana way copies its members.

namespace sojourn::inline v0 {

/// A struct whose members the library can walk. A program adapts one at namespace scope, outside of any namespace:
/// `BOOST_HANA_ADAPT_STRUCT(shop::Cart, user, items, visits);`, or declares it with `BOOST_HANA_DEFINE_STRUCT`.
template <class T>
concept Reflected = boost::hana::Struct<std::remove_cv_t<T>>::value;

namespace detail {

template <class T>
using Accessors = decltype(boost::hana::accessors<std::remove_cv_t<T>>());

/// What an adapted struct is made of, read off the type of its accessors: to ask Hana for each would take longer to compile.
template <class Accessors>
struct Members;
template <class... Name, class... Function>
struct Members<boost::hana::tuple<boost::hana::pair<Name, Function>...>> {
    static constexpr std::size_t count = sizeof...(Name);
    template <std::size_t I>
    using NameAt = std::tuple_element_t<I, std::tuple<Name...>>;
    template <std::size_t I>
    using FunctionAt = std::tuple_element_t<I, std::tuple<Function...>>;
};

template <class T, std::size_t I>
using AccessorName = typename Members<Accessors<T>>::template NameAt<I>;

template <class T, std::size_t I>
using AccessorFunction = typename Members<Accessors<T>>::template FunctionAt<I>;

/// The member pointer that an accessor is made of; null if it is not made of one (BOOST_HANA_ADAPT_ADT).
template <class Function>
inline constexpr auto member_pointer = nullptr;
template <class Pointer, Pointer pointer>
inline constexpr Pointer member_pointer<boost::hana::struct_detail::member_ptr<Pointer, pointer>> = pointer;

/// Hana's own constant has internal linkage in g++ 12, so that two optimised translation units that name it do not link.
template <class Name>
struct NameText;
template <char... characters>
struct NameText<boost::hana::string<characters...>> {
    static constexpr char text[] = {characters..., '\0'};
};

} // namespace detail

/// How many members `T` was adapted with.
template <Reflected T>
inline constexpr std::size_t member_count = detail::Members<detail::Accessors<T>>::count;

/// The name of member `I`, in the order of the adaptation.
template <Reflected T, std::size_t I>
inline constexpr std::string_view member_name{detail::NameText<detail::AccessorName<T, I>>::text};

/// Member `I` itself, const if the object is.
template <std::size_t I, Reflected T>
constexpr auto& member(T& object) noexcept
{
    using Function = detail::AccessorFunction<T, I>;
    if constexpr (std::is_null_pointer_v<decltype(detail::member_pointer<Function>)>)
        return Function{}(object);
    else
        return object.*detail::member_pointer<Function>;
}

/// Whether `Pointer`, such as `&Cart::items`, is what member `I` was adapted with.
template <Reflected T, std::size_t I, auto Pointer>
inline constexpr bool points_to =
    std::is_same_v<detail::AccessorFunction<T, I>, boost::hana::struct_detail::member_ptr<decltype(Pointer), Pointer>>;

/// Whether `T` was adapted with the member that `Pointer` points to.
template <class T, auto Pointer>
inline constexpr bool has_member = false;
template <Reflected T, auto Pointer>
inline constexpr bool has_member<T, Pointer> = []<std::size_t... I>(std::index_sequence<I...>) {
    return (points_to<T, I, Pointer> || ...);
}(std::make_index_sequence<member_count<T>>{});

/// Calls `f(std::string_view name, auto& member)` for each member, in order.
template <Reflected T, class F>
constexpr void for_each_member(T& object, F&& f)
{
    [&]<std::size_t... I>(std::index_sequence<I...>) {
        (static_cast<void>(f(member_name<std::remove_cv_t<T>, I>, member<I>(object))), ...);
    }(std::make_index_sequence<member_count<std::remove_cv_t<T>>>{});
}

} // namespace sojourn::inline v0
