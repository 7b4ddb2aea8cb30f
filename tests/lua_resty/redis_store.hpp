#pragma once

// The keys of a case in a Redis server that has no others.

#include "json.hpp"
#include "records.hpp"
#include "report.hpp"
#include "stores.hpp"

#include "../servers/redis_server.hpp"

#include <sojourn/storage/lua_resty_redis.hpp>

#include <hiredis/hiredis.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace lua_resty_vectors {

class InRedis {
public:
    using Storage = sojourn::storage::LuaRestyRedis;

    /// The server whose keys are the cases' own; without it they start one.
    static void use(std::string host, std::uint16_t port)
    {
        host_ = std::move(host);
        port_ = port;
    }

    explicit InRedis(const Json& one)
    {
        ask({"FLUSHALL"});
        const auto config = one.at("steps").at(0).at("config").value("redis", Json::object());
        prefix_ = text_or(config, "prefix");
        suffix_ = text_or(config, "suffix");
    }

    Storage storage() const
    {
        constexpr std::chrono::seconds patience{30};
        const auto [host, port] = server();
        return Storage{{.host = host,
                        .port = port,
                        .prefix = prefix_,
                        .suffix = suffix_,
                        .connect_timeout = patience,
                        .send_timeout = patience,
                        .read_timeout = patience}};
    }

    std::optional<std::string> payload(const std::string& key) const
    {
        return payload_in(
            ask({"GET", (prefix_.empty() ? "" : prefix_ + ":") + key + (suffix_.empty() ? "" : ":" + suffix_)}));
    }

    static void set_up(const Json& commands)
    {
        for (const Json& command : commands) {
            const auto name = command.at(0).get<std::string>();
            const auto key = command.at(1).get<std::string>();
            if (name == "redis_set")
                ask({"SET", key, command.at(2).get<std::string>()});
            else
                ask({"DEL", key});
        }
    }

    void compare(const Json& recorded, const auto& changes, Report& report)
    {
        const auto ours = Json::parse(ask({"EVAL", list_all, "0"}));
        const auto passed = std::chrono::ceil<std::chrono::seconds>(std::chrono::steady_clock::now() - started_);
        const Content one = content_of(ours, report), other = content_of(recorded, report);
        const ContentComparison compared{one, other, changes, passed, gone_, report};
        for (const auto& [key, value] : compared.reordered())
            ask({"SET", name_of(key), value, "KEEPTTL"});
    }

private:
    /// All keys, as the vectors record them.
    static constexpr const char* list_all =
        "local all = {}\n"
        "for _, key in ipairs(redis.call('KEYS', '*')) do\n"
        "  local item = {key = key, type = redis.call('TYPE', key).ok, ttl = redis.call('TTL', key)}\n"
        "  if item.type == 'string' then item.value = redis.call('GET', key)\n"
        "  else\n"
        "    item.members = {}\n"
        "    local found = redis.call('ZRANGE', key, 0, -1, 'WITHSCORES')\n"
        "    for i = 1, #found, 2 do\n"
        "      table.insert(item.members, {member = found[i], score = tonumber(found[i + 1])})\n"
        "    end\n"
        "  end\n"
        "  table.insert(all, item)\n"
        "end\n"
        "return cjson.encode(all)\n";

    std::string name_of(const std::string& key) const
    {
        return (prefix_.empty() ? "" : prefix_ + ":") + key + (suffix_.empty() ? "" : ":" + suffix_);
    }

    static std::pair<std::string, std::uint16_t> server()
    {
        if (port_ == 0) {
            static const redis_test::RedisServer own;
            port_ = own.port();
        }
        return {host_, port_};
    }

    /// What the server answers, as text; throws if that is an error.
    static std::string ask(const std::vector<std::string>& words)
    {
        const auto [host, port] = server();
        const std::unique_ptr<redisContext, decltype(&::redisFree)> context{
            ::redisConnectWithTimeout(host.c_str(), port, {30, 0}), &::redisFree};
        std::vector<const char*> starts;
        std::vector<std::size_t> sizes;
        for (const auto& word : words) {
            starts.push_back(word.data());
            sizes.push_back(word.size());
        }
        if (!context || context->err != 0)
            throw std::runtime_error{"no Redis at " + host + ":" + std::to_string(port)};
        const std::unique_ptr<redisReply, decltype(&::freeReplyObject)> reply{
            static_cast<redisReply*>(
                ::redisCommandArgv(context.get(), static_cast<int>(words.size()), starts.data(), sizes.data())),
            &::freeReplyObject};
        if (!reply || reply->type == REDIS_REPLY_ERROR)
            throw std::runtime_error{words[0] + ": " + (reply ? reply->str : context->errstr)};
        return reply->str != nullptr ? std::string{reply->str, reply->len} : std::string{};
    }

    Content content_of(const Json& items, Report& report) const
    {
        Content content;
        for (const Json& item : items) {
            const auto name = item.at("key").get<std::string>();
            const auto inner = inner_key(name, prefix_, suffix_);
            report.check(inner.has_value(), "a key without the prefix or the suffix", name);
            const auto key = inner.value_or(name);
            const auto seconds = item.value("ttl", -1LL);
            const auto ttl = seconds < 0 ? std::nullopt : std::optional{seconds};
            if (item.at("type") == "string") {
                content.records.emplace(key, StoredRecord{item.at("value").get<std::string>(), ttl});
                continue;
            }
            StoredIndex index{{}, ttl};
            for (const Json& member : item.at("members"))
                index.members.emplace(member.at("member").get<std::string>(),
                                      static_cast<long long>(member.at("score").get<double>()));
            content.indexes.emplace(key, std::move(index));
        }
        return content;
    }

    static inline std::string host_ = "127.0.0.1";
    static inline std::uint16_t port_ = 0;
    std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
    std::string prefix_, suffix_;
    std::set<std::string> gone_;
};

} // namespace lua_resty_vectors
