#pragma once

#include <sojourn/core/equal.hpp>
#include <sojourn/reflect.hpp>

#include <concepts>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace sojourn::inline v0 {

namespace detail {

/// Whether `function(base, mine, theirs)` makes one `T` of three.
template <class Function, class T>
concept Merges = requires(const Function& function, const T& value) {
    requires std::same_as<std::remove_cvref_t<decltype(function(value, value, value))>, T>;
};

/// Or, of a map, one value of three.
template <class Function, class T>
constexpr bool merges_values() noexcept
{
    if constexpr (core::detail::Keyed<T>)
        return Merges<Function, T> || merges_values<Function, typename T::mapped_type>();
    else
        return Merges<Function, T>;
}

template <class Pointer>
struct Pointed {
    using type = void;
};
template <class Type, class Struct>
struct Pointed<Type Struct::*> {
    using type = Type;
    template <auto Pointer>
    static constexpr bool adapted = has_member<Struct, Pointer>;
};

template <auto>
struct Constant {};

/// How often the rules name a member.
template <auto Member, class... Rules>
inline constexpr std::size_t uses_in = (std::size_t{0} + ... + Rules::template uses<Member>);

/// A merge function and the members that it is for.
template <class Function, auto... Members>
struct MergeRule {
    Function function;

    template <class T, std::size_t I>
    static constexpr bool is_for = (points_to<T, I, Members> || ...);
    template <class T>
    static constexpr bool belongs_to = (has_member<T, Members> && ...);
    template <auto Member>
    static constexpr std::size_t uses = (std::size_t{0} + ... + std::is_same_v<Constant<Member>, Constant<Members>>);
    template <class... Rules>
    static constexpr bool is_only_one = ((uses_in<Members, Rules...> == 1) && ...);
};

/// The rules of a struct.
template <class... Rules>
struct MergeRules : Rules... {
    template <class T>
    static constexpr bool belong_to = (Rules::template belongs_to<T> && ...);

    /// The function for member `I`; nullptr if it has no rule.
    template <class T, std::size_t I>
    constexpr auto function_for() const
    {
        return first_for<T, I>(static_cast<const Rules&>(*this)...);
    }

private:
    template <class T, std::size_t I>
    static constexpr std::nullptr_t first_for()
    {
        return nullptr;
    }
    template <class T, std::size_t I, class Rule, class... Others>
    static constexpr auto first_for(const Rule& rule, const Others&... others)
    {
        if constexpr (Rule::template is_for<T, I>)
            return rule.function;
        else
            return first_for<T, I>(others...);
    }
};

} // namespace detail

/// One rule: what `function` does to these members when two requests have changed them at once, as in
/// `rule<&Cart::visits, &Cart::points>(merge::sum)`.
///
/// `function(const T& base, const T& mine, const T& theirs)` answers with a `T`: one of merge.hpp, or the program's own.
/// `base` is what both requests began with, `mine` what this one made of it, `theirs` what the other one has stored. It is
/// asked only where both differ from `base`, so that it cannot lose what one alone has changed; it may be asked again
/// with what it has answered, and must not keep anything. For a map, if it takes no whole maps, it is given the values
/// under each key that both have changed; of a key that both have added, `base` is a `T{}`.
template <auto... Members, class Function>
constexpr auto rule(Function function)
{
    using detail::Pointed;
    static_assert(sizeof...(Members) != 0 && (std::is_member_object_pointer_v<decltype(Members)> && ...),
                  "sojourn: a merge rule names members of a struct, as in rule<&Cart::visits>(merge::sum)");
    static_assert((Pointed<decltype(Members)>::template adapted<Members> && ...),
                  "sojourn: a merge rule names a member that is not adapted: it must be among those of the struct's "
                  "BOOST_HANA_ADAPT_STRUCT(Type, member, ...), which stands above the rules");
    static_assert((detail::merges_values<Function, typename Pointed<decltype(Members)>::type>() && ...),
                  "sojourn: a merge rule does not fit its member's type: merge::sum takes numbers and durations, "
                  "merge::unite sets and sequences, merge::append sequences and strings, and a function of yours "
                  "(const T& base, const T& mine, const T& theirs) and returns a T");
    return detail::MergeRule<Function, Members...>{function};
}

/// The rules of a struct, for `merge_rules`.
template <class... Rules>
constexpr auto rules(Rules... all)
{
    static_assert((Rules::template is_only_one<Rules...> && ...), "sojourn: two merge rules name the same member");
    return detail::MergeRules<Rules...>{all...};
}

/// What becomes of the members of `T` that two requests changed at once. A program says it beside the struct's
/// adaptation, outside of any namespace:
///
///     template <>
///     inline constexpr auto sojourn::merge_rules<shop::Cart> = rules(
///         rule<&shop::Cart::visits>(merge::sum),
///         rule<&shop::Cart::best>([](int, int mine, int theirs) { return std::max(mine, theirs); }));
///
/// It is heeded wherever a `T` lies in a session: nested in another struct, or in a map. Default: no rules. A member
/// without one is merged by its own members if it is a struct, key by key if it is a map, and else is taken as I have it.
template <class T>
inline constexpr auto merge_rules = rules();

namespace detail {

template <class T>
inline constexpr bool rules_belong = std::remove_cvref_t<decltype(merge_rules<T>)>::template belong_to<T>;

/// The same of `T` and of all structs that are members of it, at any depth.
template <class T>
inline constexpr bool all_rules_belong = rules_belong<T>;
template <Reflected T>
inline constexpr bool all_rules_belong<T> = rules_belong<T> && []<std::size_t... I>(std::index_sequence<I...>) {
    return (all_rules_belong<std::remove_cvref_t<decltype(member<I>(std::declval<T&>()))>> && ...);
}(std::make_index_sequence<member_count<T>>{});

} // namespace detail

} // namespace sojourn::inline v0
