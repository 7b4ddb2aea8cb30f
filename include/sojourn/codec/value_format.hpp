#pragma once

#include <sojourn/codec/fit.hpp>
#include <sojourn/wire/base64url.hpp>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string_view>
#include <variant>

// A `Value` is a format like MessagePack and JSON: what a struct's member may be, a value of a `Map` may be.

namespace sojourn::inline v0::codec::detail {

/// Reads the program's types from a `Value`; the functions are those of `MessagePackReader`.
template <class Value>
class ValueReader {
public:
    explicit ValueReader(const Value& value) noexcept : at_{&value} {}

    /// Elements are there already, so that no claim needs to be doubted.
    static constexpr std::size_t remaining() noexcept { return std::numeric_limits<std::size_t>::max() / 2; }
    static constexpr void blame(std::string_view) noexcept {}
    static constexpr bool skip() noexcept { return true; }

    Kind kind() const noexcept
    {
        constexpr Kind kinds[] = {Kind::null,   Kind::boolean, Kind::integer, Kind::integer, Kind::number,
                                  Kind::string, Kind::bytes,   Kind::array,   Kind::map};
        return kinds[at_->held_.index()];
    }

    bool null() const noexcept { return held<std::monostate>() != nullptr; }
    bool boolean(bool& value) const noexcept { return copy(value); }
    bool string(std::string& value) const { return copy(value); }

    template <Integer T>
    bool integer(T& value) const noexcept
    {
        const auto take = [&](const auto* number) { return number != nullptr && fit(*number, value); };
        return take(held<std::int64_t>()) || take(held<std::uint64_t>());
    }

    template <Float T>
    bool number(T& value) const noexcept
    {
        const auto take = [&](const auto* number) {
            return number != nullptr && fit(static_cast<double>(*number), value);
        };
        return take(held<double>()) || take(held<std::int64_t>()) || take(held<std::uint64_t>());
    }

    bool bytes(Bytes& value) const
    {
        const auto* const text = held<std::string>();
        if (text == nullptr)
            return copy(value);
        value.resize(wire::decoded_size(text->size()));
        return wire::decode(*text, value.data());
    }

    template <std::size_t N>
    bool bytes(std::array<std::byte, N>& value) const
    {
        Bytes run;
        if (!bytes(run) || run.size() != N)
            return false;
        std::ranges::copy(run, value.begin());
        return true;
    }

    template <class F>
    bool array(F&& element)
    {
        const auto* const array = held<typename Value::Array>();
        return array != nullptr && std::ranges::all_of(*array, [&, left = array->size()](const Value& value) mutable {
                   at_ = &value;
                   return element(left--);
               });
    }

    template <class F>
    bool map(F&& member)
    {
        const auto* const map = held<typename Value::Map>();
        return map != nullptr && std::ranges::all_of(*map, [&](const auto& entry) {
                   at_ = &entry.second;
                   return member(std::string_view{entry.first});
               });
    }

private:
    template <class T>
    const T* held() const noexcept
    {
        return std::get_if<T>(&at_->held_);
    }

    template <class T>
    bool copy(T& value) const
    {
        const auto* const own = held<T>();
        if (own != nullptr)
            value = *own;
        return own != nullptr;
    }

    const Value* at_;
};

/// Writes the program's types to a `Value`; the functions are those of `MessagePackWriter`.
template <class Value>
class ValueWriter {
    using Array = typename Value::Array;
    using Map = typename Value::Map;

public:
    Value take() noexcept { return std::move(root_); }

    static constexpr void fail() noexcept {} // a valueless variant becomes null

    void null() { put(); }
    void boolean(bool value) { put(value); }
    void integer(Integer auto value) { put(value); }
    void number(double value) { put(value); }
    void string(std::string_view text) { put(std::string{text}); }
    void bytes(BytesView run) { put(Bytes(run.begin(), run.end())); }
    void key(std::string_view name) { key_ = name; }

    template <class F>
    void array(std::size_t count, F&& write_elements)
    {
        Array inner;
        inner.reserve(count);
        within(&inner, nullptr, write_elements);
        put(std::move(inner));
    }

    template <class F>
    void map(std::size_t, F&& write_members, BytesView = {})
    {
        Map inner;
        within(nullptr, &inner, write_members);
        put(std::move(inner));
    }

private:
    template <class F>
    void within(Array* array, Map* map, F& write_contents)
    {
        const auto outer_array = std::exchange(array_, array);
        const auto outer_map = std::exchange(map_, map);
        const auto outer_key = std::move(key_);
        write_contents();
        array_ = outer_array;
        map_ = outer_map;
        key_ = outer_key;
    }

    template <class... Held>
    void put(Held&&... held)
    {
        if (array_ != nullptr)
            array_->emplace_back(std::forward<Held>(held)...);
        else if (map_ != nullptr)
            map_->insert_or_assign(key_, Value(std::forward<Held>(held)...));
        else
            root_ = Value(std::forward<Held>(held)...);
    }

    Value root_;
    Array* array_ = nullptr;
    Map* map_ = nullptr;
    std::string key_;
};

} // namespace sojourn::inline v0::codec::detail
