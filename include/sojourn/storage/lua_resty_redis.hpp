#pragma once

#include <sojourn/bytes.hpp>
#include <sojourn/chrono.hpp>
#include <sojourn/concepts.hpp>
#include <sojourn/error.hpp>
#include <sojourn/result.hpp>
#include <sojourn/storage/net/socket.hpp>
#include <sojourn/storage/redis.hpp>
#include <sojourn/storage/redis/command.hpp>
#include <sojourn/storage/redis/reply.hpp>
#include <sojourn/storage/redis/script.hpp>
#include <sojourn/storage/rotating.hpp>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sojourn::inline v0::storage {

namespace redis {

/// Puts the record ARGV[1] at KEYS[1] for ARGV[2] s. If there is an ARGV[7], the record of before is at KEYS[2]: it has to be
/// there, else the answer is 0 and nothing changes, and it is left ARGV[3] s at most. The other KEYS are indexes: the first
/// ARGV[4] of them list ARGV[5] from now, ARGV[6], on, and none of them ARGV[7] any more. What the server may refuse comes before
/// what would be lost by that.
inline constexpr Script rotate_script{
    "local ttl, now = tonumber(ARGV[2]), tonumber(ARGV[6])\n"
    "local follows = ARGV[7] ~= ''\n"
    "if follows and redis.call('EXISTS', KEYS[2]) == 0 then return 0 end\n"
    "for i = 3, 2 + tonumber(ARGV[4]) do\n"
    "  redis.call('ZADD', KEYS[i], now + ttl, ARGV[5])\n"
    "  if redis.call('TTL', KEYS[i]) < ttl then redis.call('EXPIRE', KEYS[i], ttl) end\n"
    "end\n"
    "redis.call('SET', KEYS[1], ARGV[1], 'EX', ttl)\n"
    "for i = 3, #KEYS do\n"
    "  redis.call('ZREMRANGEBYSCORE', KEYS[i], 0, now - 1)\n"
    "  if follows then redis.call('ZREM', KEYS[i], ARGV[7]) end\n"
    "end\n"
    "if not follows then return 1 end\n"
    "local stale, left = tonumber(ARGV[3]), redis.call('TTL', KEYS[2])\n"
    "if stale == 0 then redis.call('UNLINK', KEYS[2])\n"
    "elseif left < 0 or left > stale then redis.call('EXPIRE', KEYS[2], stale) end\n"
    "return 1\n",
    "3bf5ee59043b6cf60df0a34c0f31ec7bf2d2ec26"};

/// Removes the record at KEYS[1], and ARGV[1] and all that was over at ARGV[2] from the other KEYS, which are indexes. Answers 1 if
/// the record was there.
inline constexpr Script remove_script{"for i = 2, #KEYS do\n"
                                      "  redis.call('ZREMRANGEBYSCORE', KEYS[i], 0, tonumber(ARGV[2]) - 1)\n"
                                      "  redis.call('ZREM', KEYS[i], ARGV[1])\n"
                                      "end\n"
                                      "return redis.call('UNLINK', KEYS[1])\n",
                                      "ed13ac5b72147206c28dc1ff082f28a8b9b69351"};

/// The laws of `RotatingStorage` as commands of Redis, one round trip each. `Servers` knows whom to ask, as for `Records`.
///
/// | load | create | store | expire | erase | rotate, remove | members |
/// |---|---|---|---|---|---|---|
/// | GET | SET NX PX | SET XX PX | PEXPIRE | UNLINK | EVALSHA (the first time on a server EVAL) | ZRANGEBYSCORE |
template <class Servers>
class LuaRestyRecords {
public:
    using Options = typename Servers::Options;

    LuaRestyRecords() : LuaRestyRecords{Options{}} {}
    explicit LuaRestyRecords(Options options) : state_{std::make_shared<State>(std::move(options))} {}

    /// `errc::unlawful_option` with the option's name. Asks no server: a program may start before it.
    Result<void> check() const { return state_->unlawful ? *state_->unlawful : Result<void>{}; }

    Result<std::optional<Record>> load(std::string_view key) const
    {
        const auto answer = ask(key, "GET", {}, true);
        if (answer.reply.is_nil() || answer.reply.is_error("WRONGTYPE"))
            return std::nullopt;
        if (!answer)
            return answer.error;
        const auto value = as_bytes(answer.reply.text());
        return Record{{value.begin(), value.end()}, 1};
    }

    Result<bool> create(std::string_view key, BytesView value, TimeToLive ttl) { return set(key, value, ttl, "NX"); }
    Result<bool> store(std::string_view key, BytesView value, TimeToLive ttl) { return set(key, value, ttl, "XX"); }
    Result<bool> expire(std::string_view key, TimeToLive ttl)
    {
        const auto time = time_of(ttl);
        return is_one(ask(key, "PEXPIRE", std::array{std::string_view{time}}));
    }
    Result<bool> erase(std::string_view key) { return is_one(ask(key, "UNLINK", {})); }

