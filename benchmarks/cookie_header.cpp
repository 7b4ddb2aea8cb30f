// Finding the session's cookies in a Cookie header, beside looking for each `;` in it, which nobody can do without.

#include "measure.hpp"

#include <sojourn/cookie/jar.hpp>

#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace {

/// Other people's cookies, and at the end ours of 360 bytes, which is a session of 200 bytes.
std::string header_of(std::size_t size)
{
    const std::string ours = "__Host-session=" + std::string(345, 'A');
    std::string header;
    for (unsigned i = 0; header.size() + ours.size() < size; ++i) {
        const std::string other = "_ga_" + std::to_string(1000 + i) + "=GS1.1.1764000000.3.1.1764000123.60.0.0; ";
        header += other.substr(0, size - ours.size() - header.size());
        if (!header.ends_with("; "))
            header.replace(header.size() - 1, 1, ";");
    }
    return header + ours;
}

void jars(benchmark::State& state)
{
    using namespace sojourn::cookie;
    const std::string header = header_of(static_cast<std::size_t>(state.range(0)));
    bench::measure(state, [&] {
        Jars jars{Jar{"__Host-session"}, Jar{"__Host-remember"}};
        jars.add(header);
        if (jars.session.candidates().size() != 1)
            state.SkipWithError("not found");
        benchmark::DoNotOptimize(jars);
    });
}

void semicolons(benchmark::State& state)
{
    const std::string header = header_of(static_cast<std::size_t>(state.range(0)));
    bench::measure(state, [&] {
        const char* at = header.data();
        const char* const end = at + header.size();
        std::size_t count = 0;
        while (const void* const found = std::memchr(at, ';', static_cast<std::size_t>(end - at))) {
            at = static_cast<const char*>(found) + 1;
            ++count;
        }
        benchmark::DoNotOptimize(count);
    });
}

} // namespace

void bench::add_all()
{
    const std::vector<std::int64_t> sizes{360, 1000, 4000, 8000, 16'000};
    add("parse ours", sizes, jars);
    add("parse floor", sizes, semicolons);
}
