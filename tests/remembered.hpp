#pragma once

// What the tests of sessions that are remembered share: a shop that remembers, and what its responses said.

#include "client.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace remembered {

inline constexpr std::string_view own_cookie = "__Host-session";
inline constexpr std::string_view remember_cookie = "__Host-remember";

/// Options that take no time to derive a key from.
inline sojourn::Options options(sojourn::Options given = {.remember = true})
{
    given.ikm = std::string(32, '\1');
    return given;
}

/// A shop whose sessions are remembered, with one client.
template <class Storage, class Codec = sojourn::codec::MessagePack<shop::Cart>>
struct Home : Shop<Storage, sojourn::cipher::XChaCha20Poly1305, Codec> {
    using Base = Shop<Storage, sojourn::cipher::XChaCha20Poly1305, Codec>;

    explicit Home(sojourn::Options given = options()) : Base{std::move(given)} {}

    /// The client takes the cookies of a response that must be a success.
    void send(const sojourn::Result<sojourn::cookie::Lines>& response)
    {
        REQUIRE(response.has_value());
        lines.clear();
        for (const std::string_view line : *response)
            lines.emplace_back(line);
        this->client.take(*response);
    }

    /// A request that changes the data.
    void visit()
    {
        auto session = this->start();
        ++session->visits;
        send(session.save());
    }

    /// The line of the last response for this cookie; empty: there was none.
    std::string line(std::string_view name) const
    {
        for (const std::string& line : lines)
            if (line.starts_with(std::string{name} + "="))
                return line;
        return {};
    }

    /// The client without the cookies of its session, as after the browser was closed.
    Client reopened() const
    {
        Client later;
        for (const auto& [name, value] : this->client.cookies)
            if (name.starts_with(remember_cookie))
                later.cookies[name] = value;
        return later;
    }
    void reopen() { this->client = reopened(); }

    std::vector<std::string> lines;
};

} // namespace remembered
