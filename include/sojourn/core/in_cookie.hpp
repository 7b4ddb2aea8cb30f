#pragma once

#include <sojourn/core/action.hpp>
#include <sojourn/core/draft.hpp>
#include <sojourn/core/expiry.hpp>
#include <sojourn/core/state.hpp>
#include <sojourn/error.hpp>

// The operations on a session that rides in its cookies. They ask nothing of a store: there is none.

namespace sojourn::inline v0::core {

/// Saves a session: what it makes of it is said in `Draft`, and nothing is left to do.
template <class Wire, class Payload, class Draw>
class CookieSave : public Draft<Wire, Payload, Draw> {
public:
    using Draft<Wire, Payload, Draw>::Draft;

    Action start()
    {
        if (!this->is_wanted())
            return Action::done();
        this->begin();
        const auto written = this->write();
        return written ? this->finish() : this->fail(written.error());
    }
    static Action resume(const Reply&) noexcept { return Action::done(); }

    /// How often another version stood in the store: never.
    static unsigned conflicts() noexcept { return 0; }
};

/// Ends a session, of which nothing is left once its cookies have expired.
template <class Wire, class Draw>
class CookieDestroy {
public:
    CookieDestroy(const Wire&, const State&, Time, const Draw&) noexcept {}

    static Action start() noexcept { return Action::done(); }
    static Action resume(const Reply&) noexcept { return Action::done(); }
    static Error failure() noexcept { return {}; }
};

} // namespace sojourn::inline v0::core
