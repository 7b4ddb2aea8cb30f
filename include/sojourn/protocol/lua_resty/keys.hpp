#pragma once

#include <sojourn/bytes.hpp>
#include <sojourn/concepts.hpp>
#include <sojourn/core/state.hpp>
#include <sojourn/crypto/key_material.hpp>
#include <sojourn/crypto/secret.hpp>
#include <sojourn/protocol/lua_resty/header.hpp>
#include <sojourn/wire/frame.hpp>

#include <sodium/utils.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <span>

namespace sojourn::inline v0::protocol::lua_resty {

/// The keys of a manager, the primary one first, and what is done with them. No cookie tells which one made it.
template <class Suite>
class Keys {
public:
    /// `materials`: 32 bytes a key. `safety`: how slow the keys of remember cookies are to derive.
    Keys(BytesView materials, Safety safety)
        : bytes_{2 * materials.size()}, count_{materials.size() / 32}, safety_{safety}
    {
        std::ranges::copy(materials, bytes_.bytes().begin());
        for (std::size_t key = 0; key != count_; ++key)
            Suite::prepare(material(key), bytes_.bytes().subspan((count_ + key) * 32).template first<32>());
        bytes_.seal();
    }

    /// Which key made this header, bound to that; nothing if none did. In constant time for each.
    std::optional<std::size_t> find(const HeaderBytes& bytes, const core::Binding& binding) const noexcept
    {
        for (std::size_t key = 0; key != count_; ++key) {
            std::array<std::byte, Suite::mac_size> mac;
            header_mac(key, bytes, binding, mac);
            if (sodium_memcmp(mac.data(), bytes.mac().data(), mac.size()) == 0)
                return key;
        }
        return std::nullopt;
    }

    void header_mac(std::size_t key, const HeaderBytes& bytes, const core::Binding& binding,
                    std::span<std::byte, 16> out) const noexcept
    {
        std::array<std::byte, 32> mac_key;
        Suite::mac_key(prepared(key), bytes.id(), mac_key);
        std::array<std::byte, Header::maced_size + 1 + 32> text;
        auto end = std::ranges::copy(bytes.maced(), text.begin()).out;
        if (binding) {
            *end++ = std::byte{'#'};
            end = std::ranges::copy(binding.hash, end).out;
        }
        Suite::mac(mac_key, {text.begin(), end}, out);
        sodium_memzero(mac_key.data(), mac_key.size());
    }

    /// The key of a payload.
    typename Suite::SealKey seal_key(std::size_t key, SealId id, wire::Kind kind) const
    {
        constexpr std::array<unsigned, 5> iterations{0, 1'000, 10'000, 100'000, 1'000'000};
        const auto count = iterations.at(static_cast<std::size_t>(safety_));
        if (kind == wire::Kind::session || count == 0)
            return {prepared(key), id};
        return {material(key), id, count};
    }

private:
    KeyView material(std::size_t key) const noexcept { return bytes_.bytes().subspan(key * 32).template first<32>(); }
    KeyView prepared(std::size_t key) const noexcept { return material(count_ + key); }

    crypto::Secret bytes_; ///< the materials, and behind them what the suite prepared of each
    std::size_t count_;
    Safety safety_;
};

} // namespace sojourn::inline v0::protocol::lua_resty
