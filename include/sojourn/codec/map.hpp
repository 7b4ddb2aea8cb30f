#pragma once

#include <sojourn/codec/read.hpp>
#include <sojourn/codec/value_format.hpp>
#include <sojourn/codec/write.hpp>
#include <sojourn/error.hpp>
#include <sojourn/result.hpp>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace sojourn::inline v0 {

class Value;

/// A session's data where no struct says what it is: names to values, sorted by name.
///
/// As a data type, `codec::MessagePack<sojourn::Map>`, it gives the session `set(key, value)` and `get<T>(key)`. Values
/// are whatever a struct's members may be, structs included; the map itself holds them as `Value`s.
class Map {
public:
    using key_type = std::string;
    using mapped_type = Value;
    using key_compare = std::less<>;
    using value_type = std::pair<std::string, Value>;

    Map() noexcept = default;
    Map(std::initializer_list<value_type> entries);

    std::size_t size() const noexcept;
    bool empty() const noexcept;
    const value_type* begin() const noexcept;
    const value_type* end() const noexcept;

    /// Whether something lies under `key`.
    bool contains(std::string_view key) const noexcept { return find(key) != nullptr; }

    /// The value as it is held; null where there is none. Good until the map changes.
    const Value* find(std::string_view key) const noexcept;
    Value* find(std::string_view key) noexcept;

    /// What lies under `key`, as a `T`. Nothing there is `nullopt`, which is no error; something there that a member of
    /// type `T` could not be read from is `errc::type_mismatch`, with the key.
    template <class T>
    Result<std::optional<T>> get(std::string_view key) const;

    /// The same, with a value for when nothing is there.
    template <class T>
    Result<T> get(std::string_view key, T otherwise) const;

    /// Puts `value` under `key`, whatever was there.
    template <class T>
    void set(std::string_view key, const T& value);
    /// The same, of a value as it is held.
    void insert_or_assign(std::string_view key, Value value);

    /// Whether there was something to erase.
    bool erase(std::string_view key);
    void clear() noexcept;

    /// For codecs. False for what is no map.
    template <class Reader>
    bool read_from(Reader& reader);

    friend bool operator==(const Map& left, const Map& right) noexcept;

private:
    std::size_t lower_bound(std::string_view key) const noexcept;

    std::vector<value_type> entries_;
};

/// One value of a `Map`: null, bool, 64-bit integer, double, string, bytes, array or map.
///
/// A positive integer is the same value whatever type it came from. JSON has no bytes: there they become base64url
/// text, and `get<Bytes>` reads them from that.
class Value {
public:
    using Array = std::vector<Value>;         ///< what an array is held as
    using Map = sojourn::Map;                 ///< and a map
    static constexpr bool may_be_null = true; ///< for codecs

    Value() noexcept = default;
    explicit Value(std::same_as<bool> auto value) noexcept : held_{value} {} // a pointer is no bool
    explicit Value(double value) noexcept : held_{value} {}
    explicit Value(std::string value) noexcept : held_{std::move(value)} {}
    explicit Value(const char* value) : held_{std::string{value}} {}
    explicit Value(Bytes value) noexcept : held_{std::move(value)} {}
    explicit Value(Array value) noexcept : held_{std::move(value)} {}
    explicit Value(Map value) noexcept : held_{std::move(value)} {}
    template <codec::detail::Integer T>
    explicit Value(T value) noexcept
    {
        if (value < 0 || static_cast<std::uint64_t>(value) <= std::numeric_limits<std::int64_t>::max())
            held_ = static_cast<std::int64_t>(value);
        else
            held_ = static_cast<std::uint64_t>(value);
    }
    /// Whatever a struct's member may be; text of any type is a string.
    template <class T>
    static Value of(const T& value);

    /// As `Map::get`.
    template <class T>
    Result<T> as() const;

    /// The map or the array that this is; null if it is not one.
    Map* dictionary() noexcept { return std::get_if<Map>(&held_); }
    const Map* dictionary() const noexcept { return std::get_if<Map>(&held_); }
    /// The same for an array.
    const Array* array() const noexcept { return std::get_if<Array>(&held_); }

    /// For codecs.
    template <class Writer>
    void write_to(Writer& writer) const;
    /// For codecs. False for what is none of these.
    template <class Reader>
    bool read_from(Reader& reader);

    /// NaN equals NaN, since it is no change.
    friend bool operator==(const Value& left, const Value& right) noexcept
    {
        const auto *const one = std::get_if<double>(&left.held_), *const other = std::get_if<double>(&right.held_);
        const bool both_nan = one != nullptr && other != nullptr && *one != *one && *other != *other;
        return both_nan || left.held_ == right.held_;
    }

private:
    template <class>
    friend class codec::detail::ValueReader;

    /// Only what is larger than an std::int64_t is held as an std::uint64_t.
    std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double, std::string, Bytes, Array, Map> held_;
};

