#pragma once

#include <sojourn/error.hpp>

#include <cassert>
#include <concepts>
#include <new>
#include <stdexcept>
#include <type_traits>
#include <utility>

namespace sojourn::inline v0 {

namespace detail {

/// What a Result has whatever its value is.
class ResultBase {
public:
    /// Whether there is a value.
    bool has_value() const noexcept { return has_value_; }
    /// Whether there is none.
    bool has_error() const noexcept { return !has_value_; }
    explicit operator bool() const noexcept { return has_value_; }
    /// Why there is no value; if there is one, an error that is none.
    const Error& error() const noexcept { return error_; }

protected:
    ResultBase() noexcept = default;
    /// An error that is none is no success either: somebody's storage failed, and did not say how.
    explicit ResultBase(Error error) noexcept
        : error_{error ? std::move(error) : Error{errc::store_failed}}, has_value_{false}
    {
    }

    void require_value() const
    {
        if (has_error())
            throw std::runtime_error{complaint(error_)};
    }

private:
    Error error_;
    bool has_value_ = true;
};

} // namespace detail

/// A value or an `Error`: `if (result)`, `*result`, `result->member`, `result.error()`; `result.value()` throws
/// std::runtime_error with the error's message if there is no value.
///
/// What C++23 has as std::expected<T, Error>, but that of a temporary result the value is handed out and not a reference to it:
/// `for (auto& one : sessions.list(audience, subject).value())` is no trap. Boost.System's result would do as well, and make a
/// program's unit take half a second longer to compile.
template <class T>
class [[nodiscard]] Result : public detail::ResultBase {
    static constexpr bool moves_quietly = std::is_nothrow_move_constructible_v<T>;

public:
    /// What it holds if nothing failed.
    using value_type = T;

    template <class U = T>
        requires(std::is_convertible_v<U, T> && !std::is_convertible_v<U, Error>)
    // NOLINTNEXTLINE(google-explicit-constructor,bugprone-forwarding-reference-overload): no Result is convertible to a T
    Result(U&& value) noexcept(std::is_nothrow_constructible_v<T, U>) : value_(std::forward<U>(value))
    {
    }
    Result(Error error) noexcept : ResultBase{std::move(error)} {} // NOLINT(google-explicit-constructor)
    Result(errc code) noexcept : ResultBase{code} {}               // NOLINT(google-explicit-constructor)

    Result(const Result& other)
        requires std::is_copy_constructible_v<T>
        : ResultBase{other}
    {
        if (has_value())
            ::new (&value_) T(other.value_);
    }
    Result(Result&& other) noexcept(moves_quietly)
        : ResultBase{std::move(other)} // which still tells whether there is a value
    {
        if (has_value())
            ::new (&value_) T(std::move(other.value_)); // NOLINT(bugprone-use-after-move): the base was
    }
    Result& operator=(Result other) noexcept
        requires moves_quietly
    {
        this->~Result();
        return *::new (this) Result(std::move(other));
    }
    ~Result()
    {
        if (has_value())
            value_.~T();
    }

    /// Only if there is a value.
    T& operator*() & noexcept { return held(); }
    const T& operator*() const& noexcept { return held(); }
    T operator*() && noexcept(moves_quietly) { return std::move(held()); }
    T* operator->() noexcept { return &held(); }
    const T* operator->() const noexcept { return &held(); }

    /// Throws if there is none.
    T& value() & { return require_value(), value_; }
    const T& value() const& { return require_value(), value_; }
    T value() && { return require_value(), std::move(value_); }

    /// Equal values, or errors with equal codes.
    friend bool operator==(const Result& left, const Result& right)
        requires std::equality_comparable<T>
    {
        if (left.has_value() && right.has_value())
            return left.value_ == right.value_;
        return left.has_value() == right.has_value() && left.error() == right.error();
    }

private:
    T& held() noexcept
    {
        assert(has_value());
        return value_;
    }
    const T& held() const noexcept
    {
        assert(has_value());
        return value_;
    }

    union {
        // NOLINTNEXTLINE(readability-identifier-naming): it is as private as the union
        T value_; ///< constructed and destroyed only where there is one
    };
};

/// Success, or an `Error`.
template <>
class [[nodiscard]] Result<void> : public detail::ResultBase {
public:
    using value_type = void;

    Result() noexcept = default;
    Result(Error error) noexcept : ResultBase{std::move(error)} {} // NOLINT(google-explicit-constructor)
    Result(errc code) noexcept : ResultBase{code} {}               // NOLINT(google-explicit-constructor)

    /// Throws std::runtime_error if there is an error.
    void value() const { require_value(); }

    friend bool operator==(const Result& left, const Result& right) noexcept
    {
        return left.has_value() == right.has_value() && left.error() == right.error();
    }
};

} // namespace sojourn::inline v0
