// What so many stored sessions do to one: the time to open any of them, and that of the garbage collection for each record.
//
//     scaling memory|file SESSIONS      prints JSON

#include "cart.hpp"
#include "measure.hpp"
#include "ours.hpp"
#include "stored.hpp"

#include <sojourn/crypto/secret.hpp>
#include <sojourn/sojourn.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

using namespace sojourn;
using Clock = std::chrono::steady_clock;

namespace {

/// The median time of a `create`.
template <class Storage>
double create(Storage& storage, std::string_view kind, std::size_t count, Clock::duration life)
{
    const Bytes value(200, std::byte{7});
    const auto end = Clock::now() + life;
    std::vector<double> times;
    for (std::size_t i = 0; i != count; ++i) {
        const std::string key = std::string{kind} + '-' + std::to_string(i);
        const auto begin = Clock::now();
        if (!storage.create(key, value, std::max(std::chrono::ceil<TimeToLive>(end - begin), TimeToLive{1})))
            std::abort();
        times.push_back(bench::nanoseconds_since(begin));
    }
    return bench::median(times);
}

/// Removing one of `count` records that are over. Each write removes two of its shard: how much longer that takes.
double collect(storage::Memory& memory, std::size_t count)
{
    const auto life = std::chrono::microseconds{100'000 + 5 * count}; // that they are over at once, and not one by one
    const auto over = Clock::now() + life;
    create(memory, "over", count, life);
    std::this_thread::sleep_until(over + std::chrono::milliseconds{10});
    const double collecting = create(memory, "new", count / 4, std::chrono::hours{1});
    create(memory, "more", count / 2, std::chrono::hours{1});
    return (collecting - create(memory, "last", count / 4, std::chrono::hours{1})) / 2;
}

double collect(storage::File& files, std::size_t count)
{
    create(files, "over", count, std::chrono::milliseconds{1});
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
    const auto begin = Clock::now();
    const auto collected = files.collect();
    return bench::nanoseconds_since(begin) / static_cast<double>(collected.removed);
}

template <class Storage, class Make>
void run(std::size_t count, Make make)
{
    using Sessions = Session<Storage, cipher::XChaCha20Poly1305, codec::MessagePack<bench::Cart>>;
    double open_ns = 0;
    {
        const typename Sessions::Manager sessions{{.ikm = std::string(32, '\0')}, make()};
        const auto cart = bench::cart_of(200);
        std::vector<std::string> headers;
        while (headers.size() != count) {
            bench::Client<Sessions> client{sessions, cart};
            client.open();
            headers.push_back(client.header());
        }
        std::vector<double> times;
        std::uint64_t random = 1;
        for (int i = 0; i != 20'000; ++i) {
            random = random * 6'364'136'223'846'793'005U + 1'442'695'040'888'963'407U;
            const std::string& header = headers[(random >> 33) % count];
            const auto begin = Clock::now();
            const bool found = !sessions.open(header).is_new();
            times.push_back(bench::nanoseconds_since(begin));
            if (!found)
                std::abort();
        }
        open_ns = bench::median(times) - bench::clock_cost();
    }
    Storage storage = make();
    std::cout << "{\"open_ns\": " << open_ns << ", \"collect_ns\": " << collect(storage, count) << "}\n";
}

} // namespace

int main(int count, char** arguments)
{
    crypto::initialize();
    const std::string_view storage = count == 3 ? arguments[1] : "";
    const auto sessions = count == 3 ? std::strtoull(arguments[2], nullptr, 10) : 0;
    if (sessions < 4 || (storage != "memory" && storage != "file")) {
        std::cerr << "scaling memory|file SESSIONS\n";
        return 1;
    }
    if (storage == "memory") {
        run<storage::Memory>(sessions, [] { return storage::Memory{{.max_bytes = std::size_t{4} << 30}}; });
    } else {
        const bench::Folder folder;
        run<storage::File>(sessions, [&folder, name = 'a']() mutable {
            return storage::File{{.path = folder.path() / std::string(1, name++), .durable = false, .collect = 0}};
        });
    }
}
