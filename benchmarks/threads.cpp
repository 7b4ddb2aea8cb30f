// One manager, shared by all threads: each opens a session of its own, or opens, changes and saves it.

#include "cart.hpp"
#include "measure.hpp"
#include "ours.hpp"
#include "stored.hpp"

#include <sojourn/sojourn.hpp>

#include <benchmark/benchmark.h>

#include <memory>
#include <string>

namespace {

template <class Storage>
void add_storage()
{
    using namespace sojourn;
    using Sessions = Session<Storage, cipher::XChaCha20Poly1305, codec::MessagePack<bench::Cart>>;
    struct Shared {
        bench::Stored<Storage> stored;
        typename Sessions::Manager sessions{{.ikm = std::string(32, '\0')}, stored.storage};
    };
    const auto shared = std::make_shared<Shared>();
    const auto add = [&](const std::string& operation, auto run) {
        const auto measured = [shared, run](benchmark::State& state) {
            bench::Client<Sessions> client{shared->sessions, bench::cart_of(1000)};
            client.open();
            for (auto _ : state)
                if (!run(shared->sessions, client))
                    state.SkipWithError("failed");
            state.SetItemsProcessed(state.iterations());
        };
        const auto name = operation + ' ' + std::string{bench::Stored<Storage>::name};
        benchmark::RegisterBenchmark(name.c_str(), measured)->Threads(1)->Threads(2)->UseRealTime();
    };
    add("open", [](const auto& sessions, const auto& client) { return !sessions.open(client.header()).is_new(); });
    add("request", [](const auto&, auto& client) {
        client.open();
        client.change();
        return client.save();
    });
}

} // namespace

void bench::add_all()
{
    add_storage<sojourn::storage::Cookie>();
    add_storage<sojourn::storage::Memory>();
    add_storage<sojourn::storage::File>();
}
