#pragma once

#include <sojourn/bytes.hpp>
#include <sojourn/storage/detail/memcached_protocol.hpp>
#include <sojourn/storage/detail/memcached_socket.hpp>
#include <sojourn/storage/detail/posix.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace sojourn::inline v0::storage::detail::memcached {

/// How a connection is made and used. Each time is for all of one step, however many packets it takes.
struct Settings {
    std::chrono::milliseconds connect_timeout{1000};
    std::chrono::milliseconds send_timeout{1000};
    std::chrono::milliseconds read_timeout{1000};
    std::string username; ///< empty: the server wants none
    std::string password;
};

/// Why an exchange failed, and what is known of the command.
struct Fault {
    enum class Kind : std::uint8_t {
        unsent,     ///< the server has not got all of it, so it has not carried it out
        unanswered, ///< the connection ended instead of a reply: it may have
        timeout,    ///< it may have, or may do so yet
        nonsense,   ///< what came is no reply to it
    };
    Kind kind = Kind::unsent;
    std::string why;
};

/// One connection to one server: one request, one reply. After a fault it is of no use any more, so that no reply ever
/// meets another request than its own.
class Connection {
public:
    using Kind = Fault::Kind;

    /// Connects, authenticates and asks which life of the server this is. None, and the reason in `fault`.
    static std::unique_ptr<Connection> open(const Address& address, const Settings& settings, Fault& fault)
    {
        auto socket = connect_to(address, Clock::now() + settings.connect_timeout, fault.why);
        if (!socket)
            return nullptr;
        std::unique_ptr<Connection> connection{new Connection{std::move(socket), settings}};
        auto failed = settings.username.empty() ? std::nullopt : connection->authenticate(settings);
        if (!failed)
            failed = connection->ask_life();
        if (!failed)
            return connection;
        fault = std::move(*failed);
        return nullptr;
    }

    /// A number for the life of the server's process that this connection belongs to: its cas begins anew with each.
    std::uint16_t life() const noexcept { return life_; }

    /// Whether nothing is known that speaks against another request. Asks the system, not the server.
    bool is_alive() const noexcept { return usable_ && is_quiet(socket_.get()); }
    bool usable() const noexcept { return usable_; }

    Clock::time_point idle_since = {};

    std::optional<Fault> exchange(const Request& request, Reply& reply)
    {
        usable_ = false;
        if (auto fault = send(request))
            return fault;
        if (auto fault = receive_reply(request.opcode, reply))
            return fault;
        if (begin_ != end_)
            return Fault{Kind::nonsense, "more than one reply to one request"};
        usable_ = true;
        return std::nullopt;
    }

private:
    Connection(Descriptor socket, const Settings& settings)
        : socket_{std::move(socket)}, send_timeout_{settings.send_timeout}, read_timeout_{settings.read_timeout}
    {
    }

    std::optional<Fault> send(const Request& request)
    {
        Head head{request, ++opaque_};
        begin_ = end_ = 0;
        if (!send_all(socket_.get(), head.bytes(), request.value, Clock::now() + send_timeout_))
            return Fault{errno == ETIMEDOUT ? Kind::timeout : Kind::unsent, words_for(errno)};
        deadline_ = Clock::now() + read_timeout_;
        return std::nullopt;
    }

    /// SASL's PLAIN (RFC 4616), the mechanism that all servers with user names know.
    std::optional<Fault> authenticate(const Settings& settings)
    {
        Buffer secret; // wiped when done
        secret.push_back({});
        secret.append(settings.username);
        secret.push_back({});
        secret.append(settings.password);
        Reply reply;
        auto fault =
            exchange({.opcode = Opcode::sasl_auth, .key = "PLAIN", .value = {secret.data(), secret.size()}}, reply);
        if (fault || reply.status == Status::success)
            return fault;
        return Fault{Kind::nonsense, reply.status == Status::unauthenticated
                                         ? "user name or password refused"
                                         : "cannot authenticate: " + std::string{words(reply.status)}};
    }

