#pragma once

#include <sojourn/codec/types.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace sojourn::inline v0::codec::detail {

template <class Reader, class T>
bool read(Reader& reader, T& value);

/// Members may come in any order; those that are missing keep what `object` holds. The name of a member twice is refused.
/// What to do with a member that `object` lacks is up to `on_stranger(name)`.
template <class Reader, Reflected T, class OnStranger>
bool read_struct(Reader& reader, T& object, OnStranger&& on_stranger)
{
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
        constexpr std::string_view names[] = {member_name<T, I>..., {}};
        bool seen[sizeof...(I) + 1] = {};
        return reader.map([&](std::string_view name) {
            std::size_t at = 0;
            while (at != sizeof...(I) && names[at] != name)
                ++at;
            if (at == sizeof...(I))
                return static_cast<bool>(on_stranger(name));
            const bool good = !seen[at] && ((I == at && read(reader, member<I>(object))) || ...);
            seen[at] = true;
            if (!good)
                reader.blame(names[at]);
            return good;
        });
    }(std::make_index_sequence<member_count<T>>{});
}

template <class Reader, Sequence T>
bool read_sequence(Reader& reader, T& list)
{
    list.clear();
    return reader.array([&](std::size_t left) {
        if constexpr (requires { list.reserve(left); })
            if (list.empty()) { // no more memory than the input that is left is worth, until the elements are really there
                const std::size_t worth = 8 + reader.remaining() / sizeof(typename T::value_type);
                list.reserve(left < worth ? left : worth);
            }
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

template <class Reader, VariantLike T>
bool read_variant(Reader& reader, T& value)
{
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
        std::size_t alternative = 0;
        return read_fixed(reader, 2, [&](std::size_t index) {
            if (index == 0)
                return reader.integer(alternative) && alternative < sizeof...(I);
            return ((alternative == I && read(reader, value.template emplace<I>())) || ...);
        });
    }(std::make_index_sequence<alternatives<T>>{});
}

/// Reads a `Plain`, of which `convert(plain)` makes the value.
template <class Plain, class Reader, class T, class Convert>
bool read_as(Reader& reader, T& value, Convert convert)
{
    Plain plain{};
    if (!read(reader, plain))
        return false;
    value = convert(plain);
    return true;
}

/// Reads a value of the type's shape; false for anything else. What `value` holds then is unspecified.
template <class Reader, class T>
bool read(Reader& reader, T& value)
{
    if constexpr (std::same_as<T, bool>)
        return reader.boolean(value);
    else if constexpr (Integer<T>)
        return reader.integer(value);
    else if constexpr (Float<T>)
        return reader.number(value);
    else if constexpr (Enum<T>)
        return read_as<std::underlying_type_t<T>>(reader, value, [](auto plain) { return static_cast<T>(plain); });
    else if constexpr (std::same_as<T, std::string>)
        return reader.string(value);
    else if constexpr (ReadsItself<T, Reader>)
        return value.read_from(reader);
    else if constexpr (Reflected<T>)
        return read_struct(reader, value, [&](std::string_view) { return reader.skip(); });
    else if constexpr (std::same_as<T, Bytes> || ByteArray<T>)
        return reader.bytes(value);
    else if constexpr (is_a<T, std::chrono::duration>)
        return read_as<typename T::rep>(reader, value, [](auto count) { return T{count}; });
    else if constexpr (is_system_time<T>)
        return read_as<typename T::duration>(reader, value, [](auto since_epoch) { return T{since_epoch}; });
    else if constexpr (Empty<T>)
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
    } else if constexpr (VariantLike<T>)
        return read_variant(reader, value);
    else if constexpr (TupleLike<T>)
        return [&]<std::size_t... I>(std::index_sequence<I...>) {
            return read_fixed(reader, sizeof...(I), [&](std::size_t index) {
                using std::get; // or the one of its namespace
                return ((index == I && read(reader, get<I>(value))) || ...);
            });
        }(std::make_index_sequence<std::tuple_size_v<T>>{});
    else {
        NotSessionData<T>{};
        return false;
    }
}

} // namespace sojourn::inline v0::codec::detail