    Result<bool> rotate(const Rotation& rotation)
    {
        std::vector<std::string> keys{name_of(rotation.key),
                                      name_of(rotation.old_key.empty() ? rotation.key : rotation.old_key)};
        add_names(rotation.indexes, keys);
        add_names(rotation.left, keys);
        const auto ttl = std::to_string(rotation.ttl.count()), stale = std::to_string(rotation.stale_ttl.count()),
                   listed = std::to_string(rotation.indexes.size()), now = seconds(rotation.now);
        return run(rotate_script, keys,
                   std::array<std::string_view, 7>{as_text(rotation.value), ttl, stale, listed, member_of(rotation.key),
                                                   now, member_of(rotation.old_key)});
    }

    Result<bool> remove(std::string_view key, std::span<const std::string> indexes, std::chrono::sys_seconds now)
    {
        std::vector<std::string> keys{name_of(key)};
        add_names(indexes, keys);
        const auto time = seconds(now);
        return run(remove_script, keys, std::array<std::string_view, 2>{member_of(key), time});
    }

    Result<std::vector<std::string>> members(std::string_view index, std::chrono::sys_seconds now) const
    {
        const auto after = "(" + seconds(now);
        const auto answer = ask(index, "ZRANGEBYSCORE", std::array<std::string_view, 2>{after, "+inf"}, true);
        if (!answer)
            return answer.error;
        std::vector<std::string> members;
        for (const auto* const each : answer.reply.elements())
            members.emplace_back(Reply::text(each));
        return members;
    }

private:
    struct State {
        explicit State(Options&& options)
            : prefix{options.each_server().prefix.value_or("")},
              suffix{options.each_server().suffix},
              unlawful{options.unlawful()},
              servers{std::move(options)}
        {
            if (!prefix.empty())
                prefix.append(":");
            if (!suffix.empty())
                suffix.insert(0, ":");
            if (!unlawful)
                unlawful = servers.unlawful();
        }

        std::string prefix;
        std::string suffix;
        std::optional<Error> unlawful;
        Servers servers;
    };

    static std::string_view member_of(std::string_view key) noexcept { return key.substr(key.find(':') + 1); }
    std::string name_of(std::string_view key) const
    {
        return std::string{state_->prefix}.append(key).append(state_->suffix);
    }
    void add_names(std::span<const std::string> keys, std::vector<std::string>& names) const
    {
        for (const auto& key : keys)
            names.push_back(name_of(key));
    }

    static std::string seconds(std::chrono::sys_seconds time)
    {
        return std::to_string(time.time_since_epoch().count());
    }

    /// In milliseconds, as much as Redis takes.
    static std::string time_of(TimeToLive ttl)
    {
        return std::to_string(std::clamp<long long>(ttl.count(), 0, 1'000'000'000'000'000));
    }

    Answer ask(std::string_view key, std::string_view command, std::span<const std::string_view> more,
               bool repeated = false) const
    {
        if (state_->unlawful)
            return Answer::not_sent(*state_->unlawful);
        const auto name = name_of(key);
        std::vector<std::string_view> words{command, name};
        words.insert(words.end(), more.begin(), more.end());
        return state_->servers.ask(name, Command::of(words), repeated);
    }

    static Result<bool> is_one(const Answer& answer)
    {
        return answer ? Result<bool>{answer.reply.integer() != 0} : answer.error;
    }

    Result<bool> set(std::string_view key, BytesView value, TimeToLive ttl, std::string_view when)
    {
        const auto time = time_of(std::max(ttl, TimeToLive{1}));
        const auto answer = ask(key, "SET", std::array<std::string_view, 4>{as_text(value), when, "PX", time});
        return answer ? Result<bool>{answer.reply.is_status()} : answer.error;
    }

    Result<bool> run(const Script& script, std::span<const std::string> keys,
                     std::span<const std::string_view> arguments)
    {
        return state_->unlawful ? Result<bool>{*state_->unlawful}
                                : is_one(redis::run(state_->servers, script, keys, arguments));
    }

    std::shared_ptr<State> state_;
};

} // namespace redis

/// The records of lua-resty-session's Redis storage: `[prefix:]cookie_key[:suffix]`, strings with an expiry, and sorted sets for
/// what is listed. Models `RotatingStorage`; blocking. Redis 4 and later. Its errors, its pool and its options are those of
/// storage::Redis, but for prefix and suffix, which are what that library is told: without the colon, and none unless they are
/// set.
///
/// With the sentinels or TLS: `redis::LuaRestyRecords<redis::Sentinels<net::Socket>>` (storage/redis_sentinel.hpp),
/// `redis::LuaRestyRecords<redis::OneServer<net::Tls>>` (storage/net/tls.hpp). Not with a cluster, unless a hash tag in the
/// prefix keeps all keys in one slot: a save is one script with several keys, so that all of it happens or nothing.
using LuaRestyRedis = redis::LuaRestyRecords<redis::OneServer<net::Socket>>;

} // namespace sojourn::inline v0::storage
