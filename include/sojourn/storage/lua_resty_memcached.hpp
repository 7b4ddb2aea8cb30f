#pragma once

#include <sojourn/bytes.hpp>
#include <sojourn/chrono.hpp>
#include <sojourn/concepts.hpp>
#include <sojourn/error.hpp>
#include <sojourn/result.hpp>
#include <sojourn/storage/detail/lua_resty_log.hpp>
#include <sojourn/storage/key.hpp>
#include <sojourn/storage/memcached/client.hpp>
#include <sojourn/storage/memcached/exptime.hpp>
#include <sojourn/storage/memcached/options.hpp>
#include <sojourn/storage/memcached/protocol.hpp>
#include <sojourn/storage/net/socket.hpp>
#include <sojourn/storage/rotating.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sojourn::inline v0::storage {

namespace memcached {

/// The laws of `RotatingStorage` as commands of memcached. A save is a set and, if it follows another one, a touch or a delete;
/// each index is a get and a compare-and-store, for as long as another one is quicker, and in the end an append. A server that
/// fails meanwhile leaves the old record as it is, or at worst its `stale_ttl`.
///
/// What was superseded is touched, as that library does it: memcached does not tell how long it would have lived.
template <class Stream>
class LuaRestyRecords {
public:
    using Options = memcached::Options<Stream>;

    LuaRestyRecords() : LuaRestyRecords{Options{}} {}
    explicit LuaRestyRecords(Options options) : state_{std::make_shared<State>(std::move(options))} {}

    /// `errc::unlawful_option` with the option's name. Asks no server: a program may start before it.
    Result<void> check() const { return client().unlawful() ? *client().unlawful() : Result<void>{}; }

    Result<std::optional<Record>> load(std::string_view key) const
    {
        auto found = client().get(name_of(key));
        if (!found)
            return found.error();
        return *found ? std::optional{Record{std::move((*found)->value), 1}} : std::nullopt;
    }
    Result<bool> create(std::string_view key, BytesView value, TimeToLive ttl)
    {
        return client().add(name_of(key), value, no_flags, exptime(ttl));
    }
    Result<bool> store(std::string_view key, BytesView value, TimeToLive ttl)
    {
        return client().replace(name_of(key), value, no_flags, exptime(ttl));
    }
    Result<bool> expire(std::string_view key, TimeToLive ttl) { return client().touch(name_of(key), exptime(ttl)); }
    Result<bool> erase(std::string_view key) { return client().erase(name_of(key)); }

    Result<bool> rotate(const Rotation& rotation)
    {
        const auto name = name_of(rotation.key);
        if (const auto set = client().set(name, rotation.value, no_flags, exptime(rotation.ttl)); !set)
            return set.error();
        const bool follows = !rotation.old_key.empty();
        const auto gone = follows ? detail::log_removal(member_of(rotation.old_key)) : std::string{};
        const auto come = detail::log_entry(member_of(rotation.key), rotation.now + rotation.ttl);
        for (const auto& index : rotation.indexes)
            if (const auto listed = append(index, come + gone, rotation.now); !listed)
                return listed.error();
        if (!follows)
            return true;
        const auto old = name_of(rotation.old_key);
        const auto stood =
            rotation.stale_ttl.count() == 0 ? client().erase(old) : client().touch(old, exptime(rotation.stale_ttl));
        if (!stood)
            return stood;
        // What is left to do makes no difference to the session: what cannot be taken out of an index does not open.
        if (!*stood) {
            const auto removed = remove(rotation.key, rotation.indexes, rotation.now);
            return removed ? Result<bool>{false} : removed.error();
        }
        for (const auto& index : rotation.left)
            static_cast<void>(append(index, gone, rotation.now));
        return true;
    }

    Result<bool> remove(std::string_view key, std::span<const std::string> indexes, std::chrono::sys_seconds now)
    {
        const auto stood = client().erase(name_of(key));
        if (!stood)
            return stood;
        for (const auto& index : indexes)
            if (const auto left = append(index, detail::log_removal(member_of(key)), now); !left)
                return left.error();
        return stood;
    }

    Result<std::vector<std::string>> members(std::string_view index, std::chrono::sys_seconds now) const
    {
        const auto name = name_of(index);
        if (name.size() > max_key_size)
            return std::vector<std::string>{}; // none that there could be
        const auto log = client().get(name);
        if (!log)
            return log.error();
        return detail::log_members(*log ? as_text((*log)->value) : std::string_view{}, now);
    }

private:
    using Compared = typename Client<Stream>::Compared;
    static constexpr std::uint32_t no_flags = 0;

    struct State {
        explicit State(Options&& options) : client{defaults(options)}
        {
            prefix = options.prefix->empty() ? "" : *options.prefix + ":";
            suffix = options.suffix.empty() ? "" : ":" + options.suffix;
        }
        static Options& defaults(Options& options)
        {
            options.prefix = options.prefix.value_or("");
            return options;
        }

        Client<Stream> client;
        std::string prefix;
        std::string suffix;
    };

    Client<Stream>& client() const noexcept { return state_->client; }
    static std::string_view member_of(std::string_view key) noexcept { return key.substr(key.find(':') + 1); }

    /// As nginx escapes a part of a URI, which is how Lua's client of memcached has its keys.
    std::string name_of(std::string_view key) const
    {
        constexpr std::string_view digits = "0123456789ABCDEF";
        const std::string plain = std::string{state_->prefix}.append(key).append(state_->suffix);
        std::string name;
        for (const char c : plain) {
            const auto byte = static_cast<unsigned char>(c);
            if (is_key_character(c) || std::string_view{".~!'()*"}.find(c) != std::string_view::npos)
                name += c;
            else
                name.append({'%', digits[byte >> 4U], digits[byte & 15U]});
        }
        return name;
    }

    static Result<bool> is_done(const Result<Compared>& compared)
    {
        return compared ? Result<bool>{*compared == Compared::done} : compared.error();
    }

    /// Adds to the log of an index, which is left with nothing that is over, and ends with the last that it lists.
    Result<void> append(std::string_view index, const std::string& text, std::chrono::sys_seconds now)
    {
        constexpr int attempts = 16;
        const auto name = name_of(index);
        for (int attempt = 0;; ++attempt) {
            const auto standing = client().get(name);
            if (!standing)
                return standing.error();
            const auto log = std::string{*standing ? as_text((*standing)->value) : std::string_view{}} + text;
            const auto compact = detail::compact_log(log, now);
            const auto ends = exptime(compact.expires - now);
            Result<bool> done = true;
            if (!*standing)
                done = compact.text.empty() ? true : client().add(name, as_bytes(compact.text), no_flags, ends);
            else if (compact.text.empty())
                done = is_done(client().erase_if(name, (*standing)->state));
            else if (attempt < attempts)
                done = is_done(client().replace_if(name, (*standing)->state, as_bytes(compact.text), no_flags, ends));
            else
                done = client().append(name, as_bytes(text));
            if (!done || *done)
                return done ? Result<void>{} : done.error();
        }
    }

    std::shared_ptr<State> state_;
};

} // namespace memcached

/// The items of lua-resty-session's memcached storage: `[prefix:]cookie_key[:suffix]`, escaped as in a URI, and logs for what is
/// listed. Models `RotatingStorage`; blocking. Its errors, its pool and its options are those of storage::Memcached, but for
/// prefix and suffix, which are what that library is told: without the colon, and none unless they are set. With one server,
/// as that library has; several are shared among by this one's own rule.
using LuaRestyMemcached = memcached::LuaRestyRecords<net::Socket>;

} // namespace sojourn::inline v0::storage
