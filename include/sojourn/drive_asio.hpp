#pragma once

#include <sojourn/concepts.hpp>
#include <sojourn/core/action.hpp>
#include <sojourn/core/perform.hpp>
#include <sojourn/drive_sync.hpp>

#include <boost/asio/awaitable.hpp>

#include <type_traits>
#include <utility>

namespace sojourn::inline v0 {

/// A storage whose functions are awaited (Boost.Asio): the same loop with `co_await`.
///
/// What comes back is a `boost::asio::awaitable`; the manager, the session and a response given to it must outlive it.
/// Cancelling it leaves session and client as they were; whether the action under way took effect, only the store knows.
template <AwaitableStorage Storage>
struct Drive<Storage> {
    template <class T>
    using Answer = boost::asio::awaitable<T>;

    template <class First, class Next>
    static auto then(boost::asio::awaitable<First> first, Next next) -> std::invoke_result_t<Next, First&>
    {
        First result = co_await std::move(first);
        co_return co_await next(result);
    }

    template <class Machine, class Finish>
    static auto run(Storage& storage, Machine machine, Finish finish)
        -> boost::asio::awaitable<std::invoke_result_t<Finish, Machine&>>
    {
        for (auto action = machine.start(); !action.is_done();)
            action = machine.resume(co_await perform(
                storage, action,
                []<class Answer, class ToReply>(Answer answer, ToReply to_reply)
                    -> boost::asio::awaitable<std::invoke_result_t<ToReply, typename Answer::value_type>> {
                    co_return to_reply(co_await std::move(answer));
                }));
        co_return finish(machine);
    }
};

} // namespace sojourn::inline v0
