// What storage::Memcached makes of a round trip: beside bare libmemcached that sends the same commands over the same protocol
// and kind of connection, one a thread. `benchmarks/run` starts the servers and makes a table of it.
//
//     memcached SOCKET PORT [--benchmark_…]

#include "server_storage.hpp"

#include <sojourn/storage/memcached.hpp>

#include <benchmark/benchmark.h>
#include <libmemcached/memcached.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

using namespace bench_servers;
using storage::Memcached;

namespace {

/// libmemcached, with a key and a value of ours.
class Bare {
public:
    Bare(const benchmark::State& state, const Place& place) : key_{"session:" + key_of(state)}, value_{value_of(state)}
    {
        auto storage = storage_at<Memcached>(place);
        begin(storage, state);
        for (const auto behavior :
             {MEMCACHED_BEHAVIOR_BINARY_PROTOCOL, MEMCACHED_BEHAVIOR_TCP_NODELAY, MEMCACHED_BEHAVIOR_SUPPORT_CAS})
            memcached_behavior_set(handle_.get(), behavior, 1);
        if (place.over_tcp)
            memcached_server_add(handle_.get(), "127.0.0.1", place.port);
        else
            memcached_server_add_unix_socket(handle_.get(), place.socket.c_str());
    }

    bool load()
    {
        std::size_t size = 0;
        std::uint32_t flags = 0;
        memcached_return_t outcome{};
        const std::unique_ptr<char, decltype(&std::free)> found{
            memcached_get(handle_.get(), key_.data(), key_.size(), &size, &flags, &outcome), &std::free};
        return size == value_.size();
    }

    bool store() { return load() && store_if(); }

    /// What was loaded last, if it is unchanged.
    bool store_if()
    {
        const auto value = as_text(value_);
        const auto state = memcached_result_cas(&handle_->result);
        return memcached_cas(handle_.get(), key_.data(), key_.size(), value.data(), value.size(), 3600, 0x736a6f31,
                             state) == MEMCACHED_SUCCESS;
    }

private:
    std::string key_;
    Bytes value_;
    std::unique_ptr<memcached_st, decltype(&memcached_free)> handle_{memcached_create(nullptr), &memcached_free};
};

} // namespace

int main(int count, char** arguments) { return run<Memcached, Bare>("memcached", count, arguments); }
