// What the benchmark programs share: main, and an operator new that counts.

#include "measure.hpp"

#include <sojourn/crypto/secret.hpp>

#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdlib>
#include <new>

namespace {

thread_local std::size_t allocated = 0;

} // namespace

void* operator new(std::size_t size)
{
    ++allocated;
    if (void* const memory = std::malloc(size)) // NOLINT: what else
        return memory;
    throw std::bad_alloc{};
}
void operator delete(void* memory) noexcept { std::free(memory); }              // NOLINT
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); } // NOLINT

std::size_t bench::allocations() noexcept { return allocated; }

int main(int count, char** arguments)
{
    sojourn::crypto::initialize();
    bench::add_all();
    benchmark::Initialize(&count, arguments);
    if (benchmark::ReportUnrecognizedArguments(count, arguments))
        return 1;
    benchmark::RunSpecifiedBenchmarks();
}
