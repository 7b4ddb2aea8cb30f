#pragma once

#include <sojourn/bytes.hpp>

#include <hiredis/hiredis.h>

#include <sodium/utils.h>

#include <array>
#include <cstddef>
#include <memory>
#include <new>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace sojourn::inline v0::storage::redis {

/// A command as it goes over the wire, made by hiredis: `Command{"SET", key, value}`. Its words may hold any bytes.
class Command {
public:
    template <class... Words>
    explicit Command(std::string_view name, const Words&... words) : name_{name}
    {
        constexpr std::size_t count = 1 + sizeof...(words);
        std::array<const char*, count> starts;
        std::array<std::size_t, count> sizes;
        text_ = format(std::array<std::string_view, count>{name, std::string_view{words}...}, starts, sizes);
    }

    /// Of as many words as there are, the first of them its name, a literal.
    static Command of(std::span<const std::string_view> words)
    {
        std::vector<const char*> starts(words.size());
        std::vector<std::size_t> sizes(words.size());
        return {words.front(), format(words, starts, sizes)};
    }

    /// The first word, a literal: all of it that a message may tell.
    std::string_view name() const noexcept { return name_; }
    BytesView bytes() const noexcept { return as_bytes({text_.get(), text_.get_deleter().size}); }

private:
    /// There may be a password in it.
    struct Wipe {
        std::size_t size;
        void operator()(char* text) const noexcept
        {
            sodium_memzero(text, size);
            ::redisFreeCommand(text);
        }
    };

    using Text = std::unique_ptr<char, Wipe>;

    Command(std::string_view name, Text text) noexcept : name_{name}, text_{std::move(text)} {}

    static Text format(std::span<const std::string_view> words, std::span<const char*> starts,
                       std::span<std::size_t> sizes)
    {
        for (std::size_t i = 0; i != words.size(); ++i) {
            starts[i] = words[i].data() != nullptr ? words[i].data() : "";
            sizes[i] = words[i].size();
        }
        char* text = nullptr;
        const int size = ::redisFormatCommandArgv(&text, static_cast<int>(words.size()), starts.data(), sizes.data());
        if (size < 0)
            throw std::bad_alloc{};
        return Text{text, Wipe{static_cast<std::size_t>(size)}};
    }

    std::string_view name_;
    Text text_{nullptr, Wipe{0}};
};

} // namespace sojourn::inline v0::storage::redis
