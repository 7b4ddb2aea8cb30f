#pragma once

#include <sojourn/bytes.hpp>
#include <sojourn/concepts.hpp>
#include <sojourn/error.hpp>
#include <sojourn/result.hpp>
#include <sojourn/storage/detail/version.hpp>
#include <sojourn/storage/key.hpp>
#include <sojourn/storage/redis/command.hpp>
#include <sojourn/storage/redis/reply.hpp>
#include <sojourn/storage/redis/script.hpp>
#include <sojourn/storage/redis/value.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sojourn::inline v0::storage::redis {

/// The laws of `BatchStorage` as commands of Redis, one round trip each. `Servers` knows whom to ask:
/// `servers.ask(key, command, repeated)` gives an `Answer`, `servers.unlawful()` says which option is. If each key may be
/// with another server (`Servers::is_spread`) those of `AppendingStorage` only.
///
/// | load | create | store, store_if, append; with additions | expire | erase |
/// |---|---|---|---|---|
/// | GET | SET NX PX | EVALSHA (the first time on a server EVAL) | PEXPIRE | DEL |
///
/// Whatever another program put under a key of ours is not found and not replaced; `expire` and `erase` do not look what it
/// is.
template <class Servers>
class Records {
public:
    using Options = typename Servers::Options;
    /// Whether what concerns several keys takes several commands.
    static constexpr bool is_spread = requires { requires Servers::is_spread; };

    Records() : Records{Options{}} {}
    explicit Records(Options options) : state_{std::make_shared<State>(std::move(options))} {}

    /// `errc::unlawful_option` with the option's name. Asks no server: a program may start before it.
    Result<void> check() const { return state_->unlawful ? *state_->unlawful : Result<void>{}; }

    Result<std::optional<Record>> load(std::string_view key) const
    {
        if (const auto refused = refuse(key))
            return *refused;
        const auto name = name_of(key);
        const auto answer = state_->servers.ask(name, Command{"GET", name}, true);
        if (answer.reply.is_error("WRONGTYPE"))
            return std::nullopt;
        return answer ? Result<std::optional<Record>>{decode(answer.reply.text())} : answer.error;
    }

    Result<bool> create(std::string_view key, BytesView value, TimeToLive ttl)
    {
        if (const auto refused = refuse(key, value))
            return *refused;
        const auto name = name_of(key);
        if (ttl.count() <= 0) { // over at once: all there is to it is whether something was in its way
            const auto answer = state_->servers.ask(name, Command{"EXISTS", name}, true);
            return answer ? Result<bool>{answer.reply.integer() == 0} : answer.error;
        }
        const auto answer = state_->servers.ask(
            name, Command{"SET", name, encode(detail::new_version(), value), "NX", "PX", time_of(ttl)}, false);
        return answer ? Result<bool>{answer.reply.is_status()} : answer.error;
    }

    Result<bool> store(std::string_view key, BytesView value, TimeToLive ttl)
    {
        auto outcome = write("store", key, value, ttl, {});
        return outcome ? Result<bool>{outcome->status == StoreOutcome::Status::stored} : outcome.error();
    }

    Result<StoreOutcome> store_if(std::string_view key, Version version, BytesView value, TimeToLive ttl)
    {
        const auto expected = encode(version);
        return write({expected.data(), expected.size()}, key, value, ttl, {});
    }

    Result<std::optional<std::size_t>> append(const Addition& addition)
    {
        const auto outcome = run("append", {}, {}, {}, {&addition, 1});
        if (!outcome)
            return outcome.error();
        return outcome->longest != 0 ? std::optional{outcome->longest} : std::nullopt;
    }

    Result<StoreOutcome> create(std::string_view key, BytesView value, TimeToLive ttl,
                                std::span<const Addition> additions)
        requires(!is_spread)
    {
        auto outcome = write("create", key, value, ttl, additions);
        if (outcome && outcome->status == StoreOutcome::Status::missing)
            outcome->status = StoreOutcome::Status::conflict;
        return outcome;
    }

