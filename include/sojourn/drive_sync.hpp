#pragma once

#include <sojourn/concepts.hpp>
#include <sojourn/core/action.hpp>
#include <sojourn/core/perform.hpp>

#include <utility>

namespace sojourn::inline v0 {

/// Carries out an operation: `Drive<Storage>::run(storage, machine, finish)` asks the machine for its actions and the
/// storage for the answers, and ends with `finish(machine)`; `then(first, next)` does one operation after another. Chosen
/// at compile time by what the storage answers with. `Answer<T>` is what `run` answers with if `finish` gives a `T`.
template <class Storage>
struct Drive {
    static constexpr bool missing = true; // the manager says what to include
    template <class T>
    using Answer = T;
    static void run(auto&&...) {}
    static void then(auto&&...) {}
};

/// No storage to ask: the machine is done at once.
template <CookieStorage Storage>
struct Drive<Storage> {
    template <class T>
    using Answer = T;

    template <class First, class Next>
    static auto then(First first, Next next)
    {
        return next(first);
    }

    template <class Machine, class Finish>
    static auto run(Storage&, Machine machine, Finish finish)
    {
        machine.start();
        return finish(machine);
    }
};

/// A blocking storage: a plain loop.
template <ServerStorage Storage>
    requires(!AwaitableStorage<Storage>)
struct Drive<Storage> {
    template <class T>
    using Answer = T;

    template <class First, class Next>
    static auto then(First first, Next next)
    {
        return next(first);
    }

    template <class Machine, class Finish>
    static auto run(Storage& storage, Machine machine, Finish finish)
    {
        for (auto action = machine.start(); !action.is_done();)
            action = machine.resume(
                perform(storage, action, [](auto answer, auto to_reply) { return to_reply(std::move(answer)); }));
        return finish(machine);
    }
};

} // namespace sojourn::inline v0
