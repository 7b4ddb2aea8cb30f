#pragma once

#include <sojourn/bytes.hpp>
#include <sojourn/core/state.hpp>
#include <sojourn/crypto/blake2b.hpp>

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace sojourn::inline v0::http {

/// What a server knows of who sent a request, besides its cookies: what a session can be bound to (`Options::bind`).
/// Nothing: not known. Behind a proxy only the program knows, from headers that its own proxy sets.
struct Client {
    std::optional<std::string_view> ip = {};     ///< as text, in one spelling
    std::optional<std::string_view> scheme = {}; ///< `https` or `http`
    std::optional<std::string_view> user_agent =
        {}; ///< the User-Agent header's value; empty if there is no such header
};

/// What of the client a session's cookie is bound to: sent from elsewhere it does not open.
struct Bind {
    bool ip = false;         ///< Default: false. Clients that move between networks are logged out.
    bool scheme = false;     ///< Default: false.
    bool user_agent = false; ///< Default: false. A browser that updates itself is logged out.

    explicit operator bool() const noexcept { return ip || scheme || user_agent; }
};

/// The hash that goes into the MAC of a bound cookie; none if `bind` asks for nothing. Throws std::logic_error for a
/// property that is asked for and not known: the program has to tell it, or the binding would bind nothing.
inline core::Binding binding_of(const Bind& bind, const Client& client)
{
    if (!bind)
        return {};
    // Each property is hashed by itself, so that none runs into the next; one that is not bound to counts as zeros.
    std::array<std::byte, 3 * 32> properties{};
    std::span<std::byte> next{properties};
    const auto add = [&next](bool bound, const std::optional<std::string_view>& value) {
        if (bound && !value)
            throw std::logic_error{"sojourn: bind asks for what the request does not tell; hand in an http::Client"};
        if (bound)
            crypto::blake2b({}, as_bytes(*value), next.first(32));
        next = next.subspan(32);
    };
    add(bind.ip, client.ip);
    add(bind.scheme, client.scheme);
    add(bind.user_agent, client.user_agent);
    core::Binding binding{.hash = {}, .bound = true};
    crypto::blake2b({}, properties, binding.hash);
    return binding;
}

} // namespace sojourn::inline v0::http
