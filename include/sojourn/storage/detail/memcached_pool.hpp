#pragma once

#include <sojourn/storage/detail/memcached_connection.hpp>

#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace sojourn::inline v0::storage::detail::memcached {

/// The connections to one server that nobody uses, and a bound on how many there are. Thread-safe.
class Pool {
public:
    struct Limits {
        std::size_t size = 0;                ///< connections at most, used and unused
        std::size_t backlog = 0;             ///< callers at most that wait for one
        std::chrono::milliseconds patience;  ///< how long each of them does
        std::chrono::milliseconds keepalive; ///< after being unused for this long a connection is closed
    };

    explicit Pool(const Limits& limits) : limits_{limits} {}

    /// The right to one connection, and the connection if there was an unused one. Given back at the end of the scope.
    class Lease {
    public:
        explicit Lease(Pool& pool, std::unique_ptr<Connection> idle) : pool_{&pool}, connection_{std::move(idle)} {}
        Lease(Lease&& other) noexcept
            : pool_{std::exchange(other.pool_, nullptr)}, connection_{std::move(other.connection_)}
        {
        }
        ~Lease()
        {
            if (pool_ != nullptr)
                pool_->give_back(std::move(connection_));
        }

        std::unique_ptr<Connection>& connection() noexcept { return connection_; }

    private:
        Pool* pool_;
        std::unique_ptr<Connection> connection_;
    };

    /// None: all connections are used and as many callers wait as may, or this one has waited for long enough.
    std::optional<Lease> lease()
    {
        std::vector<std::unique_ptr<Connection>> dead; // closed when the lock is not held any more
        std::unique_lock lock{mutex_};
        disown_after_fork();
        if (used_ >= limits_.size) {
            if (waiting_ >= limits_.backlog)
                return std::nullopt;
            ++waiting_;
            const bool free = returned_.wait_for(lock, limits_.patience, [this] { return used_ < limits_.size; });
            --waiting_;
            if (!free)
                return std::nullopt;
        }
        ++used_;
        return Lease{*this, unused(dead)};
    }

    /// Closes all that nobody uses: where one has died, the others most likely have too.
    void drop_unused()
    {
        std::vector<std::unique_ptr<Connection>> dropped;
        const std::lock_guard lock{mutex_};
        dropped.swap(unused_);
    }

private:
    /// The one used last, which is the least likely to have died.
    std::unique_ptr<Connection> unused(std::vector<std::unique_ptr<Connection>>& dead)
    {
        const auto too_old = Clock::now() - limits_.keepalive;
        while (!unused_.empty()) {
            auto last = std::move(unused_.back());
            unused_.pop_back();
            if (last->idle_since > too_old && last->is_alive())
                return last;
            dead.push_back(std::move(last));
        }
        return nullptr;
    }

    void give_back(std::unique_ptr<Connection> connection)
    {
        std::unique_ptr<Connection> oldest; // closed when the lock is not held any more
        {
            const std::lock_guard lock{mutex_};
            --used_;
            if (connection && connection->usable()) {
                connection->idle_since = Clock::now();
                unused_.push_back(std::move(connection));
                if (unused_.front()->idle_since <= Clock::now() - limits_.keepalive) {
                    oldest = std::move(unused_.front());
                    unused_.erase(unused_.begin());
                }
            }
        }
        returned_.notify_one();
    }

    /// A child's connections are the parent's: to use them too would mix up the replies of both.
    void disown_after_fork()
    {
        if (const auto now = ::getpid(); std::exchange(process_, now) != now) {
            unused_.clear();
            used_ = waiting_ = 0;
        }
    }

    const Limits limits_;
    std::mutex mutex_;
    std::condition_variable returned_;
    std::vector<std::unique_ptr<Connection>> unused_; ///< the one used last is the last
    std::size_t used_ = 0;
    std::size_t waiting_ = 0;
    pid_t process_ = ::getpid();
};

} // namespace sojourn::inline v0::storage::detail::memcached
