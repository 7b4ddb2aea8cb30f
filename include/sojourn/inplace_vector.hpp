#pragma once

#include <cstddef>

namespace sojourn::inline v0 {

/// At most `Capacity` elements, without an allocation. What of C++26's std::inplace_vector is of use here.
template <class T, std::size_t Capacity>
class InplaceVector {
public:
    using value_type = T;
    static constexpr std::size_t capacity = Capacity; ///< how many there may be

    /// Elements that are not there any more keep their values until others come.
    void clear() noexcept { size_ = 0; }
    /// False if it is full.
    bool try_push_back(const T& element) noexcept
    {
        if (size_ == Capacity)
            return false;
        elements_[size_++] = element;
        return true;
    }
    /// Those behind it move up.
    void erase(std::size_t index) noexcept
    {
        for (--size_; index != size_; ++index)
            elements_[index] = elements_[index + 1];
    }

    bool empty() const noexcept { return size_ == 0; }
    std::size_t size() const noexcept { return size_; }
    T* begin() noexcept { return elements_; }
    T* end() noexcept { return elements_ + size_; }
    const T* begin() const noexcept { return elements_; }
    const T* end() const noexcept { return elements_ + size_; }
    T& operator[](std::size_t index) noexcept { return elements_[index]; }
    const T& operator[](std::size_t index) const noexcept { return elements_[index]; }
    /// Only if there is one.
    const T& back() const noexcept { return elements_[size_ - 1]; }

private:
    T elements_[Capacity] = {};
    std::size_t size_ = 0;
};

} // namespace sojourn::inline v0
