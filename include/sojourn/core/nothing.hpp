#pragma once

#include <sojourn/core/action.hpp>

namespace sojourn::inline v0::core {

/// The operation that asks nothing of the storage: what is left when one is refused, or has nothing to do.
struct Nothing {
    static Action start() noexcept { return Action::done(); }
    static Action resume(const Reply&) noexcept { return Action::done(); }
};

} // namespace sojourn::inline v0::core
