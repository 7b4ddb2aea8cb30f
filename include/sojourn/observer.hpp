#pragma once

#include <sojourn/chrono.hpp>
#include <sojourn/error.hpp>

#include <cstddef>
#include <utility>

// What a program can be told of, as it happens: for metrics, and for the log of what an auditor asks for. An environment
// (environment.hpp) that has `void observe(const event::Opened&)` is told of openings, and so for each of the events; from
// several threads at once. What it does not ask for costs nothing, not even a look at a clock.

namespace sojourn::inline v0 {

namespace event {

/// A request's session was looked for.
struct Opened {
    Error reason;                      ///< why there is a new one: `retired_id`, `bad_mac`, …; false: it was found
    bool restored;                     ///< it was found by its remember cookie
    Error failure;                     ///< the store failed: neither found nor new; false: it did not
    std::chrono::nanoseconds duration; ///< the store's part included
};

/// A session was to be saved.
struct Saved {
    bool stored;                       ///< false: nothing had changed, or it failed
    unsigned conflicts;                ///< how often somebody else had been faster, so that the changes were merged
    Error failure;                     ///< `conflict`, `session_gone`, `store_failed`, …; false: none
    std::chrono::nanoseconds duration; ///< all attempts
};

/// A session was to be destroyed, by `destroy` or by the logout of its last audience.
struct Destroyed {
    Error failure; ///< false: none
    std::chrono::nanoseconds duration;
};

/// A subject's sessions were looked for, by `Manager::list`.
struct Listed {
    std::size_t sessions; ///< how many there were
    Error failure;        ///< false: none
    std::chrono::nanoseconds duration;
};

/// A subject's sessions were to be ended, by `Manager::revoke`, `revoke_others` or `revoke_all`.
struct Revoked {
    std::size_t sessions; ///< how many were, also if it failed then
    Error failure;        ///< false: none
    std::chrono::nanoseconds duration;
};

} // namespace event

/// An environment that wants to know of this event.
template <class Environment, class Event>
concept Observes = requires(Environment& environment, const Event& event) { environment.observe(event); };

namespace detail {

/// Measures from its construction to `tell`.
template <class Environment, class Event>
class Watch {
public:
    explicit Watch(Environment&) noexcept {}
    void tell(auto) const noexcept {}
};

template <class Environment, class Event>
    requires Observes<Environment, Event>
class Watch<Environment, Event> {
    using Clock = std::chrono::steady_clock;

public:
    explicit Watch(Environment& environment) noexcept : environment_{&environment}, begin_{Clock::now()} {}

    /// `describe()` gives the event; its duration is filled in here.
    void tell(auto describe) const
    {
        Event event = describe();
        event.duration = Clock::now() - begin_;
        environment_->observe(std::as_const(event));
    }

private:
    Environment* environment_;
    Clock::time_point begin_;
};

} // namespace detail

} // namespace sojourn::inline v0
