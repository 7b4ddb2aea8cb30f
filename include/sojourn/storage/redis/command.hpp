#pragma once

#include <sojourn/bytes.hpp>

#include <hiredis/hiredis.h>

#include <sodium/utils.h>

#include <array>
#include <cstddef>
#include <memory>
#include <new>
#include <string_view>
#include <utility>

namespace sojourn::inline v0::storage::redis {

/// A command as it goes over the wire, made by hiredis: `Command{"SET", key, value}`. Its words may hold any bytes.
class Command {
public:
    template <class... Words>
    explicit Command(std::string_view name, const Words&... words)
        : Command{name, std::array<std::string_view, 1 + sizeof...(words)>{name, std::string_view{words}...}}
    {
    }

    /// The first word, a literal: all of it that a message may tell.
    std::string_view name() const noexcept { return name_; }
    BytesView bytes() const noexcept { return as_bytes({text_.get(), text_.get_deleter().size}); }

private:
    template <std::size_t count>
    Command(std::string_view name, const std::array<std::string_view, count>& words) : name_{name}
    {
        std::array<const char*, count> starts;
        std::array<std::size_t, count> sizes;
        for (std::size_t i = 0; i != count; ++i) {
            starts[i] = words[i].data() != nullptr ? words[i].data() : "";
            sizes[i] = words[i].size();
        }
        char* text = nullptr;
        const int size = ::redisFormatCommandArgv(&text, static_cast<int>(count), starts.data(), sizes.data());
        if (size < 0)
            throw std::bad_alloc{};
        text_ = std::unique_ptr<char, Wipe>{text, Wipe{static_cast<std::size_t>(size)}};
    }

    /// There may be a password in it.
    struct Wipe {
        std::size_t size;
        void operator()(char* text) const noexcept
        {
            sodium_memzero(text, size);
            ::redisFreeCommand(text);
        }
    };

    std::string_view name_;
    std::unique_ptr<char, Wipe> text_{nullptr, Wipe{0}};
};

} // namespace sojourn::inline v0::storage::redis
