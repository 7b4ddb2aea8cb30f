// Runs a fuzz target without a fuzzer: over every file of the corpus, every truncation of it, and every single-bit flip
// (spread over the file where it has too many bits). It is the regression half of fuzzing: what was found once stays
// found, with any compiler and any sanitizer.
//
//     corpus_<name> DIRECTORY...

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using Input = std::vector<std::uint8_t>;

std::size_t runs = 0;

/// Each run gets memory of its exact size, so that a sanitizer sees a read past the end.
void run(Input input)
{
    input.shrink_to_fit();
    LLVMFuzzerTestOneInput(input.data(), input.size());
    ++runs;
}

void run_around(const Input& input)
{
    constexpr std::size_t most_flips = 512;

    run(input);
    for (std::size_t size = 0; size < input.size(); ++size)
        run(Input(input.begin(), input.begin() + static_cast<std::ptrdiff_t>(size)));

    const std::size_t bits = input.size() * 8;
    const std::size_t step = bits <= most_flips ? 1 : (bits / most_flips) | 1; // odd: visits all eight bits
    for (std::size_t bit = 0; bit < bits; bit += step) {
        Input flipped = input;
        flipped[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
        run(flipped);
    }
}

} // namespace

int main(int count, char** arguments)
{
    std::size_t files = 0;
    for (int i = 1; i < count; ++i)
        for (const auto& entry : std::filesystem::recursive_directory_iterator{arguments[i]})
            if (entry.is_regular_file()) {
                std::ifstream file{entry.path(), std::ios::binary};
                run_around(Input{std::istreambuf_iterator<char>{file}, std::istreambuf_iterator<char>{}});
                ++files;
            }
    std::cout << files << " files, " << runs << " runs\n";
    return files == 0 ? 1 : 0;
}
