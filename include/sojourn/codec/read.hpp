#pragma once

#include <sojourn/codec/types.hpp>

#include <algorithm>

namespace sojourn::inline v0::codec::detail {

template <class Reader, class T>
bool read(Reader& reader, T& value);

/// Members may come in any order; those that are missing keep what `object` holds. A name twice is refused. What to do
/// with a member that `object` lacks is up to `on_stranger(name)`.
template <class Reader, Reflected T, class OnStranger>
bool read_struct(Reader& reader, T& object, OnStranger&& on_stranger)
{
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
        std::array<bool, sizeof...(I) + 1> seen{};
        return reader.map([&](std::string_view name) {
            bool good = false;
            [[maybe_unused]] const auto read_member = [&](bool& seen_before, std::string_view own_name, auto& value) {
                good = !std::exchange(seen_before, true) && read(reader, value);
                if (!good)
                    reader.blame(own_name);
                return true;
            };
            const bool known =
                ((name == member_name<T, I> && read_member(seen[I], member_name<T, I>, member<I>(object))) || ...);
            return known ? good : on_stranger(name);
        });
    }(std::make_index_sequence<member_count<T>>{});
}

template <class Reader, Sequence T>
bool read_sequence(Reader& reader, T& list)
{
    list.clear();
    return reader.array([&](std::size_t left) {
        // No more memory than the input that is left is worth, until the elements are really there.
        if constexpr (requires { list.reserve(left); })
            if (list.empty())
                list.reserve(std::min(left, 8 + reader.remaining() / sizeof(typename T::value_type)));
        typename T::value_type element{};
        if (!read(reader, element))
            return false;
        list.push_back(std::move(element));
        return true;
    });
}

/// Exactly as many elements as `read_next(index)` is told to read.
template <class Reader, class ReadNext>
bool read_fixed(Reader& reader, std::size_t count, ReadNext&& read_next)
{
    std::size_t index = 0;
    return reader.array([&](std::size_t) { return index < count && read_next(index++); }) && index == count;
}

template <class Reader, Variant T>
bool read_variant(Reader& reader, T& value)
{
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
        std::size_t alternative = 0;
        return read_fixed(reader, 2, [&](std::size_t index) {
            if (index == 0)
                return reader.integer(alternative) && alternative < sizeof...(I);
            return ((alternative == I && read(reader, value.template emplace<I>())) || ...);
        });
    }(std::make_index_sequence<std::variant_size_v<T>>{});
}

/// Reads a value of the type's shape; false for anything else. What `value` holds then is unspecified.
template <class Reader, class T>
bool read(Reader& reader, T& value)
{
    const auto read_as = [&]<class Plain>(Plain plain, auto convert) {
        if (!read(reader, plain))
            return false;
        value = convert(plain);
        return true;
    };

    if constexpr (ReadsItself<T, Reader>)
        return value.read_from(reader);
    else if constexpr (Reflected<T>)
        return read_struct(reader, value, [&](std::string_view) { return reader.skip(); });
    else if constexpr (std::same_as<T, bool>)
        return reader.boolean(value);
    else if constexpr (Integer<T>)
        return reader.integer(value);
    else if constexpr (Float<T>)
        return reader.number(value);
    else if constexpr (Enum<T>)
        return read_as(std::underlying_type_t<T>{}, [](auto plain) { return static_cast<T>(plain); });
    else if constexpr (std::same_as<T, std::string>)
        return reader.string(value);
    else if constexpr (std::same_as<T, Bytes> || ByteArray<T>)
        return reader.bytes(value);
    else if constexpr (is_a<T, std::chrono::duration>)
        return read_as(typename T::rep{}, [](auto count) { return T{count}; });
    else if constexpr (is_system_time<T>)
        return read_as(typename T::duration{}, [](auto since_epoch) { return T{since_epoch}; });
    else if constexpr (std::same_as<T, std::monostate>)
        return reader.null();
    else if constexpr (Optional<T>) {
        value.reset();
        return reader.null() || read(reader, value.emplace());
    } else if constexpr (Sequence<T>)
        return read_sequence(reader, value);
    else if constexpr (OrderedSet<T>) {
        value.clear();
        return reader.array([&](std::size_t) {
            typename T::value_type element{};
            return read(reader, element) && value.insert(std::move(element)).second;
        });
    } else if constexpr (is_array<T>)
        return read_fixed(reader, value.size(), [&](std::size_t index) { return read(reader, value[index]); });
    else if constexpr (Dictionary<T>) {
        value.clear();
        return reader.map([&](std::string_view key) {
            const auto [entry, is_new] = value.try_emplace(std::string{key});
            return is_new && read(reader, entry->second);
        });
    } else if constexpr (Variant<T>)
        return read_variant(reader, value);
    else if constexpr (TupleLike<T>)
        return [&]<std::size_t... I>(std::index_sequence<I...>) {
            return read_fixed(reader, sizeof...(I), [&](std::size_t index) {
                return ((index == I && read(reader, std::get<I>(value))) || ...);
            });
        }(std::make_index_sequence<std::tuple_size_v<T>>{});
    else {
        NotSessionData<T>{};
        return false;
    }
}

} // namespace sojourn::inline v0::codec::detail