// --- Map ----------------------------------------------------------------------------------------------------------

inline Map::Map(std::initializer_list<value_type> entries)
{
    for (const auto& [key, value] : entries)
        insert_or_assign(key, value);
}

inline std::size_t Map::size() const noexcept { return entries_.size(); }
inline bool Map::empty() const noexcept { return entries_.empty(); }
inline const Map::value_type* Map::begin() const noexcept { return entries_.data(); }
inline const Map::value_type* Map::end() const noexcept { return entries_.data() + entries_.size(); }
inline void Map::clear() noexcept { entries_.clear(); }
inline bool operator==(const Map& left, const Map& right) noexcept { return left.entries_ == right.entries_; }

inline std::size_t Map::lower_bound(std::string_view key) const noexcept
{
    const auto name = [](const value_type& entry) -> std::string_view { return entry.first; };
    return static_cast<std::size_t>(std::ranges::lower_bound(entries_, key, {}, name) - entries_.begin());
}

inline const Value* Map::find(std::string_view key) const noexcept
{
    const auto at = lower_bound(key);
    return at != size() && entries_[at].first == key ? &entries_[at].second : nullptr;
}

inline Value* Map::find(std::string_view key) noexcept { return const_cast<Value*>(std::as_const(*this).find(key)); }

inline void Map::insert_or_assign(std::string_view key, Value value)
{
    const auto at = lower_bound(key);
    if (at != size() && entries_[at].first == key)
        entries_[at].second = std::move(value);
    else
        entries_.emplace(entries_.begin() + static_cast<std::ptrdiff_t>(at), std::string{key}, std::move(value));
}

inline bool Map::erase(std::string_view key)
{
    const auto at = lower_bound(key);
    if (at == size() || entries_[at].first != key)
        return false;
    entries_.erase(entries_.begin() + static_cast<std::ptrdiff_t>(at));
    return true;
}

template <class T>
Result<std::optional<T>> Map::get(std::string_view key) const
{
    const auto* const value = find(key);
    if (value == nullptr)
        return std::optional<T>{};
    auto result = value->template as<T>();
    if (!result)
        return Error{errc::type_mismatch, std::string{key}};
    return std::optional<T>{std::move(*result)};
}

template <class T>
Result<T> Map::get(std::string_view key, T otherwise) const
{
    auto found = get<T>(key);
    if (!found)
        return found.error();
    return *found ? std::move(**found) : std::move(otherwise);
}

template <class T>
void Map::set(std::string_view key, const T& value)
{
    insert_or_assign(key, Value::of(value));
}

/// Appends and sorts once, so that no order of names makes it slow; a name twice is refused.
template <class Reader>
bool Map::read_from(Reader& reader)
{
    const auto name = [](const value_type& entry) -> const std::string& { return entry.first; };
    entries_.clear();
    const bool good = reader.map([&](std::string_view key) {
        auto& entry = entries_.emplace_back(std::string{key}, Value{});
        return entry.second.read_from(reader);
    });
    if (!std::ranges::is_sorted(entries_, {}, name))
        std::ranges::sort(entries_, {}, name);
    return good && std::ranges::adjacent_find(entries_, {}, name) == entries_.end();
}

// --- Value --------------------------------------------------------------------------------------------------------

template <class Writer>
void Value::write_to(Writer& writer) const
{
    std::visit([&](const auto& held) { codec::detail::write(writer, held); }, held_);
}

template <class Reader>
bool Value::read_from(Reader& reader)
{
    using codec::detail::Kind;
    const auto read = [&]<class T>(T held) {
        const bool good = codec::detail::read(reader, held);
        held_ = std::move(held);
        return good;
    };
    switch (reader.kind()) {
    case Kind::null: return read(std::monostate{});
    case Kind::boolean: return read(false);
    case Kind::integer: {
        auto ahead = reader;
        std::int64_t small{};
        return ahead.integer(small) ? read(small) : read(std::uint64_t{});
    }
    case Kind::number: return read(0.0);
    case Kind::string: return read(std::string{});
    case Kind::bytes: return read(Bytes{});
    case Kind::array: return read(Array{});
    case Kind::map: return read(Map{});
    default: return false;
    }
}

template <class T>
Value Value::of(const T& value)
{
    if constexpr (std::same_as<T, Value>)
        return value;
    else if constexpr (std::convertible_to<T, std::string_view>)
        return Value{std::string{std::string_view{value}}};
    else {
        codec::detail::ValueWriter<Value> writer;
        codec::detail::write(writer, value);
        return writer.take();
    }
}

template <class T>
Result<T> Value::as() const
{
    T value{};
    if (codec::detail::ValueReader<Value> reader{*this}; codec::detail::read(reader, value))
        return value;
    return errc::type_mismatch;
}

} // namespace sojourn::inline v0
