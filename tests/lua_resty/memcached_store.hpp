#pragma once

// The items of a case in a memcached that has no others.

#include "json.hpp"
#include "records.hpp"
#include "report.hpp"
#include "stores.hpp"

#include "../servers/memcached_server.hpp"

#include <sojourn/storage/detail/lua_resty_log.hpp>
#include <sojourn/storage/lua_resty_memcached.hpp>

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace lua_resty_vectors {

class InMemcached {
public:
    using Storage = sojourn::storage::LuaRestyMemcached;

    /// The server whose items are the cases' own; without it they start one.
    static void use(std::string host, std::uint16_t port)
    {
        host_ = std::move(host);
        port_ = port;
    }

    explicit InMemcached(const Json& one)
    {
        const auto config = one.at("steps").at(0).at("config").value("memcached", Json::object());
        prefix_ = text_or(config, "prefix");
        suffix_ = text_or(config, "suffix");
        for (const Json& step : one.at("steps"))
            for (const Json& item : step.at("store_after"))
                know(item.at("key").get<std::string>());
    }
    InMemcached(const InMemcached&) = delete;
    InMemcached& operator=(const InMemcached&) = delete;
    ~InMemcached()
    {
        for (const auto& key : known_)
            ask("delete " + key);
    }

    Storage storage() const
    {
        constexpr std::chrono::seconds patience{30};
        const auto [host, port] = server();
        return Storage{{.host = host,
                        .port = port,
                        .prefix = prefix_,
                        .suffix = suffix_,
                        .connect_timeout = patience,
                        .send_timeout = patience,
                        .read_timeout = patience}};
    }

    std::optional<std::string> payload(const std::string& key) const
    {
        const auto item = find(escaped(name_of(key)));
        return item ? payload_in(item->value) : std::nullopt;
    }

    static void set_up(const Json& commands)
    {
        for (const Json& command : commands)
            throw std::runtime_error{"a set-up that this program does not know: " + command.dump()};
    }

    void compare(const Json& recorded, const auto& changes, Report& report)
    {
        const auto passed = std::chrono::ceil<std::chrono::seconds>(std::chrono::steady_clock::now() - started_);
        Content one, other;
        for (const Json& item : recorded) {
            const auto ttl = item.at("ttl").is_null() ? std::nullopt : std::optional{item.at("ttl").get<long long>()};
            add(item.at("key").get<std::string>(), item.at("value").get<std::string>(), ttl, other, report);
        }
        long long found = 0;
        for (const auto& key : known_)
            if (const auto item = find(key)) {
                add(key, item->value, item->ttl, one, report);
                ++found;
            }
        report.check(count() <= before_ + found + missing(recorded), "the server", "holds what was not recorded");
        const ContentComparison compared{one, other, changes, passed, gone_, report};
        for (const auto& [key, value] : compared.reordered()) {
            const auto ttl = other.records.at(key).ttl.value_or(0);
            ask("set " + escaped(name_of(key)) + " 0 " + std::to_string(ttl) + " " + std::to_string(value.size()) +
                "\r\n" + value);
        }
    }

private:
    std::string name_of(const std::string& key) const
    {
        return (prefix_.empty() ? "" : prefix_ + ":") + key + (suffix_.empty() ? "" : ":" + suffix_);
    }

    /// As nginx escapes: RFC 3986's unreserved characters, and some more, are as they are.
    static std::string escaped(std::string_view text)
    {
        std::string name;
        for (const char c : text)
            if (std::isalnum(static_cast<unsigned char>(c)) != 0 ||
                std::string_view{"-_.~!'()*"}.find(c) != std::string_view::npos)
                name += c;
            else {
                std::array<char, 4> code{};
                std::snprintf(code.data(), code.size(), "%%%02X", static_cast<unsigned>(static_cast<unsigned char>(c)));
                name += code.data();
            }
        return name;
    }
    static std::string unescaped(std::string_view text)
    {
        std::string plain;
        for (std::size_t i = 0; i < text.size(); ++i) {
            unsigned code = 0;
            if (text[i] == '%' && i + 2 < text.size() &&
                std::from_chars(&text[i + 1], &text[i] + 3, code, 16).ptr == &text[i] + 3) {
                plain += static_cast<char>(code);
                i += 2;
            } else
                plain += text[i];
        }
        return plain;
    }

    /// An item under its key as on the wire.
    void add(const std::string& key, const std::string& value, std::optional<long long> ttl, Content& content,
             Report& report) const
    {
        const auto plain = unescaped(key);
        report.equal(escaped(plain), key, "a key's escapes");
        const auto inner = inner_key(plain, prefix_, suffix_);
        report.check(inner.has_value(), "a key without the prefix or the suffix", key);
        if (value.starts_with("[")) {
            content.records.emplace(inner.value_or(key), StoredRecord{value, ttl});
            return;
        }
        StoredIndex index{{}, ttl};
        for (const auto& [member, ends] : sojourn::storage::detail::read_log(value, Clock::now()))
            index.members.emplace(member, ends.time_since_epoch().count());
        content.indexes.emplace(inner.value_or(key), std::move(index));
    }

    static std::pair<std::string, std::uint16_t> server()
    {
        if (port_ == 0) {
            static const memcached_test::MemcachedServer own;
            port_ = own.port();
        }
        return {host_, port_};
    }

    /// What the server says to a command.
    static std::string ask(const std::string& command)
    {
        constexpr std::string_view end = "MN\r\n"; // what it says to mn, which is to be the last
        const auto [host, port] = server();
        addrinfo* found = nullptr;
        if (::getaddrinfo(host.c_str(), std::to_string(port).c_str(), nullptr, &found) != 0)
            throw std::runtime_error{"no memcached at " + host};
        const int socket = ::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const bool connected = ::connect(socket, found->ai_addr, found->ai_addrlen) == 0;
        ::freeaddrinfo(found);
        const auto text = command + "\r\nmn\r\n";
        std::string reply;
        if (connected && ::send(socket, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size())) {
            std::array<char, 65536> bytes;
            for (pollfd readable{socket, POLLIN, 0}; !reply.ends_with(end) && ::poll(&readable, 1, 30'000) == 1;) {
                const auto count = ::recv(socket, bytes.data(), bytes.size(), 0);
                if (count <= 0)
                    break;
                reply.append(bytes.data(), static_cast<std::size_t>(count));
            }
        }
        ::close(socket);
        if (!reply.ends_with(end))
            throw std::runtime_error{"memcached says to " + command.substr(0, command.find(' ')) + ": " + reply};
        return reply.substr(0, reply.size() - end.size());
    }

    static std::optional<StoredRecord> find(const std::string& key)
    {
        const auto reply = ask("mg " + key + " t v"); // VA size tTTL, or EN
        std::istringstream head{reply};
        std::string status, ttl;
        std::size_t size = 0;
        if (!(head >> status >> size >> ttl) || status != "VA")
            return std::nullopt;
        const auto left = std::stoll(ttl.substr(1));
        return StoredRecord{reply.substr(reply.find("\r\n") + 2, size), left < 0 ? std::nullopt : std::optional{left}};
    }

    /// How many items there are, of which the server may not have noticed yet that some are over.
    static long long count()
    {
        const auto all = ask("stats");
        const std::string name = "STAT curr_items ";
        return std::stoll(all.substr(all.find(name) + name.size()));
    }
    static long long missing(const Json& recorded)
    {
        return std::ranges::count_if(recorded, [](const Json& item) { return !find(item.at("key")); });
    }

    /// A key as on the wire that there may be, and what an index with its subject in clear is called here.
    void know(const std::string& key)
    {
        known_.insert(key);
        const auto inner = inner_key(unescaped(key), prefix_, suffix_).value_or("");
        const auto start = inner.substr(0, inner.find(':', inner.find(':') + 1) + 1);
        const auto subject = sojourn::as_bytes(std::string_view{inner}.substr(start.size()));
        const auto hash = wire_format::sha256(subject);
        for (const auto& name :
             {wire_format::base64url(subject), wire_format::base64url(sojourn::BytesView{hash}.first(16))})
            known_.insert(escaped(name_of(start + name)));
    }

    static inline std::string host_ = "127.0.0.1";
    static inline std::uint16_t port_ = 0;
    std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
    std::string prefix_, suffix_;
    std::set<std::string> gone_;
    std::set<std::string> known_;
    long long before_ = count();
};

} // namespace lua_resty_vectors
