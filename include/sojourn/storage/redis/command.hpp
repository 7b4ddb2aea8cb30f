#pragma once

#include <sojourn/bytes.hpp>

#include <array>
#include <charconv>
#include <cstddef>
#include <span>
#include <string_view>
#include <utility>

namespace sojourn::inline v0::storage::redis {

/// A command as it goes over the wire: `Command{"SET", key, value}`. Its words may hold any bytes; it is wiped when it goes, for
/// there may be a password in it.
///
/// Source: the serialization protocol (RESP), arrays of bulk strings. Ours and not hiredis's, which prints each length by
/// sprintf.
class Command {
public:
    template <class... Words>
    explicit Command(std::string_view name, const Words&... words)
        : Command{of(std::array<std::string_view, 1 + sizeof...(words)>{name, std::string_view{words}...})}
    {
    }

    /// Of as many words as there are, the first of them its name, a literal.
    static Command of(std::span<const std::string_view> words)
    {
        Buffer text;
        const auto begin = [&](char what, std::size_t count) {
            std::array<char, 24> line; // a size_t has 20 digits at most
            line[0] = what;
            char* end = std::to_chars(&line[1], line.data() + line.size() - 2, count).ptr;
            *end++ = '\r';
            *end++ = '\n';
            text.append(as_bytes({line.data(), end}));
        };
        begin('*', words.size());
        for (const auto word : words) {
            begin('$', word.size());
            text.append(as_bytes(word));
            text.append(as_bytes("\r\n"));
        }
        return {words.front(), std::move(text)};
    }

    /// The first word, a literal: all of it that a message may tell.
    std::string_view name() const noexcept { return name_; }
    BytesView bytes() const noexcept { return {text_.data(), text_.size()}; }

private:
    Command(std::string_view name, Buffer text) noexcept : name_{name}, text_{std::move(text)} {}

    std::string_view name_;
    Buffer text_;
};

} // namespace sojourn::inline v0::storage::redis
