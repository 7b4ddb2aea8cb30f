#pragma once

#include <sojourn/bytes.hpp>
#include <sojourn/core/state.hpp>
#include <sojourn/http/client.hpp>
#include <sojourn/protocol/lua_resty/header.hpp>

#include <sodium/crypto_hash_sha256.h>

#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

namespace sojourn::inline v0::protocol::lua_resty {

/// The flags of a cookie that is bound to that.
constexpr unsigned flags_of(const http::Bind& bind) noexcept
{
    return (bind.ip ? Flag::bind_ip : 0U) | (bind.scheme ? Flag::bind_scheme : 0U) |
           (bind.user_agent ? Flag::bind_user_agent : 0U);
}

/// What of the client a cookie is bound to, which its flags tell. Refers to the request while cookies are read, and not
/// afterwards.
class BoundClient {
public:
    BoundClient() = default;
    /// Throws std::logic_error for what is to be bound to and is not known.
    BoundClient(const http::Bind& bind, const http::Client& client) : client_{client}, wanted_{hash(flags_of(bind))}
    {
        if ((bind.ip && !client.ip) || (bind.scheme && !client.scheme) || (bind.user_agent && !client.user_agent))
            throw std::logic_error{"sojourn: bind asks for what the request does not tell; hand in an http::Client"};
    }

    /// The hash for cookies that are to be made.
    const core::Binding& wanted() const noexcept { return wanted_; }

    /// The hash that goes into the MAC of a cookie with these flags: of the values that are not empty, in this order, joined by
    /// `|`. Nothing, if all are.
    core::Binding hash(unsigned flags) const
    {
        std::string values;
        const auto add = [&](unsigned flag, const std::optional<std::string_view>& value) {
            if ((flags & flag) == 0 || value.value_or("").empty())
                return;
            values.append(values.empty() ? "" : "|").append(*value);
        };
        add(Flag::bind_ip, client_.ip);
        add(Flag::bind_scheme, client_.scheme);
        add(Flag::bind_user_agent, client_.user_agent);
        if (values.empty())
            return {};
        core::Binding binding{.hash = {}, .bound = true};
        crypto_hash_sha256(as_unsigned(std::span<std::byte>{binding.hash}), as_unsigned(as_bytes(values)),
                           values.size());
        return binding;
    }

private:
    http::Client client_;
    core::Binding wanted_;
};

} // namespace sojourn::inline v0::protocol::lua_resty
