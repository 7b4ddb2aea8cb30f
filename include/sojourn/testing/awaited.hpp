#pragma once

#include <sojourn/concepts.hpp>
#include <sojourn/result.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

namespace sojourn::inline v0::testing {

/// A blocking storage as an awaitable one: each call gives way to the executor's other work and then asks `Storage`. For
/// tests of programs and adapters that await their sessions. Models `AwaitableStorage`, and `VersionedStorage`,
/// `AppendingStorage` and `BatchStorage` as `Storage` does.
template <VersionedStorage Storage>
class Awaited {
public:
    template <class T>
    using Awaitable = boost::asio::awaitable<T>;

    Awaited() = default;
    explicit Awaited(Storage storage) : storage_{std::move(storage)} {}

    Awaitable<Result<std::optional<Record>>> load(std::string_view key)
    {
        co_await give_way();
        co_return storage_.load(key);
    }
    Awaitable<Result<bool>> create(std::string_view key, BytesView value, TimeToLive ttl)
    {
        co_await give_way();
        co_return storage_.create(key, value, ttl);
    }
    Awaitable<Result<bool>> store(std::string_view key, BytesView value, TimeToLive ttl)
    {
        co_await give_way();
        co_return storage_.store(key, value, ttl);
    }
    Awaitable<Result<StoreOutcome>> store_if(std::string_view key, Version version, BytesView value, TimeToLive ttl)
    {
        co_await give_way();
        co_return storage_.store_if(key, version, value, ttl);
    }
    Awaitable<Result<std::optional<std::size_t>>> append(Addition addition)
        requires AppendingStorage<Storage>
    {
        co_await give_way();
        co_return storage_.append(addition);
    }
    Awaitable<Result<StoreOutcome>> create(std::string_view key, BytesView value, TimeToLive ttl,
                                           std::span<const Addition> additions)
        requires BatchStorage<Storage>
    {
        co_await give_way();
        co_return storage_.create(key, value, ttl, additions);
    }
    Awaitable<Result<StoreOutcome>> store_if(std::string_view key, Version version, BytesView value, TimeToLive ttl,
                                             std::span<const Addition> additions)
        requires BatchStorage<Storage>
    {
        co_await give_way();
        co_return storage_.store_if(key, version, value, ttl, additions);
    }
    Awaitable<Result<bool>> expire(std::string_view key, TimeToLive ttl)
    {
        co_await give_way();
        co_return storage_.expire(key, ttl);
    }
    Awaitable<Result<bool>> erase(std::string_view key)
    {
        co_await give_way();
        co_return storage_.erase(key);
    }

private:
    static Awaitable<void> give_way()
    {
        co_await boost::asio::post(co_await boost::asio::this_coro::executor, boost::asio::use_awaitable);
    }

    Storage storage_;
};

} // namespace sojourn::inline v0::testing
