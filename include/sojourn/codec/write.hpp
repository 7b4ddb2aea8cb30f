#pragma once

#include <sojourn/codec/types.hpp>

#include <cstddef>
#include <cstdlib>
#include <string_view>
#include <utility>
#include <vector>

namespace sojourn::inline v0::codec::detail {

template <class Writer, class T>
void write(Writer& writer, const T& value);

/// A struct is a map of its members by name; `strangers` are members of another release, already in the format.
template <class Writer, Reflected T>
void write_struct(Writer& writer, const T& object, BytesView strangers = {})
{
    [&]<std::size_t... I>(std::index_sequence<I...>) {
        const auto write_members = [&] { (..., (writer.key(member_name<T, I>), write(writer, member<I>(object)))); };
        writer.map(sizeof...(I), write_members, strangers);
    }(std::make_index_sequence<member_count<T>>{});
}

template <class Writer, Dictionary T>
void write_dictionary(Writer& writer, const T& dictionary)
{
    using Entry = const typename T::value_type*;
    const auto write_entry = [&](Entry entry) {
        writer.key(entry->first);
        write(writer, entry->second);
    };
    if constexpr (OrderedDictionary<T>) {
        writer.map(dictionary.size(), [&] {
            for (const auto& entry : dictionary)
                write_entry(&entry);
        });
    } else { // equal data gives equal bytes, so the order of a hash table must not show
        std::vector<Entry> entries;
        entries.reserve(dictionary.size());
        for (const auto& entry : dictionary)
            entries.push_back(&entry);
        const auto compare = [](const void* left, const void* right) {
            return (*static_cast<const Entry*>(left))->first.compare((*static_cast<const Entry*>(right))->first);
        };
        if (!entries.empty()) // C's sort: <algorithm> takes each program's unit a twentieth of a second to read
            std::qsort(entries.data(), entries.size(), sizeof(Entry), compare);
        writer.map(entries.size(), [&] {
            for (Entry entry : entries)
                write_entry(entry);
        });
    }
}

template <class Writer, VariantLike T, std::size_t... I>
void write_alternative(Writer& writer, const T& value, std::index_sequence<I...>)
{
    static_cast<void>(((value.index() == I && (write(writer, *get_if<I>(&value)), true)) || ...));
}

/// Tells `value` to a format. The shapes of types are decided here and in read.hpp, once for all formats.
template <class Writer, class T>
void write(Writer& writer, const T& value)
{
    if constexpr (std::same_as<T, bool>)
        writer.boolean(value);
    else if constexpr (Integer<T>)
        writer.integer(value);
    else if constexpr (Float<T>)
        writer.number(value);
    else if constexpr (Enum<T>)
        write(writer, static_cast<std::underlying_type_t<T>>(value));
    else if constexpr (std::same_as<T, std::string>)
        writer.string(value);
    else if constexpr (WritesItself<T, Writer>)
        value.write_to(writer);
    else if constexpr (Reflected<T>)
        write_struct(writer, value);
    else if constexpr (std::same_as<T, Bytes> || ByteArray<T>)
        writer.bytes(value);
    else if constexpr (is_a<T, std::chrono::duration>)
        write(writer, value.count());
    else if constexpr (is_system_time<T>)
        write(writer, value.time_since_epoch());
    else if constexpr (Empty<T>)
        writer.null();
    else if constexpr (Optional<T>)
        value ? write(writer, *value) : writer.null();
    else if constexpr (Sequence<T> || OrderedSet<T> || is_array<T>)
        writer.array(value.size(), [&] {
            for (const auto& element : value)
                write(writer, static_cast<const typename T::value_type&>(element)); // std::vector<bool> has proxies
        });
    else if constexpr (Dictionary<T>)
        write_dictionary(writer, value);
    else if constexpr (VariantLike<T>) {
        if (value.valueless_by_exception())
            return writer.fail();
        writer.array(2, [&] {
            writer.integer(value.index());
            write_alternative(writer, value, std::make_index_sequence<alternatives<T>>{});
        });
    } else if constexpr (TupleLike<T>)
        [&]<std::size_t... I>(std::index_sequence<I...>) {
            using std::get; // or the one of its namespace
            writer.array(sizeof...(I), [&] { (write(writer, get<I>(value)), ...); });
        }(std::make_index_sequence<std::tuple_size_v<T>>{});
    else
        NotSessionData<T>{};
}

} // namespace sojourn::inline v0::codec::detail
