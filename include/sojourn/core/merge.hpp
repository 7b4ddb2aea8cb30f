#pragma once

#include <sojourn/core/equal.hpp>
#include <sojourn/merge_rules.hpp>
#include <sojourn/reflect.hpp>

#include <concepts>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace sojourn::inline v0::core {

template <class T>
void merge(const T& base, T& mine, const T& theirs);

namespace detail {

/// Key by key; `merge_value(base, mine, theirs)` merges what lies under a key that both have. A key that both added is
/// merged as if a value that says nothing had been there, but for a plain value: that is mine. A key that one side
/// removed and the other left as it was is removed.
template <bool PlainToo, Keyed T, class MergeValue>
void merge_keys(const T& base, T& mine, const T& theirs, const MergeValue& merge_value)
{
    using Value = typename T::mapped_type;
    constexpr bool has_parts = Reflected<Value> || Keyed<Value> || DynamicValue<Value>;
    for (const auto& [key, their_value] : theirs) {
        const Value* const base_value = lookup(base, key);
        Value* const my_value = lookup(mine, key);
        if (my_value != nullptr && base_value != nullptr)
            merge_value(*base_value, *my_value, their_value);
        else if (my_value == nullptr && base_value == nullptr)
            mine.insert_or_assign(key, their_value);
        else if (my_value != nullptr)
            if constexpr ((has_parts || PlainToo) && std::default_initializable<Value>)
                merge_value(Value{}, *my_value, their_value);
    }
    for (const auto& [key, base_value] : base)
        if (const auto* const my_value = lookup(mine, key); my_value != nullptr && lookup(theirs, key) == nullptr)
            if (equal(base_value, *my_value))
                mine.erase(key);
}

/// A member that has a rule: the rule is asked only if both changed it, so that it cannot lose what one of them did.
template <class T, class Function>
void merge_by(const Function& function, const T& base, T& mine, const T& theirs)
{
    if constexpr (sojourn::detail::Merges<Function, T>) {
        if (equal(base, mine))
            mine = theirs;
        else if (!equal(base, theirs))
            mine = static_cast<T>(function(base, std::as_const(mine), theirs));
    } else {
        merge_keys<true>(base, mine, theirs, [&](const auto& one, auto& two, const auto& three) {
            detail::merge_by(function, one, two, three);
        });
    }
}

template <std::size_t I, class T>
void merge_member(const T& base, T& mine, const T& theirs)
{
    constexpr auto function = merge_rules<T>.template function_for<T, I>();
    if constexpr (std::is_null_pointer_v<std::remove_const_t<decltype(function)>>)
        core::merge(member<I>(base), member<I>(mine), member<I>(theirs));
    else
        merge_by(function, member<I>(base), member<I>(mine), member<I>(theirs));
}

} // namespace detail

/// Merges three ways what two requests made of the same data: `base` is what this one read, `mine` what it has made of
/// it, `theirs` what meanwhile stands in the store. Afterwards `mine` holds both's changes.
///
/// A struct is merged member by member and a map key by key, at any depth; all else, sequences too, is one value:
/// - not changed by me: theirs;
/// - changed by me: mine;
/// - changed by both: what the member's rule makes of it (merge_rules.hpp); without one, mine. What one side removed and
///   the other changed stays removed where I removed it, and stays changed where I changed it.
template <class T>
void merge(const T& base, T& mine, const T& theirs)
{
    if constexpr (Reflected<T>) {
        static_assert(sojourn::detail::rules_belong<T>,
                      "sojourn: merge_rules<T> has a rule for another struct's member");
        [&]<std::size_t... I>(std::index_sequence<I...>) {
            (detail::merge_member<I>(base, mine, theirs), ...);
        }(std::make_index_sequence<member_count<T>>{});
    } else if constexpr (detail::Keyed<T>) {
        detail::merge_keys<false>(base, mine, theirs,
                                  [](const auto& one, auto& two, const auto& three) { core::merge(one, two, three); });
    } else {
        if constexpr (detail::DynamicValue<T>)
            if (mine.dictionary() && theirs.dictionary()) {
                if (base.dictionary())
                    return core::merge(*base.dictionary(), *mine.dictionary(), *theirs.dictionary());
                if (base == T{})
                    return core::merge({}, *mine.dictionary(), *theirs.dictionary());
            }
        if (detail::equal(base, mine))
            mine = theirs;
    }
}

} // namespace sojourn::inline v0::core
