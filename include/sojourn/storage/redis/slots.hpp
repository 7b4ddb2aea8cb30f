#pragma once

#include <sojourn/storage/net/address.hpp>
#include <sojourn/storage/redis/reply.hpp>

#include <boost/crc.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sojourn::inline v0::storage::redis {

/// Redis Cluster's specification: https://redis.io/docs/reference/cluster-spec.
inline constexpr unsigned slot_count = 16384;

/// Which slot a key is in: CRC-16 (XMODEM) of what stands between the first `{` and the next `}`, if that is something, or
/// of all of it.
inline unsigned slot_of(std::string_view key)
{
    if (const auto open = key.find('{'); open != key.npos)
        if (const auto close = key.find('}', open + 1); close != key.npos && close != open + 1)
            key = key.substr(open + 1, close - open - 1);
    boost::crc_optimal<16, 0x1021, 0, 0, false, false> crc;
    crc.process_bytes(key.data(), key.size());
    return crc.checksum() % slot_count;
}

/// Where an error `MOVED 3999 10.0.0.5:6381` or `ASK …` leads to. A node that does not know its host's name leaves it out
/// and means the one that was asked.
inline std::optional<net::Address> target_of(const Reply& redirection, const net::Address& asked)
{
    const auto text = redirection.text();
    const auto space = text.rfind(' ');
    const auto colon = text.rfind(':');
    if (space == text.npos || colon == text.npos || colon < space)
        return std::nullopt;
    const auto host = text.substr(space + 1, colon - space - 1);
    const auto port = net::port_of(text.substr(colon + 1));
    return port ? std::optional{net::Address{host.empty() || host == "?" ? asked.host : std::string{host}, *port}}
                : std::nullopt;
}

/// Which node has which slot, as a node tells it.
class Slots {
public:
    /// From the reply to CLUSTER SLOTS: arrays of first slot, last slot, master, replicas; each node an array that begins
    /// with host and port.
    static Slots parse(const Reply& reply, const net::Address& asked)
    {
        Slots slots;
        for (const auto* each : reply.elements()) {
            const auto range = Reply::elements(each);
            const auto master = range.size() > 2 ? Reply::elements(range[2]) : std::span<redisReply* const>{};
            if (master.size() < 2)
                continue;
            const auto host = Reply::text(master[0]);
            const auto index = slots.index_of({host.empty() || host == "?" ? asked.host : std::string{host},
                                               static_cast<std::uint16_t>(Reply::integer(master[1]))});
            const auto last = std::min<long long>(Reply::integer(range[1]), slot_count - 1);
            for (auto slot = std::max(0LL, Reply::integer(range[0])); slot <= last; ++slot)
                slots.owners_[static_cast<std::size_t>(slot)] = index;
        }
        return slots;
    }

    const std::vector<net::Address>& nodes() const noexcept { return nodes_; }
    std::optional<net::Address> owner(unsigned slot) const
    {
        return owners_[slot] == none ? std::nullopt : std::optional{nodes_[owners_[slot]]};
    }
    void set_owner(unsigned slot, const net::Address& node) { owners_[slot] = index_of(node); }

private:
    static constexpr std::uint16_t none = 0xffff;

    std::uint16_t index_of(const net::Address& node)
    {
        const auto found = std::ranges::find(nodes_, node);
        const auto index = static_cast<std::uint16_t>(found - nodes_.begin());
        if (found == nodes_.end())
            nodes_.push_back(node);
        return index;
    }

    std::vector<net::Address> nodes_;
    std::vector<std::uint16_t> owners_ = std::vector<std::uint16_t>(slot_count, none);
};

} // namespace sojourn::inline v0::storage::redis
