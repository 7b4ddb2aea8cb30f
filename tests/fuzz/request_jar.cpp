// Any Cookie headers, one a line: the jar finds what a plain model finds, `remove` takes out just that, and what joins
// is what splits.
#include <sojourn/cookie/jar.hpp>

#include <sojourn/bytes.hpp>
#include <sojourn/cookie/chunks.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

using namespace sojourn;

#define CHECK(condition) ((condition) ? void() : std::abort())

namespace {

constexpr std::string_view name = "session";

struct Cookie {
    unsigned number;
    std::string value;
};

/// The model: a header character by character into cookies, each as its text.
std::vector<std::string> texts_of(std::string_view header)
{
    std::vector<std::string> texts{""};
    for (const char c : header)
        if (c == ';')
            texts.emplace_back();
        else if (!texts.back().empty() || (c != ' ' && c != '\t'))
            texts.back() += c;
    for (auto& text : texts)
        while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
            text.pop_back();
    std::erase(texts, "");
    return texts;
}

/// Ours among the cookies of a header; number 0 for others.
Cookie read(const std::string& text)
{
    for (unsigned number = 1; number <= 9; ++number) {
        const auto start = std::string{name} + (number == 1 ? "" : "." + std::to_string(number)) + "=";
        if (text.starts_with(start))
            return {number, text.substr(start.size())};
    }
    return {0, text};
}

void check_join(const cookie::Jar& jar, std::string_view first, std::size_t text_size)
{
    Buffer out;
    const auto text = cookie::join(jar, first, text_size, out);
    if (!text)
        return;
    CHECK(text->size() == text_size);
    const auto count =
        cookie::split(name.size(), *text, [&](unsigned number, std::string_view tag, std::string_view part) {
            const auto value = std::string{tag}.append(part);
            CHECK(number != 1 || value == first);
            CHECK(number == 1 || std::ranges::any_of(jar.chunks(), [&](const cookie::Chunk& chunk) {
                      return chunk.number == number && chunk.value == value;
                  }));
        });
    CHECK(count != 0);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string input(reinterpret_cast<const char*>(data), size);
    const std::string_view all{input};
    cookie::Jar jar{name};
    std::vector<std::string> candidates;
    std::vector<Cookie> chunks;
    unsigned highest = 0;

    for (std::size_t at = 0; at <= all.size();) {
        const auto header = all.substr(at, all.find('\n', at) - at);
        at += header.size() + 1;
        jar.add(header);

        std::string rest;
        for (const auto& text : texts_of(header)) {
            const auto cookie = read(text);
            highest = std::max(highest, cookie.number);
            if (cookie.number == 0)
                rest += (rest.empty() ? "" : "; ") + text;
            else if (cookie.value.empty() || cookie.value[0] == '"')
                continue;
            else if (cookie.number == 1)
                candidates.push_back(cookie.value);
            else
                chunks.push_back(cookie);
        }
        CHECK(cookie::remove(header, name) == rest);
        CHECK(cookie::remove(rest, name) == rest);
    }
    candidates.resize(std::min(candidates.size(), cookie::Jar::max_candidates));
    chunks.resize(std::min(chunks.size(), cookie::Jar::max_chunks));

    CHECK(jar.highest_chunk() == highest);
    CHECK(std::ranges::equal(jar.candidates(), candidates));
    CHECK(std::ranges::equal(jar.chunks(), chunks, [](const cookie::Chunk& chunk, const Cookie& cookie) {
        return chunk.number == cookie.number && chunk.value == cookie.value;
    }));
    for (const auto candidate : jar.candidates()) {
        CHECK(candidate.data() >= input.data() && candidate.data() + candidate.size() <= input.data() + input.size());
        check_join(jar, candidate, candidate.size());
        std::size_t whole = candidate.size();
        for (const auto& chunk : jar.chunks()) {
            if (chunk.value.size() > cookie::Layout{}.tag_size)
                whole += chunk.value.size() - cookie::Layout{}.tag_size;
            check_join(jar, candidate, whole);
        }
    }
    return 0;
}
