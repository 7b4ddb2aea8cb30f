// What storage::Redis makes of a round trip: beside hiredis's own client that sends the same command over the same kind of
// connection, one a thread. `benchmarks/run` starts the server and makes a table of it.
//
//     redis SOCKET PORT [--benchmark_…]

#include <sojourn/codec/message_pack.hpp>
#include <sojourn/sojourn.hpp>
#include <sojourn/storage/redis.hpp>

#include <benchmark/benchmark.h>

#include <hiredis/hiredis.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

using namespace sojourn;
using storage::Redis;

namespace bench_redis {

struct Visit {
    std::string text;
    std::int64_t visits = 0;
};

} // namespace bench_redis

BOOST_HANA_ADAPT_STRUCT(bench_redis::Visit, text, visits);

namespace {

struct Place {
    std::string socket;
    std::uint16_t port = 0;
    bool over_tcp = true;

    Redis storage() const
    {
        return Redis{
            {.port = port, .unix_socket = over_tcp ? std::string{} : socket, .read_timeout = std::chrono::seconds{10}}};
    }
};

constexpr std::chrono::hours long_life{1};

std::string key_of(const benchmark::State& state) { return "bench" + std::to_string(state.thread_index()); }
Bytes value_of(const benchmark::State& state) { return Bytes(static_cast<std::size_t>(state.range(0)), std::byte{7}); }

/// Puts the record of this thread in place; its version.
Version begin(Redis& redis, const benchmark::State& state)
{
    static_cast<void>(redis.erase(key_of(state)));
    static_cast<void>(redis.create(key_of(state), value_of(state), long_life));
    return redis.load(key_of(state)).value()->version;
}

void ours_load(benchmark::State& state, Redis redis)
{
    begin(redis, state);
    const auto key = key_of(state);
    for (auto _ : state)
        if (const auto found = redis.load(key); !found || !*found)
            state.SkipWithError("not found");
}

void ours_store(benchmark::State& state, Redis redis)
{
    begin(redis, state);
    const auto key = key_of(state);
    const auto value = value_of(state);
    for (auto _ : state)
        if (const auto stored = redis.store(key, value, long_life); !stored || !*stored)
            state.SkipWithError("not stored");
}

/// hiredis's own client.
class Bare {
public:
    explicit Bare(const Place& place)
        : context_{place.over_tcp ? ::redisConnect("127.0.0.1", place.port) : ::redisConnectUnix(place.socket.c_str())}
    {
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

private:
    std::unique_ptr<redisContext, decltype(&::redisFree)> context_{nullptr, &::redisFree};
};

void floor_load(benchmark::State& state, const Place& place)
{
    auto redis = place.storage();
    begin(redis, state);
    Bare bare{place};
    const auto key = "session:" + key_of(state);
    for (auto _ : state)
        if (bare.ask({"GET", key}) != REDIS_REPLY_STRING)
            state.SkipWithError("not found");
}

void floor_store(benchmark::State& state, const Place& place)
{
    auto redis = place.storage();
    begin(redis, state);
    Bare bare{place};
    const auto key = "session:" + key_of(state);
    const auto value = storage::redis::encode(7, value_of(state));
    bare.ask({"EVAL", storage::redis::replace_script, "1", key, "", value, "3600000"});
    for (auto _ : state)
        if (bare.ask({"EVALSHA", storage::redis::replace_script_sha1, "1", key, "", value, "3600000"}) !=
            REDIS_REPLY_STATUS)
            state.SkipWithError("not stored");
}

using Sessions = Session<Redis, cipher::XChaCha20Poly1305, codec::MessagePack<bench_redis::Visit>>;

struct Ours {
    Ours(const Place& place, std::size_t size) : sessions{{.secret = "the secret of a benchmark"}, place.storage()}
    {
        auto session = sessions.open("");
        session->text.assign(size, 'x');
        const auto lines = session.save().value();
        const std::string_view line = *lines.begin();
        header.assign(line.substr(0, line.find(';')));
    }

    Sessions::Manager sessions;
    std::string header;
};

void ours_open(benchmark::State& state, const Place& place)
{
    const Ours ours{place, static_cast<std::size_t>(state.range(0))};
    for (auto _ : state)
        if (ours.sessions.open(ours.header).is_new())
            state.SkipWithError("not found");
}

void ours_save(benchmark::State& state, const Place& place)
{
    const Ours ours{place, static_cast<std::size_t>(state.range(0))};
    auto session = ours.sessions.open(ours.header);
    for (auto _ : state) {
        ++session->visits;
        if (!session.save())
            state.SkipWithError("not saved");
    }
}

template <class Run>
void add(const std::string& name, int threads, Run run)
{
    benchmark::RegisterBenchmark(name.c_str(), std::move(run))->Arg(1000)->Threads(threads)->UseRealTime();
}

void add_all(const Place& place)
{
    const std::string kind = place.over_tcp ? "TCP" : "Unix-socket";
    for (const int threads : {1, 2, 8, 32}) {
        const auto named = [&](const std::string& operation, const std::string& who) {
            return operation + " Redis," + kind + " " + std::to_string(threads) + "-threads " + who;
        };
        const auto redis = place.storage(); // shared by all threads, with its pool
        add(named("load", "ours"), threads, [=](benchmark::State& state) { ours_load(state, redis); });
        add(named("load", "floor"), threads, [=](benchmark::State& state) { floor_load(state, place); });
        add(named("store", "ours"), threads, [=](benchmark::State& state) { ours_store(state, redis); });
        add(named("store", "floor"), threads, [=](benchmark::State& state) { floor_store(state, place); });
    }
    const auto session = [&](const std::string& operation, const std::string& who) {
        return operation + " Redis," + kind + " session " + who;
    };
    add(session("open", "ours"), 1, [=](benchmark::State& state) { ours_open(state, place); });
    add(session("open", "floor"), 1, [=](benchmark::State& state) { floor_load(state, place); });
    add(session("save", "ours"), 1, [=](benchmark::State& state) { ours_save(state, place); });
    add(session("save", "floor"), 1, [=](benchmark::State& state) { floor_store(state, place); });
}

} // namespace

int main(int count, char** arguments)
{
    if (count < 3) {
        std::cerr << "redis SOCKET PORT\n";
        return 1;
    }
    Place place{arguments[1], static_cast<std::uint16_t>(std::atoi(arguments[2]))};
    arguments[2] = arguments[0];
    count -= 2;
    arguments += 2;
    add_all(place);
    place.over_tcp = false;
    add_all(place);
    benchmark::Initialize(&count, arguments);
    if (benchmark::ReportUnrecognizedArguments(count, arguments))
        return 1;
    benchmark::RunSpecifiedBenchmarks();
}
