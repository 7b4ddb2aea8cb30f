#pragma once

#include <sojourn/error.hpp>
#include <sojourn/storage/net/address.hpp>
#include <sojourn/storage/redis/command.hpp>
#include <sojourn/storage/redis/connection.hpp>
#include <sojourn/storage/redis/reply.hpp>
#include <sojourn/storage/redis/server.hpp>

#include <sodium/randombytes.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sojourn::inline v0::storage::redis {

/// Which of the servers under one master's name.
enum class Role {
    master,
    replica, ///< one of them, for a program that only opens sessions; it learns of changes a little later
};

/// The way to a server by way of the sentinels: https://redis.io/docs/reference/sentinel-clients.
template <class Stream>
class SentinelRoute {
public:
    using Connection = redis::Connection<Stream>;
    using Dials = std::shared_ptr<const Dialer<Stream>>;
    static constexpr bool may_change = true;

    SentinelRoute(std::string name, std::vector<net::Address> sentinels, Role role, Dials servers, Dials by_sentinels)
        : name_{std::move(name)},
          sentinels_{std::move(sentinels)},
          role_{role},
          servers_{std::move(servers)},
          by_sentinels_{std::move(by_sentinels)}
    {
    }

    long long database() const noexcept { return servers_->database(); }
    std::string text() const { return name_; }

    /// Asks one sentinel after the other, each for its share of the time, the one that knew last first.
    Result<Connection> dial(net::Deadline until) const
    {
        Error last{errc::store_failed, name_ + ": no sentinels"};
        const auto first = knew_->load();
        for (auto left = sentinels_.size(); left != 0; --left) {
            const auto index = (first + sentinels_.size() - left) % sentinels_.size();
            const auto now = net::Clock::now();
            const auto share = now + (std::max(until, now) - now) / static_cast<long>(left);
            const auto address = locate(sentinels_[index], share);
            auto connection = address ? dial(*address, share) : address.error();
            if (connection) {
                knew_->store(index);
                return connection;
            }
            last = connection.error();
        }
        return last;
    }

private:
    Result<net::Address> locate(const net::Address& sentinel, net::Deadline until) const
    {
        auto connection = by_sentinels_->dial(sentinel, until);
        if (!connection)
            return connection.error();
        const Command command = role_ == Role::master ? Command{"SENTINEL", "get-master-addr-by-name", name_}
                                                      : Command{"SENTINEL", "replicas", name_};
        if (auto sent = connection->send(command, until); !sent)
            return sent.error();
        const auto answer = connection->receive(command.name(), until);
        if (!answer)
            return answer.error;
        const auto address = role_ == Role::master ? master_in(answer.reply) : replica_in(answer.reply);
        return address ? Result<net::Address>{*address}
                       : connection->error(command.name(), role_ == Role::master ? "knows no master " + name_
                                                                                 : "knows no replica of " + name_);
    }

    static std::optional<net::Address> address_of(std::string_view host, std::string_view port)
    {
        const auto number = net::port_of(port);
        return number && !host.empty() ? std::optional{net::Address{std::string{host}, *number}} : std::nullopt;
    }

    /// `1) host 2) port`
    static std::optional<net::Address> master_in(const Reply& reply)
    {
        const auto parts = reply.elements();
        return parts.size() == 2 ? address_of(Reply::text(parts[0]), Reply::text(parts[1])) : std::nullopt;
    }

    /// Any one that is up: each is an array of names and values in turn.
    static std::optional<net::Address> replica_in(const Reply& reply)
    {
        std::vector<net::Address> up;
        for (const auto* each : reply.elements()) {
            const auto fields = Reply::elements(each);
            const auto field = [&](std::string_view name) {
                for (std::size_t i = 0; i + 1 < fields.size(); i += 2)
                    if (Reply::text(fields[i]) == name)
                        return Reply::text(fields[i + 1]);
                return std::string_view{};
            };
            const auto flags = field("flags");
            const auto address = address_of(field("ip"), field("port"));
            if (address && flags.find("down") == flags.npos && flags.find("disconnected") == flags.npos)
                up.push_back(*address);
        }
        return up.empty() ? std::nullopt
                          : std::optional{up[randombytes_uniform(static_cast<std::uint32_t>(up.size()))]};
    }

    /// A sentinel may not know yet, and neither may the server: what both say counts.
    Result<Connection> dial(const net::Address& address, net::Deadline until) const
    {
        auto connection = servers_->dial(address, until);
        if (!connection)
            return connection;
        const Command command{"ROLE"};
        if (auto sent = connection->send(command, until); !sent)
            return sent.error();
        const auto answer = connection->receive(command.name(), until);
        if (!answer)
            return answer.error;
        const auto parts = answer.reply.elements();
        const std::string_view wanted = role_ == Role::master ? "master" : "slave"; // as the protocol has it
        if (parts.empty() || Reply::text(parts[0]) != wanted)
            return connection->error(command.name(), role_ == Role::master ? "it is no master" : "it is no replica");
        return connection;
    }

    std::string name_;
    std::vector<net::Address> sentinels_;
    Role role_;
    Dials servers_;
    Dials by_sentinels_;
    std::shared_ptr<std::atomic<std::size_t>> knew_ = std::make_shared<std::atomic<std::size_t>>(0);
};

} // namespace sojourn::inline v0::storage::redis
