#pragma once

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace bench {

/// Registers the benchmarks of this program, whose names are words separated by spaces (README.md).
void add_all();

/// How often this thread has called operator new.
std::size_t allocations() noexcept;

inline double nanoseconds_since(std::chrono::steady_clock::time_point begin) noexcept
{
    return std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - begin).count();
}

inline double median(std::vector<double>& values)
{
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

/// What taking the time takes.
inline double clock_cost()
{
    static const double cost = [] {
        std::vector<double> times(10'001);
        for (double& time : times)
            time = nanoseconds_since(std::chrono::steady_clock::now());
        return median(times);
    }();
    return cost;
}

/// Takes the time of each `run()` on its own, and not that of the `prepare()` before it. The median, so that what else the
/// machine has to do does not show, is the counter `ns`; `allocations` is how many one `run()` makes on average.
template <class Prepare, class Run>
void measure(benchmark::State& state, Prepare prepare, Run run)
{
    std::vector<double> times;
    std::size_t allocated = 0;
    times.reserve(100'000);
    const auto run_once = [&] {
        prepare();
        const auto allocated_before = allocations();
        const auto begin = std::chrono::steady_clock::now();
        run();
        const double time = nanoseconds_since(begin);
        allocated += allocations() - allocated_before;
        times.push_back(time);
        return time;
    };
    for (int i = 0; i != 10; ++i) // the thread's reserve of buffers is empty at its first request
        run_once();
    times.clear();
    for (int i = 0; i != 20; ++i) // a median, even if the machine does something else during all of the run
        run_once();
    allocated = 0;
    const auto before = times.size();
    for (auto _ : state)
        state.SetIterationTime(run_once() * 1e-9);
    const auto runs = times.size() - before;
    if (runs == 0)
        return; // skipped
    state.counters["allocations"] = static_cast<double>(allocated) / static_cast<double>(runs);
    state.counters["ns"] = std::max(median(times) - clock_cost(), 1.0);
}

template <class Run>
void measure(benchmark::State& state, Run run)
{
    measure(
        state, [] {}, run);
}

/// `name` is what the rest is told by; the sizes are told behind it.
template <class Run>
benchmark::internal::Benchmark* add(const std::string& name, const std::vector<std::int64_t>& sizes, Run run)
{
    auto* const added = benchmark::RegisterBenchmark(name.c_str(), run);
    for (const auto size : sizes)
        added->Arg(size);
    return added->UseManualTime();
}

} // namespace bench
