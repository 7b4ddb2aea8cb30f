#pragma once

#include <sojourn/chrono.hpp>
#include <sojourn/error.hpp>
#include <sojourn/result.hpp>
#include <sojourn/storage/net/address.hpp>
#include <sojourn/storage/net/forks.hpp>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <iterator>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace sojourn::inline v0::storage::net {

struct PoolSettings {
    std::size_t size = 0;             ///< how many connections there are at most, in use and idle
    std::size_t backlog = 0;          ///< how many may wait for one
    std::chrono::milliseconds idle{}; ///< how long a connection is kept that nobody uses
};

/// Places for connections: who wants one takes a place, with a connection in it if one is idle, waits in line if all
/// places are taken, and is refused if the line is too long. A connection that died while it was idle is dropped on the
/// way. `Connection` is movable and tells by `is_quiet()` whether it lives and owes nobody an answer.
///
/// A process that is forked does not share its parent's connections: it finds the pool empty.
template <class Connection>
class Pool {
    struct Waiter {
        std::condition_variable wake;
        bool served = false;
    };
    struct Idle {
        Connection connection;
        Deadline until;
    };

public:
    explicit Pool(PoolSettings settings) : settings_{settings} {}
    Pool(const Pool&) = delete;
    Pool& operator=(const Pool&) = delete;

    /// The pool of this name in this process, for all who ask with the same `identity`; without a name, a new one.
    static std::shared_ptr<Pool> named(const std::string& name, const std::string& identity, PoolSettings settings)
    {
        if (name.empty())
            return std::make_shared<Pool>(settings);
        static std::mutex mutex;
        static std::map<std::pair<std::string, std::string>, std::weak_ptr<Pool>> pools;
        const std::lock_guard lock{mutex};
        std::erase_if(pools, [](const auto& each) { return each.second.expired(); });
        auto& known = pools[{name, identity}];
        auto pool = known.lock();
        if (!pool)
            known = pool = std::make_shared<Pool>(settings);
        return pool;
    }

    /// Taken until it is destroyed. The connection in it is closed then, unless `keep` has been called.
    class Place {
    public:
        explicit Place(Pool& pool, std::size_t age) noexcept : pool_{&pool}, age_{age} {}
        Place(Place&& other) noexcept
            : connection{std::move(other.connection)},
              pool_{std::exchange(other.pool_, nullptr)},
              age_{other.age_},
              keeps_{other.keeps_}
        {
        }
        Place& operator=(Place&&) = delete;
        ~Place()
        {
            if (!keeps_)
                connection.reset();
            if (pool_ != nullptr)
                pool_->give_back(std::move(connection), age_);
        }

        std::optional<Connection> connection;

        /// The next one may use the connection: it is in order, and no answer is under way.
        void keep() noexcept { keeps_ = true; }

    private:
        Pool* pool_;
        std::size_t age_;
        bool keeps_ = false;
    };

    /// `errc::store_failed`: there was no place by then, or too many wait for one. Prefers a connection that `fits`.
    template <class Fits>
    Result<Place> take(Deadline until, Fits fits)
    {
        if (auto refused = wait_in_line(until))
            return std::move(*refused);
        Place place{*this, age_};
        // Whether one is quiet is a system call, about a fiftieth of a round trip on the same machine, and asked each time, for
        // loads, too, and however short it idled: a change that is sent to a dead peer may not be sent again, and what a
        // server said unasked would be taken for the answer, and each answer for that to the next question from then on.
        while (auto idle = pop(fits))
            if (idle->until > Clock::now() && idle->connection.is_quiet()) {
                place.connection.emplace(std::move(idle->connection));
                break;
            }
        return place;
    }

    Result<Place> take(Deadline until)
    {
        return take(until, [](const Connection&) { return true; });
    }

    /// Keeps none of the connections that there are now: where they lead to is not what it was.
    void renew()
    {
        std::deque<Idle> old; // closed when the lock is not held any more
        const std::lock_guard lock{mutex_};
        ++age_;
        idle_.swap(old);
    }

private:
    std::optional<Error> wait_in_line(Deadline until)
    {
        std::unique_lock lock{mutex_};
        if (forks_ != forks())
            forget_the_parents();
        if (taken_ < settings_.size) {
            ++taken_;
            return std::nullopt;
        }
        const auto all = "all " + std::to_string(settings_.size) + " connections of the pool are in use";
        if (line_.size() >= settings_.backlog)
            return Error{errc::store_failed, all + ", and " + std::to_string(line_.size()) + " wait for one"};
        Waiter me;
        const auto place = line_.insert(line_.end(), &me);
        if (me.wake.wait_until(lock, until, [&] { return me.served; }))
            return std::nullopt;
        line_.erase(place);
        return Error{errc::store_failed, all + ", and none came free in time"};
    }

    /// The one used last, so that those that are not needed any more grow old.
    template <class Fits>
    std::optional<Idle> pop(Fits fits)
    {
        const std::lock_guard lock{mutex_};
        if (idle_.empty())
            return std::nullopt;
        const auto fitting =
            std::find_if(idle_.rbegin(), idle_.rend(), [&](auto& each) { return fits(each.connection); });
        const auto chosen = fitting == idle_.rend() ? std::prev(idle_.end()) : std::prev(fitting.base());
        std::optional<Idle> idle{std::move(*chosen)};
        idle_.erase(chosen);
        return idle;
    }

    void give_back(std::optional<Connection> connection, std::size_t age)
    {
        std::optional<Idle> old; // closed when the lock is not held any more
        const std::lock_guard lock{mutex_};
        const auto now = Clock::now();
        if (connection && age == age_)
            idle_.push_back({std::move(*connection), storage::detail::deadline(now, settings_.idle)});
        if (!idle_.empty() && idle_.front().until <= now) {
            old.emplace(std::move(idle_.front()));
            idle_.pop_front();
        }
        if (line_.empty()) {
            --taken_;
            return;
        }
        line_.front()->served = true; // the place passes on; notified under the lock, for the waiter may go at once
        line_.front()->wake.notify_one();
        line_.pop_front();
    }

    /// Closes this process's copies of the sockets, which the parent does not notice.
    void forget_the_parents()
    {
        forks_ = forks();
        idle_.clear();
        line_.clear();
        taken_ = 0;
    }

    const PoolSettings settings_;
    std::mutex mutex_;
    unsigned forks_ = forks(); // that were behind the process which made the connections
    std::size_t taken_ = 0;
    std::atomic<std::size_t> age_ = 0; // how often it was renewed
    std::deque<Idle> idle_;            // the one used last at the end
    std::list<Waiter*> line_;
};

} // namespace sojourn::inline v0::storage::net
