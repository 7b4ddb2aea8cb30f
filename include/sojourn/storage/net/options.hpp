#pragma once

#include <sojourn/bytes.hpp>
#include <sojourn/chrono.hpp>
#include <sojourn/error.hpp>
#include <sojourn/storage/net/address.hpp>

#include <sodium/crypto_generichash.h>
#include <sodium/utils.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace sojourn::inline v0::storage::net {

struct Timeouts {
    std::chrono::milliseconds connect{};
    std::chrono::milliseconds send{};
    std::chrono::milliseconds read{};
};

/// What is wrong with the options that every storage across a network has, under these names: `errc::unlawful_option` with
/// the option's name. `server` is the address they tell.
template <class Stream, class Options>
std::optional<Error> find_unlawful(const Options& options, const Address& server)
{
    const auto refused = [](std::string why) { return Error{errc::unlawful_option, std::move(why)}; };
    const auto is_bad_text = [](std::string_view text) { return text.find('\0') != text.npos; };
    if (server.unix_socket.empty() && (server.host.empty() || is_bad_text(server.host)))
        return refused("host: none");
    if (server.unix_socket.empty() && server.port == 0)
        return refused("port: 0");
    if (server.unix_socket.size() > 107 || is_bad_text(server.unix_socket))
        return refused("unix_socket: longer than 107 bytes, or not a path");
    for (const auto& [name, affix] :
         {std::pair{"prefix", options.prefix.value_or("")}, std::pair{"suffix", options.suffix}})
        if (affix.size() > 100 || std::ranges::any_of(affix, [](char c) { return c <= ' ' || c >= 0x7f; }))
            return refused(std::string{name} + ": not up to 100 printable characters of ASCII");
    for (const auto& [name, time] : {std::pair{"connect_timeout", options.connect_timeout},
                                     {"send_timeout", options.send_timeout},
                                     {"read_timeout", options.read_timeout}})
        if (time <= std::chrono::milliseconds{0})
            return refused(std::string{name} + ": not above 0");
    if (options.keepalive_timeout < std::chrono::milliseconds{0})
        return refused("keepalive_timeout: below 0");
    if (options.pool_size == 0)
        return refused("pool_size: 0");
    if (options.ssl && !Stream::can_encrypt)
        return refused("ssl: this type has no TLS; that whose name ends in Tls has");
    if (!options.ssl && (!options.ssl_ca_file.empty() || !options.server_name.empty()))
        return refused("ssl_ca_file or server_name: without ssl");
    if (is_bad_text(options.ssl_ca_file) || is_bad_text(options.server_name))
        return refused("ssl_ca_file or server_name: with a zero byte");
    if (options.ssl && options.ssl_verify && options.server_name.empty() && !server.unix_socket.empty())
        return refused("server_name: none, to be verified over a Unix socket");
    return std::nullopt;
}

/// What two storages have to have in common to share connections, as a hash.
template <class Options>
std::string identity_of(const Options& options)
{
    std::string all;
    const auto add = [&](std::string_view text) { all.append(std::to_string(text.size())).append(":").append(text); };
    for (const std::string_view text : {std::string_view{options.host}, std::string_view{options.unix_socket},
                                        std::string_view{options.username}, std::string_view{options.password},
                                        std::string_view{options.ssl_ca_file}, std::string_view{options.server_name}})
        add(text);
    for (const long long number :
         {static_cast<long long>(options.port), static_cast<long long>(options.ssl),
          static_cast<long long>(options.ssl_verify), static_cast<long long>(options.pool_size),
          static_cast<long long>(options.backlog), static_cast<long long>(options.keepalive_timeout.count())})
        add(std::to_string(number));
    std::array<unsigned char, crypto_generichash_BYTES> hash;
    crypto_generichash(hash.data(), hash.size(), as_unsigned(as_bytes(all)), all.size(), nullptr, 0);
    sodium_memzero(all.data(), all.size());
    return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

} // namespace sojourn::inline v0::storage::net
