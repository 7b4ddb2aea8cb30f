// Opening and saving a session with the cookie storage, beside the floor (floor.hpp) in the same run. `benchmarks/run`
// makes a table of it.

#include "floor.hpp"

#include <sojourn/codec/json.hpp>
#include <sojourn/sojourn.hpp>

#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>
#include <iostream>
#include <string>
#include <vector>

using namespace sojourn;

namespace bench {

struct Item {
    std::string name;
    int count = 0;
    double price = 0;
};

struct Cart {
    std::string user;
    std::vector<Item> items;
    std::int64_t visits = 0;
    bool newsletter = false;
};

} // namespace bench

BOOST_HANA_ADAPT_STRUCT(bench::Item, name, count, price);
BOOST_HANA_ADAPT_STRUCT(bench::Cart, user, items, visits, newsletter);

namespace {

using bench::Cart;

/// A cart that takes about `size` bytes.
Cart cart_of(std::size_t size)
{
    Cart cart{.user = "ann@example.org", .items = {}, .visits = 12, .newsletter = true};
    for (int i = 0; cart.items.size() * 64 + 60 < size; ++i)
        cart.items.push_back({"article number " + std::to_string(1000 + i * 37) + " of the shop", i + 1, 4.99 + i});
    return cart;
}

template <class Cipher, class Codec>
struct Ours {
    using Sessions = Session<storage::Cookie, Cipher, Codec>;

    explicit Ours(std::size_t size) : session{sessions.open("")}
    {
        *session = cart_of(size);
        save();
    }
    void save()
    {
        ++session->visits;
        const auto lines = session.save();
        const std::string_view line = *lines->begin();
        header.assign(line.substr(0, line.find(';')));
    }

    typename Sessions::Manager sessions{{.secret = "the secret of a benchmark"}};
    Sessions session;
    std::string header;
};

template <class Cipher, class Codec>
void ours_open(benchmark::State& state)
{
    Ours<Cipher, Codec> ours{static_cast<std::size_t>(state.range(0))};
    for (auto _ : state) {
        auto session = ours.sessions.open(ours.header);
        if (session.is_new())
            state.SkipWithError("not found");
        benchmark::DoNotOptimize(*session);
    }
}

template <class Cipher, class Codec>
void ours_save(benchmark::State& state)
{
    Ours<Cipher, Codec> ours{static_cast<std::size_t>(state.range(0))};
    for (auto _ : state) {
        ++ours.session->visits;
        auto lines = ours.session.save();
        if (!lines || lines->empty())
            state.SkipWithError("not saved");
        benchmark::DoNotOptimize(lines);
    }
}

template <class Cipher, class Codec>
void floor_open(benchmark::State& state)
{
    bench::Floor<Cipher, Codec> floor{cart_of(static_cast<std::size_t>(state.range(0)))};
    for (auto _ : state)
        if (!floor.open())
            state.SkipWithError("does not open");
}

template <class Cipher, class Codec>
void floor_save(benchmark::State& state)
{
    bench::Floor<Cipher, Codec> floor{cart_of(static_cast<std::size_t>(state.range(0)))};
    for (auto _ : state)
        benchmark::DoNotOptimize(floor.save());
}

template <class Cipher, class Codec>
void add(const std::string& suite, const std::string& codec)
{
    const auto add_one = [&](const std::string& operation, const std::string& who, void (*run)(benchmark::State&)) {
        const std::string name = operation + ' ' + suite + ' ' + codec + ' ' + who;
        benchmark::RegisterBenchmark(name.c_str(), run)->Arg(200)->Arg(1000)->Arg(2500);
    };
    add_one("open", "ours", ours_open<Cipher, Codec>);
    add_one("open", "floor", floor_open<Cipher, Codec>);
    add_one("save", "ours", ours_save<Cipher, Codec>);
    add_one("save", "floor", floor_save<Cipher, Codec>);
}

template <class Cipher>
void add_codecs()
{
    const std::string suite{Cipher::name};
    if (!Cipher::available()) {
        std::cerr << "this processor cannot do " << suite << '\n';
        return;
    }
    add<Cipher, codec::MessagePack<Cart>>(suite, "MessagePack");
    add<Cipher, codec::Json<Cart>>(suite, "JSON");
    add<Cipher, codec::Zstd<codec::MessagePack<Cart>>>(suite, "Zstd<MessagePack>");
}

} // namespace

int main(int count, char** arguments)
{
    crypto::initialize();
    add_codecs<cipher::XChaCha20Poly1305>();
    add_codecs<cipher::Aes256Gcm>();
    benchmark::Initialize(&count, arguments);
    if (benchmark::ReportUnrecognizedArguments(count, arguments))
        return 1;
    benchmark::RunSpecifiedBenchmarks();
}
