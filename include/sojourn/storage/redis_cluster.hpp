#pragma once

#include <sojourn/chrono.hpp>
#include <sojourn/error.hpp>
#include <sojourn/storage/net/address.hpp>
#include <sojourn/storage/net/options.hpp>
#include <sojourn/storage/net/socket.hpp>
#include <sojourn/storage/redis/cluster_nodes.hpp>
#include <sojourn/storage/redis/command.hpp>
#include <sojourn/storage/redis/options.hpp>
#include <sojourn/storage/redis/records.hpp>
#include <sojourn/storage/redis/reply.hpp>
#include <sojourn/storage/redis/server.hpp>
#include <sojourn/storage/redis/slots.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sojourn::inline v0::storage {

namespace redis {

/// How a Redis Cluster is reached.
template <class Stream>
struct ClusterOptions {
    /// Some of the nodes, better several: `{{.host = "10.0.0.1", .port = 6379}, …}`. They tell the others. Default: none,
    /// which is unlawful.
    std::vector<net::Address> nodes = {};
    /// How often a call goes where a node sends it (MOVED, ASK). Default: 5, as other clients do: one or two are what a
    /// cluster that is being rearranged needs.
    std::size_t max_redirections = 5;
    /// How many nodes are asked who has which slot, each time that has to be found out. Default: 3, so that two may be down.
    std::size_t max_connection_attempts = 3;
    /// When no other node is tried for a call any more. Default: 1 s. A call takes no longer than this and two times the
    /// three timeouts of `server` together.
    std::chrono::milliseconds max_connection_timeout{1000};
    /// All that counts for each node: login, keys, timeouts, pool (one a node) and TLS. Not host, port, unix_socket and
    /// database. A `{…}` in the prefix would put all sessions into one slot.
    Options<Stream> server = {};

    const Options<Stream>& each_server() const noexcept { return server; }

    std::optional<Error> unlawful() const
    {
        const auto refused = [](const char* why) { return Error{errc::unlawful_option, why}; };
        if (nodes.empty())
            return refused("nodes: none");
        for (const auto& each : nodes)
            if (!each.unix_socket.empty() || each.host.empty() || each.host.find('\0') != each.host.npos ||
                each.port == 0)
                return refused("nodes: one without a host or a port");
        if (max_connection_attempts == 0)
            return refused("max_connection_attempts: 0");
        if (max_connection_timeout <= std::chrono::milliseconds{0})
            return refused("max_connection_timeout: not above 0");
        if (server.address() != Options<Stream>{}.address())
            return refused("server: its address is what the nodes tell");
        if (server.database != 0)
            return refused("database: a cluster has only 0");
        return server.unlawful();
    }
};

/// The node that has the key's slot, wherever that moves.
template <class Stream>
class Cluster {
public:
    using Options = ClusterOptions<Stream>;
    static constexpr bool is_spread = true;

    explicit Cluster(Options&& options)
        : redirections_{options.max_redirections},
          attempts_{options.max_connection_attempts},
          time_{options.max_connection_timeout},
          nodes_{options.nodes, options.server, net::identity_of(options.server)}
    {
    }

    std::optional<Error> unlawful() const { return nodes_.dialer().unlawful(); }

    Answer ask(std::string_view key, const Command& command, bool repeated)
    {
        const auto until = net::within(time_);
        const auto slot = slot_of(key);
        auto node = nodes_.owner(slot);
        if (!node) {
            if (auto learnt = nodes_.learn(attempts_, std::nullopt, until); !learnt)
                return Answer::not_sent(learnt.error());
            node = nodes_.owner(slot);
        }
        bool asks = false; // whether the node is only taking the slot over, and has to be asked for it
        for (std::size_t redirected = 0, failed = 0; node;) {
            auto answer = nodes_.at(*node)->ask(command, repeated, asks);
            const bool is_moved = answer.reply.is_error("MOVED");
            asks = answer.reply.is_error("ASK");
            if (is_moved || asks) {
                const auto target = target_of(answer.reply, *node);
                if (!target || redirected == redirections_ || net::Clock::now() >= until)
                    return lost(std::move(answer), redirected);
                ++redirected;
                if (is_moved)
                    move(slot, *target);
                node = target;
                continue;
            }
            if (!has_failed(answer))
                return answer;
            // The cluster may have put another one in its place: which one, any other knows
            const auto learnt = nodes_.learn(attempts_, *node, until);
            const auto next = nodes_.owner(slot);
            const bool may_go_on = !answer.is_unknown() || repeated;
            if (!learnt || !next || *next == *node || !may_go_on || ++failed == attempts_ || net::Clock::now() >= until)
                return answer;
            node = next;
        }
        return Answer::not_sent({errc::store_failed, "CLUSTER: no node has slot " + std::to_string(slot)});
    }

private:
    static bool has_failed(const Answer& answer) noexcept
    {
        return answer.is_unknown() || answer.state == Answer::State::not_sent || answer.reply.is_error("CLUSTERDOWN") ||
               answer.reply.is_error("LOADING");
    }

    /// Goes no further, and says how far it went.
    static Answer lost(Answer answer, std::size_t redirected)
    {
        answer.error = {answer.error.code(),
                        answer.error.detail() + ", after " + std::to_string(redirected) + " redirections"};
        return answer;
    }

    /// Where one slot has moved others have, too: asks the node that has it now, if nobody has done so yet.
    void move(unsigned slot, const net::Address& target)
    {
        if (nodes_.owner(slot) == target)
            return;
        static_cast<void>(nodes_.learn_from(target));
        nodes_.set_owner(slot, target); // which it may not know yet itself
    }

    const std::size_t redirections_;
    const std::size_t attempts_;
    const std::chrono::milliseconds time_;
    ClusterNodes<Stream> nodes_;
};

} // namespace redis

/// Records in a Redis Cluster: each on the master that has its key's slot, wherever the cluster moves that. Models
/// `AppendingStorage`; blocking. As storage::Redis, and:
///
///     storage::RedisCluster{{.nodes = {{"10.0.0.1", 6379}, {"10.0.0.2", 6379}}, .server = {.password = password}}}
///
/// All calls concern one key, also what a save tells a list (`Options::store_metadata`), so that no slot is special and a session's record may lie anywhere. Slots may be moved while
/// it runs. When a master is lost, calls for its slots fail, `errc::store_failed`, until the cluster has promoted a replica
/// (about `cluster-node-timeout`); what it had not yet told the replica is lost with it. One that restarts empty, before the
/// others notice, is empty: let it keep its records (`appendonly`) or restart slowly.
using RedisCluster = redis::Records<redis::Cluster<net::Socket>>;

} // namespace sojourn::inline v0::storage