    /// From the process's number and start, which `stat` tells. A server that tells neither has but one life.
    std::optional<Fault> ask_life()
    {
        if (auto fault = send({.opcode = Opcode::stat}))
            return fault;
        std::uint64_t pid = 0, uptime = 0, time = 0;
        for (int count = 0; count != most_stats; ++count) {
            Reply reply;
            if (auto fault = receive_reply(Opcode::stat, reply))
                return fault;
            if (reply.status == Status::unauthenticated)
                return Fault{Kind::nonsense, std::string{words(reply.status)}};
            if (reply.status != Status::success || reply.key.empty()) {
                constexpr std::uint64_t odd = 0x9e3779b97f4a7c15; // spreads what differs in a few bits over all of them
                life_ = static_cast<std::uint16_t>(((pid * odd) ^ (time - uptime)) * odd >> 48);
                return std::nullopt;
            }
            for (auto [name, number] : {std::pair{"pid", &pid}, {"uptime", &uptime}, {"time", &time}})
                if (reply.key == name) {
                    const auto text = as_text(reply.value);
                    std::from_chars(text.data(), text.data() + text.size(), *number);
                }
        }
        return Fault{Kind::nonsense, "statistics without end"};
    }

    std::optional<Fault> receive_reply(Opcode opcode, Reply& reply)
    {
        if (auto fault = fill(header_size))
            return fault;
        const ReplyHeader header{std::span<const std::byte, header_size>{at_begin(), header_size}, opcode, opaque_};
        if (!header.is_sound)
            return Fault{Kind::nonsense, "what came is no reply to the request"};
        begin_ += header_size;
        if (auto fault = fill(header.extras_size + header.key_size))
            return fault;
        reply.status = header.status;
        reply.cas = header.cas;
        reply.flags = header.extras_size == sizeof(reply.flags) ? memcached::take<std::uint32_t>(at_begin()) : 0;
        begin_ += header.extras_size;
        reply.key = as_text({at_begin(), header.key_size});
        begin_ += header.key_size;
        return receive_value(header.value_size, reply.value);
    }

    /// Room is made as bytes come, not as a header says.
    std::optional<Fault> receive_value(std::size_t size, Bytes& value)
    {
        const auto here = std::min(size, end_ - begin_);
        value.assign(at_begin(), at_begin() + here);
        begin_ += here;
        while (value.size() != size) {
            const auto done = value.size();
            value.resize(std::min(size, done + largest_step));
            const auto count = receive(socket_.get(), std::span{value}.subspan(done), deadline_);
            if (count <= 0)
                return ended(count);
            value.resize(done + static_cast<std::size_t>(count));
        }
        return std::nullopt;
    }

    /// Until there are `count` bytes in the buffer, which is larger than that.
    std::optional<Fault> fill(std::size_t count)
    {
        if (begin_ + count > buffer_.size()) {
            std::memmove(buffer_.data(), at_begin(), end_ - begin_);
            end_ -= std::exchange(begin_, 0);
        }
        while (end_ - begin_ < count) {
            const auto more = receive(socket_.get(), std::span{buffer_}.subspan(end_), deadline_);
            if (more <= 0)
                return ended(more);
            end_ += static_cast<std::size_t>(more);
        }
        return std::nullopt;
    }

    std::byte* at_begin() noexcept { return buffer_.data() + begin_; }

    static Fault ended(ssize_t received)
    {
        if (received < 0 && errno == ETIMEDOUT)
            return {Kind::timeout, "no reply in time"};
        return {Kind::unanswered, received == 0 ? "the server closed the connection" : words_for(errno)};
    }

    static constexpr std::size_t largest_step = 1024 * 1024;
    static constexpr int most_stats = 1000;

    Descriptor socket_;
    std::chrono::milliseconds send_timeout_;
    std::chrono::milliseconds read_timeout_;
    Deadline deadline_ = {};
    std::uint32_t opaque_ = 0;
    std::uint16_t life_ = 0;
    bool usable_ = true;
    std::size_t begin_ = 0, end_ = 0;    ///< what has been received and not looked at yet
    std::array<std::byte, 8192> buffer_; // NOLINT(cppcoreguidelines-pro-type-member-init): received before it is read
};

} // namespace sojourn::inline v0::storage::detail::memcached
