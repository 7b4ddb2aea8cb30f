#pragma once

#include "floor.hpp"

#include <sojourn/codec/message_pack.hpp>
#include <sojourn/sojourn.hpp>

#include <benchmark/benchmark.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>
#include <utility>

// What the benchmarks of storages on servers share.

namespace bench_servers {

struct Visit {
    std::string text;
    std::int64_t visits = 0;
};

} // namespace bench_servers

BOOST_HANA_ADAPT_STRUCT(bench_servers::Visit, text, visits);

namespace bench_servers {

using namespace sojourn;

constexpr std::chrono::hours long_life{1};

/// Where the server is: at a port of this machine, or at a Unix socket.
struct Place {
    std::string socket;
    std::uint16_t port = 0;
    bool over_tcp = true;
};

template <class Storage>
Storage storage_at(const Place& place)
{
    return Storage{{.port = place.port,
                    .unix_socket = place.over_tcp ? std::string{} : place.socket,
                    .read_timeout = std::chrono::seconds{10}}};
}

/// As long as a session's.
inline std::string key_of(const benchmark::State& state)
{
    return "012345678901234567890123456789012345678901" + std::to_string(state.thread_index());
}
inline Bytes value_of(const benchmark::State& state)
{
    return Bytes(static_cast<std::size_t>(state.range(0)), std::byte{7});
}

/// Puts the record of this thread in place.
template <class Storage>
void begin(Storage& storage, const benchmark::State& state)
{
    static_cast<void>(storage.erase(key_of(state)));
    static_cast<void>(storage.create(key_of(state), value_of(state), long_life));
}

template <class Storage>
void ours_load(benchmark::State& state, Storage storage)
{
    begin(storage, state);
    const auto key = key_of(state);
    for (auto _ : state)
        if (const auto found = storage.load(key); !found || !*found)
            state.SkipWithError("not found");
}

template <class Storage>
void ours_store(benchmark::State& state, Storage storage)
{
    begin(storage, state);
    const auto key = key_of(state);
    const auto value = value_of(state);
    for (auto _ : state)
        if (const auto stored = storage.store(key, value, long_life); !stored || !*stored)
            state.SkipWithError("not stored");
}

template <class Bare>
void floor(benchmark::State& state, const Place& place, bool (Bare::*act)())
{
    Bare bare{state, place};
    for (auto _ : state)
        if (!(bare.*act)())
            state.SkipWithError("not done");
}

using Cipher = cipher::XChaCha20Poly1305;
using Codec = codec::MessagePack<Visit>;

inline Visit visit_of(const benchmark::State& state)
{
    return {std::string(static_cast<std::size_t>(state.range(0)), 'x'), 0};
}

/// A client with a session, and the manager that serves it.
template <class Storage>
struct Client {
    using Sessions = Session<Storage, Cipher, Codec>;

    Client(const benchmark::State& state, const Place& place)
        : sessions{{.secret = "the secret of a benchmark"}, storage_at<Storage>(place)}
    {
        auto session = sessions.open("");
        session->text = visit_of(state).text;
        take(session.save().value());
    }

    void take(const auto& lines)
    {
        const std::string_view line = *lines.begin();
        header.assign(line.substr(0, line.find(';')));
    }

    typename Sessions::Manager sessions;
    std::string header;
};

template <class Storage>
void ours_open(benchmark::State& state, const Place& place)
{
    const Client<Storage> client{state, place};
    for (auto _ : state)
        if (client.sessions.open(client.header).is_new())
            state.SkipWithError("not found");
}

/// Of a session: the bare client, and the primitives that it cannot do without.
template <class Bare>
void floor_open(benchmark::State& state, const Place& place)
{
    Bare bare{state, place};
    bench::Floor<bench::Place::memory, Cipher, Codec> primitives{visit_of(state)};
    for (auto _ : state)
        if (!bare.load() || !primitives.open())
            state.SkipWithError("not found");
}

/// A request that changes something: open and save.
template <class Storage>
void ours_request(benchmark::State& state, const Place& place)
{
    Client<Storage> client{state, place};
    for (auto _ : state) {
        auto session = client.sessions.open(client.header);
        ++session->visits;
        auto saved = session.save();
        if (session.is_new() || !saved)
            state.SkipWithError("not saved");
        else
            client.take(*saved);
    }
}

template <class Bare>
void floor_request(benchmark::State& state, const Place& place)
{
    Bare bare{state, place};
    bench::Floor<bench::Place::memory, Cipher, Codec> primitives{visit_of(state)};
    for (auto _ : state)
        if (primitives.save(); !bare.load() || !primitives.open() || !bare.store_if())
            state.SkipWithError("not saved");
}

template <class Run>
void add(const std::string& name, int threads, Run run)
{
    benchmark::RegisterBenchmark(name.c_str(), std::move(run))->Arg(1000)->Threads(threads)->UseRealTime();
}

/// `Bare` is the client library with a record of its own: `Bare{state, place}`, and on it `load()`, `store()` as the storage's
/// function does it, and `store_if()` behind a load; each whether it succeeded.
template <class Storage, class Bare>
void add_all(const std::string& server, const Place& place)
{
    const std::string kind = server + (place.over_tcp ? ",TCP " : ",Unix-socket ");
    for (const int threads : {1, 2, 8, 32}) {
        const auto named = [&](const std::string& operation, const std::string& who) {
            return operation + " " + kind + std::to_string(threads) + "-threads " + who;
        };
        const auto storage = storage_at<Storage>(place); // shared by all threads, with its pool
        add(named("load", "ours"), threads, [=](benchmark::State& state) { ours_load(state, storage); });
        add(named("load", "floor"), threads, [=](benchmark::State& state) { floor<Bare>(state, place, &Bare::load); });
        add(named("store", "ours"), threads, [=](benchmark::State& state) { ours_store(state, storage); });
        add(named("store", "floor"), threads,
            [=](benchmark::State& state) { floor<Bare>(state, place, &Bare::store); });
    }
    const auto session = [&](const std::string& operation, const std::string& who) {
        return operation + " " + kind + "session " + who;
    };
    add(session("open", "ours"), 1, [=](benchmark::State& state) { ours_open<Storage>(state, place); });
    add(session("open", "floor"), 1, [=](benchmark::State& state) { floor_open<Bare>(state, place); });
    add(session("request", "ours"), 1, [=](benchmark::State& state) { ours_request<Storage>(state, place); });
    add(session("request", "floor"), 1, [=](benchmark::State& state) { floor_request<Bare>(state, place); });
}

/// SOCKET PORT [--benchmark_…]
template <class Storage, class Bare>
int run(const std::string& server, int count, char** arguments)
{
    if (count < 3) {
        std::cerr << arguments[0] << " SOCKET PORT\n";
        return 1;
    }
    Place place{arguments[1], static_cast<std::uint16_t>(std::atoi(arguments[2]))};
    arguments[2] = arguments[0];
    count -= 2;
    arguments += 2;
    add_all<Storage, Bare>(server, place);
    place.over_tcp = false;
    add_all<Storage, Bare>(server, place);
    benchmark::Initialize(&count, arguments);
    if (benchmark::ReportUnrecognizedArguments(count, arguments))
        return 1;
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}

} // namespace bench_servers
