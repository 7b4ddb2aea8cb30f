// What so many stored sessions do to one: the time to open any of them, and that of the garbage collection for each record.
//
//     scaling memory|file SESSIONS      prints JSON

#include "cart.hpp"
#include "measure.hpp"
#include "ours.hpp"
#include "stored.hpp"

#include <sojourn/crypto/secret.hpp>
#include <sojourn/sojourn.hpp>

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

std::string key_of(std::size_t number) { return "record-" + std::to_string(number); }

/// `count` records whose time is over.
template <class Storage>
void fill_with_garbage(Storage& storage, std::size_t count)
{
    const Bytes value(200, std::byte{7});
    for (std::size_t i = 0; i != count; ++i)
        if (!storage.create(key_of(i), value, std::chrono::milliseconds{1}))
            std::abort();
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
}

/// Each write removes two of its shard.
double collect(storage::Memory& memory, std::size_t count)
{
    const Bytes value(200, std::byte{7});
    std::vector<double> times;
    for (std::size_t i = 0; i != count / 4; ++i) {
        const auto begin = Clock::now();
        static_cast<void>(memory.create("new-" + key_of(i), value, std::chrono::hours{1}));
        times.push_back(bench::nanoseconds_since(begin));
    }
    return bench::median(times) / 2;
}

double collect(storage::File& files, std::size_t)
{
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
        const typename Sessions::Manager sessions{{.ikm = KeyMaterial{}}, make()};
        std::vector<std::string> headers;
        while (headers.size() != count) {
            bench::Client<Sessions> client{sessions, 200};
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
    fill_with_garbage(storage, count);
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
