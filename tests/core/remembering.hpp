#pragma once

// What the tests of remembered sessions share: a client that holds cookies of both kinds, as a browser does.

#include "machines.hpp"

#include <optional>
#include <string>
#include <utility>

namespace remembering {

using namespace machines;
using core::Intent;
using core::State;

/// What a save sends; empty texts: nothing of that kind.
struct Response {
    std::string session;
    std::string remember;
    Error failure;
    bool forgets = false; ///< the remember cookie is expired
};

/// A world with one client, whose session is remembered.
template <class Wire>
struct Remembered : World<Wire> {
    explicit Remembered(std::string data = "old")
    {
        State fresh;
        fresh.to_remember = core::Remembering::yes;
        take(respond(fresh, std::move(data)));
    }

    Response respond(State& state, std::string text, Intent intent = Intent::changes)
    {
        auto machine = this->save(state, text, intent);
        this->store.run(machine);
        Response response{std::string{as_text(machine.text())}, std::string{as_text(machine.remember_text())},
                          machine.failure()};
        response.forgets = !response.session.empty() && !state.remember;
        return response;
    }

    void take(const Response& response)
    {
        if (!response.session.empty())
            session = response.session;
        if (!response.remember.empty() || response.forgets)
            remember = response.remember;
    }

    std::string header() const
    {
        std::string text = session.empty() ? "" : header_of("session", session);
        if (!remember.empty())
            text.append(text.empty() ? "" : "; ").append(header_of("remember", remember));
        return text;
    }

    /// What a request sees that comes with all cookies, or with the remember cookie alone.
    auto request() { return this->open_header(header()); }
    auto return_visit() { return this->open_header(header_of("remember", remember)); }

    std::string session;
    std::string remember;
};

} // namespace remembering
