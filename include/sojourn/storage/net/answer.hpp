#pragma once

#include <sojourn/error.hpp>

#include <utility>

namespace sojourn::inline v0::storage::net {

/// What became of a command.
template <class Reply>
struct Answer {
    enum class State {
        answered, ///< `reply` is what the server says, and no error
        refused,  ///< `reply` is an error, also told in `error`; the command was not carried out
        not_sent, ///< `error` says why; the command was not carried out
        unknown,  ///< `error` says why; the command may have been carried out
    };
    State state = State::unknown;
    Reply reply = {};
    Error error = {};

    explicit operator bool() const noexcept { return state == State::answered; }
    bool is_unknown() const noexcept { return state == State::unknown; }

    static Answer not_sent(Error error) { return {State::not_sent, {}, std::move(error)}; }
    static Answer unknown(Error error) { return {State::unknown, {}, std::move(error)}; }
};

} // namespace sojourn::inline v0::storage::net
