#pragma once

#include <sojourn/error.hpp>
#include <sojourn/result.hpp>
#include <sojourn/storage/memcached/connection.hpp>
#include <sojourn/storage/memcached/options.hpp>
#include <sojourn/storage/memcached/protocol.hpp>
#include <sojourn/storage/net/address.hpp>
#include <sojourn/storage/net/login.hpp>
#include <sojourn/storage/net/options.hpp>
#include <sojourn/storage/net/pool.hpp>

#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace sojourn::inline v0::storage::memcached {

/// Connects to memcached servers and logs in.
template <class Stream>
class Dialer {
public:
    /// Wipes the password of the options.
    explicit Dialer(Options<Stream>& options) : context_{options.tls()}, login_{options.username, options.password} {}

    std::optional<Error> unlawful() const { return context_.unlawful(); }

    Result<Connection<Stream>> dial(const net::Address& address, net::Deadline until) const
    {
        auto stream = Stream::connect(address, context_, until);
        if (!stream)
            return Error{errc::store_failed, address.text() + ": " + stream.error().detail()};
        Connection<Stream> connection{std::move(*stream), address.text()};
        if (login_.is_needed())
            if (auto logged_in = connection.log_in(login_, until); !logged_in)
                return logged_in.error();
        if (auto greeted = connection.greet(until); !greeted)
            return greeted.error();
        return connection;
    }

private:
    typename Stream::Context context_;
    net::Login login_;
};

/// A memcached server, as it is asked by many threads over a pool of connections.
template <class Stream>
class Server {
public:
    using Connection = memcached::Connection<Stream>;
    using Pool = net::Pool<Connection>;

    Server(net::Address address, std::shared_ptr<const Dialer<Stream>> dialer, const net::Timeouts& timeouts,
           std::shared_ptr<Pool> pool)
        : address_{std::move(address)}, dialer_{std::move(dialer)}, timeouts_{timeouts}, pool_{std::move(pool)}
    {
    }

    /// At most once carried out, unless it is a get. Takes no longer than the three timeouts together.
    Answer ask(const Request& request)
    {
        const auto until = net::within(timeouts_.connect);
        auto place = pool_->take(until);
        if (!place)
            return Answer::not_sent(error(request.opcode, place.error()));
        if (place->connection) {
            auto answer = exchange(request, *place);
            const bool may_try_anew = answer.state == Answer::State::not_sent ||
                                      (answer.state == Answer::State::unknown && request.opcode == Opcode::get);
            if (!may_try_anew || net::Clock::now() >= until)
                return answer;
            place->connection.reset();
        }
        auto connection = dialer_->dial(address_, until);
        if (!connection)
            return Answer::not_sent(connection.error());
        place->connection.emplace(std::move(*connection));
        return exchange(request, *place);
    }

    Error error(Opcode command, const Error& reason) const
    {
        return {reason.code(), address_.text().append(", ").append(name_of(command)).append(": ") + reason.detail()};
    }

private:
    Answer exchange(const Request& request, typename Pool::Place& place)
    {
        auto answer = place.connection->ask(request, timeouts_);
        if (answer)
            place.keep();
        return answer;
    }

    net::Address address_;
    std::shared_ptr<const Dialer<Stream>> dialer_;
    net::Timeouts timeouts_;
    std::shared_ptr<Pool> pool_;
};

} // namespace sojourn::inline v0::storage::memcached
