#pragma once

#include <sojourn/chrono.hpp>
#include <sojourn/error.hpp>
#include <sojourn/result.hpp>
#include <sojourn/storage/net/address.hpp>
#include <sojourn/storage/net/pool.hpp>
#include <sojourn/storage/redis/command.hpp>
#include <sojourn/storage/redis/connection.hpp>
#include <sojourn/storage/redis/options.hpp>
#include <sojourn/storage/redis/reply.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sojourn::inline v0::storage::redis {

/// Connects to Redis servers and logs in.
template <class Stream>
class Dialer {
public:
    using Connection = redis::Connection<Stream>;

    /// Wipes the password of the options.
    explicit Dialer(Options<Stream>& options)
        : context_{options.tls()}, login_{options.username, options.password}, database_{options.database}
    {
    }

    std::optional<Error> unlawful() const { return context_.unlawful(); }
    long long database() const noexcept { return database_; }

    Result<Connection> dial(const net::Address& address, net::Deadline until) const
    {
        auto stream = Stream::connect(address, context_, until);
        if (!stream)
            return Error{errc::store_failed, address.text() + ": " + stream.error().detail()};
        Connection connection{std::move(*stream), address.text()};
        std::vector<Command> commands;
        if (!login_.username().empty())
            commands.push_back(Command{"AUTH", login_.username(), login_.password()});
        else if (!login_.password().empty())
            commands.push_back(Command{"AUTH", login_.password()});
        if (database_ != 0)
            commands.push_back(Command{"SELECT", std::to_string(database_)});
        for (const auto& command : commands)
            if (auto sent = connection.send(command, until); !sent)
                return sent.error();
        for (const auto& command : commands)
            if (auto answer = connection.receive(command.name(), until); !answer)
                return answer.error;
        connection.database = database_;
        return connection;
    }

private:
    typename Stream::Context context_;
    Login login_;
    long long database_;
};

/// The way to a server whose address is known.
template <class Stream>
struct Direct {
    using Connection = redis::Connection<Stream>;
    static constexpr auto sure_for = std::chrono::milliseconds::max();

    std::shared_ptr<const Dialer<Stream>> dialer;
    net::Address address;

    Result<Connection> dial(net::Deadline until) const { return dialer->dial(address, until); }
    long long database() const noexcept { return dialer->database(); }
    std::string text() const { return address.text(); }
};

/// A Redis server, as it is asked by many threads over a pool of connections. `Route` connects to it: `dial(until)` gives a
/// connection that is logged in, `text()` is its name for messages, and `sure_for` how long it leads where it led. If that is
/// not for ever, no connection outlives a sign that it leads elsewhere: the failure of another one, or so long a silence.
template <class Route>
class Server {
public:
    using Connection = typename Route::Connection;
    using Pool = net::Pool<Connection>;

    Server(Route route, const Terms& terms, std::shared_ptr<Pool> pool)
        : route_{std::move(route)}, terms_{terms}, pool_{std::move(pool)}
    {
    }

    /// At most once carried out, unless it may be `repeated`; it is a change if it may not. Takes no longer than the three
    /// timeouts together. `asking`: as redis::Connection has it.
    Answer ask(const Command& command, bool repeated, bool asking = false)
    {
        const auto until = net::within(terms_.connect);
        auto place =
            pool_->take(until, [&](const Connection& connection) { return connection.database == route_.database(); });
        if (!place)
            return Answer::not_sent(error(command.name(), place.error()));
        const auto exchange = [&](Connection& connection) { return connection.ask(command, terms_, repeated, asking); };
        if (place->connection) {
            auto answer = select_and(exchange, *place, until);
            if (!may_try_anew(answer, repeated) || net::Clock::now() >= until)
                return answer;
            place->connection.reset();
        }
        auto connection = route_.dial(until);
        if (!connection)
            return Answer::not_sent(connection.error());
        place->connection.emplace(std::move(*connection));
        return select_and(exchange, *place, until);
    }

private:
    static constexpr bool may_change = Route::sure_for != std::chrono::milliseconds::max();

    /// A connection that was idle may lead to a server that is none any more, or to one that has become a replica since.
    static bool may_try_anew(const Answer& answer, bool repeated) noexcept
    {
        return answer.state == Answer::State::not_sent || (answer.is_unknown() && repeated) ||
               answer.reply.is_error("READONLY");
    }

    template <class Exchange>
    Answer select_and(const Exchange& exchange, typename Pool::Place& place, net::Deadline until)
    {
        auto& connection = *place.connection;
        if (connection.database != route_.database()) { // the last one to use it was another storage
            const Command select{"SELECT", std::to_string(route_.database())};
            if (auto sent = connection.send(select, until); !sent)
                return Answer::not_sent(sent.error());
            if (auto selected = connection.receive(select.name(), until); !selected)
                return Answer::not_sent(selected.error);
            connection.database = route_.database();
        }
        const auto sure_until = may_change ? net::within(Route::sure_for) : net::Deadline::max();
        auto answer = exchange(connection);
        const bool in_order = answer || (answer.state == Answer::State::refused && !answer.reply.is_error("READONLY"));
        if (in_order && (!may_change || net::Clock::now() < sure_until))
            place.keep();
        else if (!in_order && may_change)
            pool_->renew();
        return answer;
    }

    Error error(std::string_view name, const Error& reason) const
    {
        return {reason.code(), route_.text().append(", ").append(name).append(": ") + reason.detail()};
    }

    Route route_;
    Terms terms_;
    std::shared_ptr<Pool> pool_;
};

} // namespace sojourn::inline v0::storage::redis
