#pragma once

#include "process.hpp"

#include <doctest/doctest.h>

#include <hiredis/hiredis.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

/// Real Redis servers.
namespace redis_test {

using servers::Clock;
using servers::comes_true;
using servers::free_port;
using servers::Process;
using servers::Words;

/// What a server answers, by hiredis's own client, as one line; an error begins with a minus sign, a failure is empty.
inline std::string ask(std::uint16_t port, const Words& words)
{
    const std::unique_ptr<redisContext, decltype(&::redisFree)> context{
        ::redisConnectWithTimeout("127.0.0.1", port, {20, 0}), &::redisFree};
    if (!context || context->err != 0)
        return {};
    ::redisSetTimeout(context.get(), {20, 0});
    std::vector<const char*> starts;
    std::vector<std::size_t> sizes;
    for (const auto& word : words) {
        starts.push_back(word.data());
        sizes.push_back(word.size());
    }
    const auto text_of = [](auto self, const redisReply& reply) -> std::string {
        switch (reply.type) {
        case REDIS_REPLY_ERROR: return '-' + std::string{reply.str, reply.len};
        case REDIS_REPLY_INTEGER: return std::to_string(reply.integer);
        case REDIS_REPLY_NIL: return "nil";
        case REDIS_REPLY_ARRAY: {
            std::string all;
            for (std::size_t i = 0; i != reply.elements; ++i)
                all += (i == 0 ? "" : " ") + self(self, *reply.element[i]);
            return all;
        }
        default: return {reply.str, reply.len};
        }
    };
    const std::unique_ptr<void, decltype(&::freeReplyObject)> reply{
        ::redisCommandArgv(context.get(), static_cast<int>(starts.size()), starts.data(), sizes.data()),
        &::freeReplyObject};
    return reply ? text_of(text_of, *static_cast<redisReply*>(reply.get())) : std::string{};
}

/// A redis-server, or another program of Redis with a `configuration` file. `options` go on its command line; one that is
/// `{free port}` is replaced by one.
class RedisServer {
public:
    explicit RedisServer(Words options = {}, std::string program = "redis-server", std::string_view configuration = {})
        : program_{std::move(program)}, options_{std::move(options)}
    {
        if (!configuration.empty()) {
            options_.insert(options_.begin(), folder_.path() / "redis.conf");
            scratch::write(options_[0], configuration);
        }
        start();
    }
    RedisServer(const RedisServer&) = delete;

    std::uint16_t port() const noexcept { return port_; }
    std::string unix_socket() const { return folder_.path() / "socket"; }
    const std::filesystem::path& folder() const noexcept { return folder_.path(); }
    void signal(int number) const { process_->signal(number); }

    /// As if the machine had gone; `start` brings it back, on the same port.
    void kill() { process_.reset(); }
    void start()
    {
        for (int attempt = 0; attempt != 20; ++attempt) {
            if (is_new_) {
                port_ = free_port();
                extra_port_ = free_port();
            }
            Words words{program_};
            for (const auto& option : options_)
                words.push_back(option == "{free port}" ? std::to_string(extra_port_) : option);
            words.insert(words.end(), {"--port", std::to_string(port_), "--bind", "127.0.0.1", "--dir", folder_.path(),
                                       "--unixsocket", unix_socket(), "--daemonize", "no"});
            if (program_ == "redis-server")
                words.insert(words.end(), {"--save", "", "--repl-diskless-sync-delay", "0"});
            process_ = std::make_unique<Process>(std::move(words), folder_.path() / "log");
            bool answers = false;
            comes_true([&] { return (answers = is_ready(ask({"PING"}))) || process_->has_ended(); });
            if (answers && !process_->has_ended()) { // else it was another program's port
                is_new_ = false;
                return;
            }
            process_.reset();
            std::this_thread::sleep_for(std::chrono::milliseconds{50});
        }
        FAIL("redis-server does not start: ", scratch::read(folder_.path() / "log"));
    }

    std::string ask(const Words& words) const { return redis_test::ask(port_, words); }

private:
    /// A server that reads its records from the disk answers already, but says so.
    static bool is_ready(const std::string& answer) { return !answer.empty() && !answer.starts_with("-LOADING"); }

    scratch::Folder folder_;
    std::string program_;
    Words options_;
    std::uint16_t port_ = 0;
    std::uint16_t extra_port_ = 0;
    bool is_new_ = true;
    std::unique_ptr<Process> process_;
};

/// Options for a storage on a server, with more patience than a busy machine needs.
template <class Options>
Options options_for(const RedisServer& server)
{
    Options options;
    options.port = server.port();
    options.connect_timeout = options.send_timeout = options.read_timeout = std::chrono::seconds{30};
    return options;
}

} // namespace redis_test
