#pragma once

#include <sojourn/error.hpp>
#include <sojourn/result.hpp>
#include <sojourn/storage/net/address.hpp>
#include <sojourn/storage/net/pool.hpp>
#include <sojourn/storage/redis/command.hpp>
#include <sojourn/storage/redis/options.hpp>
#include <sojourn/storage/redis/reply.hpp>
#include <sojourn/storage/redis/server.hpp>
#include <sojourn/storage/redis/slots.hpp>

#include <algorithm>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sojourn::inline v0::storage::redis {

/// The nodes of a cluster, each with its pool, and which of them has which slot as far as is known.
template <class Stream>
class ClusterNodes {
public:
    using Node = Server<Direct<Stream>>;

    /// `identity` tells which storages share the nodes' pools, if they have a name.
    ClusterNodes(std::vector<net::Address> seeds, Options<Stream>& each, std::string identity)
        : seeds_{std::move(seeds)},
          pool_name_{each.pool_name},
          identity_{std::move(identity)},
          pool_{each.pool()},
          terms_{each.terms()},
          dialer_{std::make_shared<const Dialer<Stream>>(each)}
    {
    }

    const Dialer<Stream>& dialer() const noexcept { return *dialer_; }

    std::shared_ptr<Node> at(const net::Address& address)
    {
        const std::lock_guard lock{mutex_};
        auto& node = nodes_[address.text()];
        if (!node)
            node = std::make_shared<Node>(Direct<Stream>{dialer_, address}, terms_,
                                          Node::Pool::named(pool_name_, identity_ + address.text(), pool_));
        return node;
    }

    std::optional<net::Address> owner(unsigned slot) const
    {
        const std::lock_guard lock{mutex_};
        return slots_.owner(slot);
    }

    void set_owner(unsigned slot, const net::Address& node)
    {
        const std::lock_guard lock{mutex_};
        slots_.set_owner(slot, node);
    }

    /// Asks up to so many nodes, those that are known and those that the program named, which has which slot; begins with
    /// another one each time, and leaves out the one that has just failed if there are others.
    Result<void> learn(std::size_t attempts, const std::optional<net::Address>& failed, net::Deadline until)
    {
        Error last{errc::store_failed, "CLUSTER: no time was left to find a node"};
        for (const auto& address : candidates(failed)) {
            if (attempts-- == 0 || net::Clock::now() >= until)
                break;
            auto learnt = learn_from(address);
            if (learnt)
                return learnt;
            last = learnt.error();
        }
        return last;
    }

    Result<void> learn_from(const net::Address& address)
    {
        const auto answer = at(address)->ask(Command{"CLUSTER", "SLOTS"}, true);
        if (!answer)
            return answer.error;
        auto slots = Slots::parse(answer.reply, address);
        if (slots.nodes().empty())
            return Error{errc::store_failed, address.text() + ", CLUSTER: knows no node with slots"};
        adopt(std::move(slots));
        return {};
    }

private:
    std::vector<net::Address> candidates(const std::optional<net::Address>& failed)
    {
        const std::lock_guard lock{mutex_};
        auto all = slots_.nodes();
        for (const auto& seed : seeds_)
            if (std::ranges::find(all, seed) == all.end())
                all.push_back(seed);
        std::ranges::rotate(all, all.begin() + static_cast<std::ptrdiff_t>(turn_++ % all.size()));
        if (failed && all.size() > 1)
            std::erase(all, *failed);
        return all;
    }

    /// Forgets the nodes that have no slots any more, once nobody is at them.
    void adopt(Slots slots)
    {
        const std::lock_guard lock{mutex_};
        slots_ = std::move(slots);
        std::erase_if(nodes_, [&](const auto& each) {
            return std::ranges::none_of(slots_.nodes(),
                                        [&](const net::Address& node) { return node.text() == each.first; });
        });
    }

    const std::vector<net::Address> seeds_;
    const std::string pool_name_;
    const std::string identity_;
    const net::PoolSettings pool_;
    const Terms terms_;
    const std::shared_ptr<const Dialer<Stream>> dialer_;
    mutable std::mutex mutex_;
    Slots slots_;
    std::map<std::string, std::shared_ptr<Node>> nodes_;
    std::size_t turn_ = 0;
};

} // namespace sojourn::inline v0::storage::redis
