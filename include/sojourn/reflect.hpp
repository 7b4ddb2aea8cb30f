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

template <std::size_t I, class NameType, class FunctionType>
struct Accessor {
    using Name = NameType;
    using Function = FunctionType;
};

template <class Indices, class Accessors>
struct NumberedAccessors;
template <std::size_t... I, class... Name, class... Function>
struct NumberedAccessors<std::index_sequence<I...>, boost::hana::tuple<boost::hana::pair<Name, Function>...>>
    : Accessor<I, Name, Function>... {};

template <std::size_t I, class Name, class Function>
Accessor<I, Name, Function> accessor_at(const Accessor<I, Name, Function>&);

/// What an adapted struct is made of, read off the type of its accessors: to ask Hana for each would take longer to compile.
template <class Accessors>
struct Members;
template <class... Pairs>
struct Members<boost::hana::tuple<Pairs...>> {
    static constexpr std::size_t count = sizeof...(Pairs);
    using Numbered = NumberedAccessors<std::make_index_sequence<count>, boost::hana::tuple<Pairs...>>;
    template <std::size_t I>
    using At = decltype(accessor_at<I>(std::declval<Numbered>()));
};

template <class T, std::size_t I>
using AccessorName = typename Members<Accessors<T>>::template At<I>::Name;

template <class T, std::size_t I>
using AccessorFunction = typename Members<Accessors<T>>::template At<I>::Function;

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

namespace detail {

// Of std::variant and std::tuple it is the shape that is asked for: who has none need not wait until their headers are read.

template <class T>
concept VariantLike = requires(const T& value) {
    value.index();
    value.valueless_by_exception();
};

template <class T>
concept TupleLike = requires { std::tuple_size<T>::value; };

template <class Variant>
inline constexpr std::size_t alternatives = 0;
template <template <class...> class Template, class... Alternatives>
inline constexpr std::size_t alternatives<Template<Alternatives...>> = sizeof...(Alternatives);

} // namespace detail

} // namespace sojourn::inline v0