    Result<StoreOutcome> store_if(std::string_view key, Version version, BytesView value, TimeToLive ttl,
                                  std::span<const Addition> additions)
        requires(!is_spread)
    {
        const auto expected = encode(version);
        return write({expected.data(), expected.size()}, key, value, ttl, additions);
    }

    Result<bool> expire(std::string_view key, TimeToLive ttl)
    {
        if (const auto refused = refuse(key))
            return *refused;
        const auto name = name_of(key);
        const auto answer = state_->servers.ask(name, Command{"PEXPIRE", name, time_of(ttl)}, false);
        return answer ? Result<bool>{answer.reply.integer() != 0} : answer.error;
    }

    Result<bool> erase(std::string_view key)
    {
        if (const auto refused = refuse(key))
            return *refused;
        const auto name = name_of(key);
        const auto answer = state_->servers.ask(name, Command{"DEL", name}, false);
        return answer ? Result<bool>{answer.reply.integer() != 0} : answer.error;
    }

private:
    struct State {
        explicit State(Options&& options)
            : prefix{options.each_server().prefix.value_or("session:")},
              suffix{options.each_server().suffix},
              unlawful{options.unlawful()},
              servers{std::move(options)}
        {
            if (!unlawful)
                unlawful = servers.unlawful();
        }

        const std::string prefix;
        const std::string suffix;
        std::optional<Error> unlawful;
        Servers servers;
    };

    std::string name_of(std::string_view key) const
    {
        return std::string{state_->prefix}.append(key).append(state_->suffix);
    }

    std::optional<Error> refuse(std::string_view key, BytesView value = {}) const
    {
        constexpr std::size_t longest = 512 * 1024 * 1024; // Redis's proto-max-bulk-len, as it is if nobody sets it
        if (!is_key(key))
            return unlawful_key();
        if (value.size() > longest - value_head_size)
            return Error{errc::store_failed, "a value longer than Redis takes, 512 MiB"};
        return state_->unlawful;
    }

    /// In milliseconds, as much as Redis takes: it adds the time, in 64 bits, and refuses what overflows.
    static std::string time_of(TimeToLive ttl)
    {
        return std::to_string(std::clamp<long long>(ttl.count(), 0, 1'000'000'000'000'000));
    }

    Result<StoreOutcome> write(std::string_view how, std::string_view key, BytesView value, TimeToLive ttl,
                               std::span<const Addition> additions)
    {
        if (const auto refused = refuse(key, value))
            return *refused;
        return run(how, {name_of(key)}, encode(detail::new_version(), value), time_of(ttl), additions);
    }

    /// As `write_script` has it; `names` is the record's, if there is one.
    Result<StoreOutcome> run(std::string_view how, std::vector<std::string> names, std::string_view text,
                             std::string_view time, std::span<const Addition> additions)
    {
        using Status = StoreOutcome::Status;
        std::vector<std::string> own; // what the arguments view
        std::vector<std::string_view> arguments{how, text, time};
        own.reserve(2 * additions.size());
        for (const Addition& addition : additions) {
            if (const auto refused = refuse(addition.key, addition.value))
                return *refused;
            names.push_back(name_of(addition.key));
            const auto& head = own.emplace_back(encode(detail::new_version(), addition.head));
            arguments.insert(arguments.end(), {head, as_text(addition.value), own.emplace_back(time_of(addition.ttl))});
        }
        const auto answer = redis::run(state_->servers, write_script, names, arguments);
        if (answer.reply.is_error("WRONGTYPE") || answer.reply.is_nil())
            return StoreOutcome{};
        if (!answer)
            return answer.error;
        if (answer.reply.is_text()) {
            auto standing = decode(answer.reply.text());
            return standing ? StoreOutcome{Status::conflict, std::move(*standing)} : StoreOutcome{};
        }
        StoreOutcome outcome{Status::stored};
        for (const auto* const each : answer.reply.elements())
            outcome.longest = std::max(outcome.longest, static_cast<std::size_t>(Reply::integer(each)));
        return outcome;
    }

    std::shared_ptr<State> state_;
};

} // namespace sojourn::inline v0::storage::redis
