#pragma once

#include <sojourn/chrono.hpp>
#include <sojourn/error.hpp>
#include <sojourn/result.hpp>
#include <sojourn/storage/net/address.hpp>
#include <sojourn/storage/redis/command.hpp>
#include <sojourn/storage/redis/connection.hpp>
#include <sojourn/storage/redis/reply.hpp>
#include <sojourn/storage/redis/server.hpp>

#include <sodium/randombytes.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sojourn::inline v0::storage::redis {

/// Which of the servers under one master's name.
enum class Role {
    master,
    replica, ///< one that follows it (Redis 5 and later), for a program that only opens sessions; it learns of changes late
};

/// The way to a server by way of the sentinels: https://redis.io/docs/reference/sentinel-clients. There the first one that
/// answers is believed. Here most of them have to agree, for one alone may be cut off from the others, or be asked about
/// another master of that name; only when no server is agreed upon are the others tried that some of them name.
template <class Stream>
class SentinelRoute {
public:
    using Connection = redis::Connection<Stream>;
    using Dials = std::shared_ptr<const Dialer<Stream>>;
    /// What had no answer for longer could lead to a master that hung meanwhile and is none any more, but does not know yet.
    /// Sentinels wait for a second at least in practice (`down-after-milliseconds`).
    static constexpr std::chrono::milliseconds sure_for{1000};

    SentinelRoute(std::string name, std::vector<net::Address> sentinels, Role role, Dials servers, Dials by_sentinels)
        : name_{std::move(name)},
          role_{role},
          servers_{std::move(servers)},
          by_sentinels_{std::move(by_sentinels)},
          sentinels_{std::make_shared<Order>(std::move(sentinels))}
    {
    }

    long long database() const noexcept { return servers_->database(); }
    std::string text() const { return name_; }

    /// Each sentinel and each server has its share of the time that is left.
    Result<Connection> dial(net::Deadline until) const
    {
        const auto sentinels = sentinels_->in_order();
        Error last{errc::store_failed, name_ + ": no sentinels"};
        std::vector<Named> named;
        const auto attempt = [&](const net::Address& address, std::size_t others) {
            auto connection = dial(address, share_of(until, others + 1));
            if (!connection)
                last = connection.error();
            return connection;
        };
        for (auto left = sentinels.size(); left != 0; --left) {
            const auto& sentinel = sentinels[sentinels.size() - left];
            const auto told = locate(sentinel, share_of(until, left + 1));
            if (!told) {
                sentinels_->put_last(sentinel);
                last = told.error();
                continue;
            }
            for (const auto& address : *told)
                if (count(named, address) == sentinels.size() / 2 + 1)
                    if (auto connection = attempt(address, left))
                        return connection;
        }
        std::erase_if(named, [&](const Named& each) { return each.times > sentinels.size() / 2; });
        std::ranges::stable_sort(named, std::greater{}, &Named::times);
        for (std::size_t i = 0; i != named.size(); ++i)
            if (auto connection = attempt(named[i].address, named.size() - i - 1))
                return connection;
        return last;
    }

private:
    /// In which order the sentinels are asked: those that did not answer last.
    class Order {
    public:
        explicit Order(std::vector<net::Address> all) : all_{std::move(all)} {}

        std::vector<net::Address> in_order() const
        {
            const std::lock_guard lock{mutex_};
            return all_;
        }
        void put_last(const net::Address& one)
        {
            const std::lock_guard lock{mutex_};
            const auto found = std::ranges::find(all_, one);
            std::rotate(found, found + 1, all_.end());
        }

    private:
        mutable std::mutex mutex_;
        std::vector<net::Address> all_;
    };

    /// A server, and how many sentinels named it.
    struct Named {
        net::Address address;
        std::size_t times = 0;
    };

    static std::size_t count(std::vector<Named>& named, const net::Address& address)
    {
        auto found = std::ranges::find(named, address, &Named::address);
        if (found == named.end())
            found = named.insert(found, {address});
        return ++found->times;
    }

    static net::Deadline share_of(net::Deadline until, std::size_t attempts) noexcept
    {
        const auto now = net::Clock::now();
        return now + (std::max(until, now) - now) / static_cast<long>(attempts);
    }

    /// Which servers this sentinel names, in any order: at least one.
    Result<std::vector<net::Address>> locate(const net::Address& sentinel, net::Deadline until) const
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
        auto addresses = role_ == Role::master ? master_in(answer.reply) : replicas_in(answer.reply);
        if (addresses.empty())
            return connection->error(command.name(),
                                     (role_ == Role::master ? "knows no master " : "knows no replica of ") + name_);
        return addresses;
    }

    static std::optional<net::Address> address_of(std::string_view host, std::string_view port)
    {
        const auto number = net::port_of(port);
        return number && !host.empty() ? std::optional{net::Address{std::string{host}, *number}} : std::nullopt;
    }

    /// `1) host 2) port`
    static std::vector<net::Address> master_in(const Reply& reply)
    {
        const auto parts = reply.elements();
        const auto address =
            parts.size() == 2 ? address_of(Reply::text(parts[0]), Reply::text(parts[1])) : std::nullopt;
        return address ? std::vector{*address} : std::vector<net::Address>{};
    }

    /// Those that are up: each is an array of names and values in turn.
    static std::vector<net::Address> replicas_in(const Reply& reply)
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
        for (auto left = up.size(); left > 1; --left)
            std::swap(up[left - 1], up[randombytes_uniform(static_cast<std::uint32_t>(left))]);
        return up;
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
        // master, …; or slave, host and port of the master, how it stands with that, …
        const auto parts = answer.reply.elements();
        const auto is = [&](std::size_t part, std::string_view text) {
            return part < parts.size() && Reply::text(parts[part]) == text;
        };
        if (role_ == Role::master && !is(0, "master"))
            return connection->error(command.name(), "it is no master");
        if (role_ == Role::replica && (!is(0, "slave") || !is(3, "connected")))
            return connection->error(command.name(), "it is no replica that follows its master");
        return connection;
    }

    std::string name_;
    Role role_;
    Dials servers_;
    Dials by_sentinels_;
    std::shared_ptr<Order> sentinels_;
};

} // namespace sojourn::inline v0::storage::redis
