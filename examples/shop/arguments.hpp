#pragma once

#include <sojourn/options.hpp>

#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

namespace shop {

/// What the command line and the environment say.
struct Arguments {
    int port = 8080; ///< 0: any that is free
    std::filesystem::path directory = std::filesystem::temp_directory_path() / "sojourn-demo";
    std::string store_host = "127.0.0.1";
    std::optional<std::uint16_t> store_port; ///< none: the one that the store's server has by default
    sojourn::Options options{.cookie_name = "shop", .remember_cookie_name = "shop-remember"};
};

inline constexpr std::string_view usage =
    "--port N            0 takes any free one; default: 8080\n"
    "--directory PATH    where demo_file keeps its sessions\n"
    "--store-host NAME   where demo_redis and demo_memcached find their server; default: 127.0.0.1\n"
    "--store-port N      default: 6379 for Redis, 11211 for memcached\n"
    "--secret-file FILE  or SOJOURN_SECRET; with neither, sessions end with the program\n"
    "--idling, --rolling, --absolute, --touch-threshold, --stale  in seconds\n";

template <class Number>
Number read_number(std::string_view text)
{
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size())
        throw std::invalid_argument{"not a number: " + std::string{text}};
    return number;
}

/// The file's text without the line break that editors end it with.
inline std::string read_secret(const std::string& path)
{
    std::ifstream file{path, std::ios::binary};
    std::string secret{std::istreambuf_iterator<char>{file}, {}};
    if (!file || secret.empty())
        throw std::invalid_argument{"no secret in " + path};
    while (secret.ends_with('\n') || secret.ends_with('\r'))
        secret.pop_back();
    return secret;
}

/// Throws std::invalid_argument with the words to say. What an option may be is for the manager to check.
inline Arguments read_arguments(int count, char** words)
{
    Arguments arguments;
    sojourn::Options& options = arguments.options;
    if (const char* const secret = std::getenv("SOJOURN_SECRET"))
        options.secret = secret;
    for (int i = 1; i != count; ++i) {
        const std::string_view name = words[i];
        if (name == "--help" || ++i == count)
            throw std::invalid_argument{std::string{usage}};
        const std::string value = words[i];
        const auto seconds = [&value] { return sojourn::core::seconds{read_number<long>(value)}; };
        if (name == "--port")
            arguments.port = read_number<int>(value);
        else if (name == "--directory")
            arguments.directory = value;
        else if (name == "--store-host")
            arguments.store_host = value;
        else if (name == "--store-port")
            arguments.store_port = read_number<std::uint16_t>(value);
        else if (name == "--secret-file")
            options.secret = read_secret(value);
        else if (name == "--idling")
            options.idling_timeout = seconds();
        else if (name == "--rolling")
            options.rolling_timeout = seconds();
        else if (name == "--absolute")
            options.absolute_timeout = seconds();
        else if (name == "--touch-threshold")
            options.touch_threshold = seconds();
        else if (name == "--stale")
            options.stale_ttl = seconds();
        else
            throw std::invalid_argument{"unknown: " + std::string{name} + '\n' + std::string{usage}};
    }
    return arguments;
}

} // namespace shop
