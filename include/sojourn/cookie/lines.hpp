#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>

namespace sojourn::inline v0::cookie {

/// Set-Cookie header field values, to be sent in this order, each in a field of its own. Often none: then nothing is to be
/// sent. All lie in one piece of memory.
class Lines {
public:
    /// From line to line.
    class Iterator {
    public:
        using value_type = std::string_view;
        using difference_type = std::ptrdiff_t;
        Iterator() = default;
        explicit Iterator(std::string_view rest) noexcept : rest_{rest} {}
        std::string_view operator*() const noexcept { return rest_.substr(0, rest_.find('\n')); }
        Iterator& operator++() noexcept
        {
            rest_.remove_prefix((**this).size() + 1);
            return *this;
        }
        Iterator operator++(int) noexcept
        {
            const Iterator before = *this;
            ++*this;
            return before;
        }
        bool operator==(const Iterator& other) const noexcept { return rest_.size() == other.rest_.size(); }

    private:
        std::string_view rest_;
    };

    Iterator begin() const noexcept { return Iterator{text_}; }
    Iterator end() const noexcept { return Iterator{}; }
    bool empty() const noexcept { return text_.empty(); }
    std::size_t size() const noexcept
    {
        std::size_t lines = 0;
        for (const char c : text_)
            lines += c == '\n' ? 1 : 0;
        return lines;
    }

    /// No line holds a line break: neither names, values nor attributes may (cookie/attributes.hpp).
    void reserve(std::size_t bytes) { text_.reserve(bytes); }
    void add(std::initializer_list<std::string_view> parts)
    {
        for (const std::string_view part : parts)
            text_.append(part);
        text_.push_back('\n');
    }

private:
    std::string text_;
};

} // namespace sojourn::inline v0::cookie
