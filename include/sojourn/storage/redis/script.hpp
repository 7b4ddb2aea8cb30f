#pragma once

#include <sojourn/storage/redis/command.hpp>
#include <sojourn/storage/redis/reply.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sojourn::inline v0::storage::redis {

/// A script in Lua that the server runs, alone, and its name to EVALSHA: SHA-1, in hexadecimal.
struct Script {
    std::string_view text;
    std::string_view sha1;
};

/// One round trip, or two the first time that a server sees the script: it is then sent in full. `servers` are asked at the first
/// of the keys.
template <class Servers>
Answer run(Servers& servers, const Script& script, std::span<const std::string> keys,
           std::span<const std::string_view> arguments)
{
    const std::string count = std::to_string(keys.size());
    std::vector<std::string_view> words{"EVALSHA", script.sha1, count};
    words.insert(words.end(), keys.begin(), keys.end());
    words.insert(words.end(), arguments.begin(), arguments.end());
    auto answer = servers.ask(keys.front(), Command::of(words), false);
    if (answer.reply.is_error("NOSCRIPT")) {
        words[0] = "EVAL";
        words[1] = script.text;
        answer = servers.ask(keys.front(), Command::of(words), false);
    }
    return answer;
}

} // namespace sojourn::inline v0::storage::redis
