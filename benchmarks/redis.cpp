// What storage::Redis makes of a round trip: beside hiredis's own client that sends the same command over the same kind of
// connection, one a thread. `benchmarks/run` starts the server and makes a table of it.
//
//     redis SOCKET PORT [--benchmark_…]

#include "server_storage.hpp"

#include <sojourn/storage/redis.hpp>

#include <benchmark/benchmark.h>

#include <hiredis/hiredis.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

using namespace bench_servers;
using storage::Redis;

namespace {

/// hiredis's own client, with a key and a value of ours.
class Bare {
public:
    Bare(const benchmark::State& state, const Place& place)
        : key_{"session:" + key_of(state)},
          value_{storage::redis::encode(7, value_of(state))},
          context_{place.over_tcp ? ::redisConnect("127.0.0.1", place.port) : ::redisConnectUnix(place.socket.c_str()),
                   &::redisFree}
    {
        ask({"SET", key_, value_, "PX", life});
        ask({"EVAL", storage::redis::write_script.text, "1", key_, "store", value_, life}); // known from now on
    }

    bool load() { return ask({"GET", key_}) == REDIS_REPLY_STRING; }
    bool store() { return replace("store"); }
    bool store_if() { return replace(std::string_view{value_}.substr(8, 8)); }

private:
    static constexpr std::string_view life = "3600000";

    /// `how`: what has to stand there, as the script takes it.
    bool replace(std::string_view how)
    {
        return ask({"EVALSHA", storage::redis::write_script.sha1, "1", key_, how, value_, life}) == REDIS_REPLY_STATUS;
    }

    int ask(std::vector<std::string_view> words)
    {
        std::vector<const char*> starts;
        std::vector<std::size_t> sizes;
        for (const auto word : words) {
            starts.push_back(word.data());
            sizes.push_back(word.size());
        }
        const std::unique_ptr<void, decltype(&::freeReplyObject)> reply{
            ::redisCommandArgv(context_.get(), static_cast<int>(words.size()), starts.data(), sizes.data()),
            &::freeReplyObject};
        return reply ? static_cast<const redisReply*>(reply.get())->type : 0;
    }

    std::string key_;
    std::string value_;
    std::unique_ptr<redisContext, decltype(&::redisFree)> context_;
};

} // namespace

int main(int count, char** arguments) { return run<Redis, Bare>("Redis", count, arguments); }
