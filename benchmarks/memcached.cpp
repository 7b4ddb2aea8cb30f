// Loading and storing a record in memcached, beside bare libmemcached in the same run, over its binary protocol and its
// text protocol: the same server, one connection each, a value of so many bytes.

#include <sojourn/storage/memcached.hpp>

#include <benchmark/benchmark.h>
#include <libmemcached/memcached.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

using namespace sojourn;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view key = "0123456789012345678901234567890123456789012"; // as long as a session's

std::uint16_t port = 0;

/// On a free port, until this program ends.
bool start_server()
{
    const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    ::bind(socket, reinterpret_cast<const sockaddr*>(&address), size);
    ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
    ::close(socket);
    port = ntohs(address.sin_port);
    if (::fork() == 0) { // as root it has to be told so; as another user it would forget whose end is to be its own
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        const auto number = std::to_string(port);
        ::execlp("memcached", "memcached", "-u", "root", "-l", "127.0.0.1", "-p", number.c_str(), nullptr);
        ::_exit(127);
    }
    for (int n = 0; n != 1000; ++n, std::this_thread::sleep_for(10ms))
        if (storage::Memcached{{.port = port}}.ping())
            return true;
    return false;
}

Bytes value_for(const benchmark::State& state) { return Bytes(static_cast<std::size_t>(state.range(0)), std::byte{7}); }

void ours_load(benchmark::State& state)
{
    storage::Memcached memcached{{.port = port}};
    static_cast<void>(memcached.erase(key));
    static_cast<void>(memcached.create(key, value_for(state), 1h));
    for (auto _ : state) {
        auto found = memcached.load(key);
        if (!found || !*found)
            state.SkipWithError("not found");
        benchmark::DoNotOptimize(found);
    }
}

void ours_store(benchmark::State& state)
{
    storage::Memcached memcached{{.port = port}};
    const auto value = value_for(state);
    static_cast<void>(memcached.create(key, value, 1h));
    for (auto _ : state)
        if (!memcached.store(key, value, 1h))
            state.SkipWithError("not stored");
}

using Handle = std::unique_ptr<memcached_st, decltype(&memcached_free)>;

Handle bare(bool binary)
{
    Handle handle{memcached_create(nullptr), memcached_free};
    memcached_behavior_set(handle.get(), MEMCACHED_BEHAVIOR_BINARY_PROTOCOL, binary ? 1 : 0);
    memcached_behavior_set(handle.get(), MEMCACHED_BEHAVIOR_TCP_NODELAY, 1);
    memcached_behavior_set(handle.get(), MEMCACHED_BEHAVIOR_SUPPORT_CAS, 1);
    memcached_server_add(handle.get(), "127.0.0.1", port);
    return handle;
}

template <bool Binary>
void floor_load(benchmark::State& state)
{
    const auto handle = bare(Binary);
    const auto value = value_for(state);
    memcached_set(handle.get(), key.data(), key.size(), as_text(value).data(), value.size(), 3600, 0);
    for (auto _ : state) {
        std::size_t size = 0;
        std::uint32_t flags = 0;
        memcached_return_t outcome{};
        char* found = memcached_get(handle.get(), key.data(), key.size(), &size, &flags, &outcome);
        if (size != value.size())
            state.SkipWithError("not found");
        benchmark::DoNotOptimize(found);
        std::free(found); // NOLINT: libmemcached's malloc
    }
}

template <bool Binary>
void floor_store(benchmark::State& state)
{
    const auto handle = bare(Binary);
    const auto value = value_for(state);
    memcached_set(handle.get(), key.data(), key.size(), as_text(value).data(), value.size(), 3600, 0);
    for (auto _ : state)
        if (memcached_replace(handle.get(), key.data(), key.size(), as_text(value).data(), value.size(), 3600, 0) !=
            MEMCACHED_SUCCESS)
            state.SkipWithError("not stored");
}

void add(const char* name, void (*run)(benchmark::State&))
{
    benchmark::RegisterBenchmark(name, run)->Arg(200)->Arg(1000)->Arg(10'000)->UseRealTime();
}

} // namespace

int main(int count, char** arguments)
{
    if (!start_server()) {
        std::cerr << "memcached does not start\n";
        return 1;
    }
    add("load memcached binary ours", ours_load);
    add("load memcached binary floor", floor_load<true>);
    add("load memcached text ours", ours_load);
    add("load memcached text floor", floor_load<false>);
    add("store memcached binary ours", ours_store);
    add("store memcached binary floor", floor_store<true>);
    add("store memcached text ours", ours_store);
    add("store memcached text floor", floor_store<false>);
    benchmark::Initialize(&count, arguments);
    if (benchmark::ReportUnrecognizedArguments(count, arguments))
        return 1;
    benchmark::RunSpecifiedBenchmarks();
}
