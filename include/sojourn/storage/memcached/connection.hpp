#pragma once

#include <sojourn/bytes.hpp>
#include <sojourn/error.hpp>
#include <sojourn/result.hpp>
#include <sojourn/storage/memcached/protocol.hpp>
#include <sojourn/storage/net/address.hpp>
#include <sojourn/storage/net/login.hpp>
#include <sojourn/storage/net/options.hpp>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace sojourn::inline v0::storage::memcached {

/// Requests and replies over a byte stream. After an error of its own, of the stream or of the protocol, a connection is of
/// no use: the next reply might be that of another request.
///
/// Errors are `errc::store_failed` with the server's address, the command's name and what went wrong.
///
/// A server's cas begins anew with each life of its process, and what was read before would pass for what stands there now.
/// So the upper 16 bits of a state tell the life. 48 bits are nine years of a million changes a second.
template <class Stream>
class Connection {
public:
    Connection(Stream stream, std::string server)
        : stream_{std::move(stream)}, server_{std::move(server)}, received_(buffer_size)
    {
    }

    /// Nothing has come that was not asked for, and the server has not closed.
    bool is_quiet() noexcept { return begin_ == end_ && stream_.is_quiet(); }

    /// SASL's PLAIN (RFC 4616), the mechanism that all servers with user names know.
    Result<void> log_in(const net::Login& login, net::Deadline until)
    {
        Buffer secret; // wiped when done
        secret.push_back({});
        secret.append(as_bytes(login.username()));
        secret.push_back({});
        secret.append(as_bytes(login.password()));
        const Request request{.opcode = Opcode::sasl_auth, .key = "PLAIN", .value = {secret.data(), secret.size()}};
        if (auto sent = send(request, until); !sent)
            return sent;
        const auto reply = receive(request.opcode, until);
        if (!reply)
            return reply.error();
        if (reply->status == Status::success)
            return {};
        return error(request.opcode, reply->status == Status::unauthenticated ? "user name or password refused"
                                                                              : words_of(reply->status));
    }

    /// Asks which life of the server this is: its process's number and start. A server that tells neither has but one.
    Result<void> greet(net::Deadline until)
    {
        constexpr int most_stats = 1000;
        if (auto sent = send({.opcode = Opcode::stat}, until); !sent)
            return sent;
        std::uint64_t pid = 0, uptime = 0, time = 0;
        for (int count = 0; count != most_stats; ++count) {
            const auto reply = receive(Opcode::stat, until);
            if (!reply)
                return reply.error();
            if (reply->status == Status::unauthenticated)
                return error(Opcode::stat, words_of(reply->status));
            if (reply->status != Status::success || reply->key.empty()) {
                constexpr std::uint64_t odd = 0x9e3779b97f4a7c15; // spreads what differs in a few bits over all of them
                life_ = (((pid * odd) ^ (time - uptime)) * odd) & life_bits;
                return {};
            }
            for (auto [name, number] : {std::pair{"pid", &pid}, {"uptime", &uptime}, {"time", &time}})
                if (reply->key == name) {
                    const auto text = as_text(reply->value);
                    std::from_chars(text.data(), text.data() + text.size(), *number);
                }
        }
        return error(Opcode::stat, "statistics without end");
    }

    /// One request, one round trip. What the server has not got all of it does not carry out.
    Answer ask(Request request, const net::Timeouts& timeouts)
    {
        // No state of another life stands there: all there is to ask is whether anything does
        const bool is_past = request.state != 0 && (request.state & life_bits) != life_;
        if (is_past)
            request = {.opcode = Opcode::get, .key = request.key};
        request.state &= ~life_bits;
        if (const auto sent = send(request, net::within(timeouts.send)); !sent)
            return Answer::not_sent(sent.error());
        auto reply = receive(request.opcode, net::within(timeouts.read));
        if (!reply)
            return Answer::unknown(reply.error());
        if (is_past && reply->status == Status::success)
            reply->status = Status::exists;
        if (reply->state != 0)
            reply->state = (reply->state & ~life_bits) | life_;
        return {Answer::State::answered, std::move(*reply), {}};
    }

    Error error(Opcode command, std::string_view what) const
    {
        return {errc::store_failed,
                std::string{server_}.append(", ").append(name_of(command)).append(": ").append(what)};
    }

private:
    static constexpr std::size_t buffer_size = 16 * 1024;
    static constexpr std::uint64_t life_bits = ~std::uint64_t{0} << 48;

    Result<void> send(const Request& request, net::Deadline until)
    {
        const auto packet = packet_of(request, ++opaque_);
        auto sent = stream_.write({packet.data(), packet.size()}, until);
        return sent ? sent : error(request.opcode, sent.error().detail());
    }

    /// To what was sent last.
    Result<Reply> receive(Opcode command, net::Deadline until)
    {
        const auto ended = [&](const Error& why) { return error(command, why.detail()); };
        if (const auto filled = fill(header_size, until); !filled)
            return ended(filled.error());
        const ReplyHeader header{std::span<const std::byte, header_size>{at_begin(), header_size}, command, opaque_};
        if (!header.is_sound)
            return error(command, "what came is no reply to the request");
        begin_ += header_size;
        if (const auto filled = fill(header.extras_size + header.key_size, until); !filled)
            return ended(filled.error());
        Reply reply{.status = header.status, .state = header.state};
        if (header.extras_size == sizeof(reply.flags))
            reply.flags = take<std::uint32_t>(at_begin());
        begin_ += header.extras_size;
        reply.key = as_text({at_begin(), header.key_size});
        begin_ += header.key_size;
        if (const auto got = receive_value(header.value_size, reply.value, until); !got)
            return ended(got.error());
        return reply;
    }

    /// Room is made as bytes come, not as a header says.
    Result<void> receive_value(std::size_t size, Bytes& value, net::Deadline until)
    {
        constexpr std::size_t largest_step = 1024 * 1024;
        const auto here = std::min(size, end_ - begin_);
        value.assign(at_begin(), at_begin() + here);
        begin_ += here;
        while (value.size() != size) {
            const auto done = value.size();
            value.resize(std::min(size, done + largest_step));
            const auto count = stream_.read(std::span{value}.subspan(done), until);
            if (!count)
                return count.error();
            value.resize(done + *count);
        }
        return {};
    }

    /// Until there are `count` bytes in the buffer, which is larger than that.
    Result<void> fill(std::size_t count, net::Deadline until)
    {
        if (begin_ == end_)
            begin_ = end_ = 0;
        if (begin_ + count > received_.size()) {
            std::memmove(received_.data(), at_begin(), end_ - begin_);
            end_ -= std::exchange(begin_, 0);
        }
        while (end_ - begin_ < count) {
            const auto more = stream_.read(std::span{received_}.subspan(end_), until);
            if (!more)
                return more.error();
            end_ += *more;
        }
        return {};
    }

    std::byte* at_begin() noexcept { return received_.data() + begin_; }

    Stream stream_;
    std::string server_;
    std::uint32_t opaque_ = 0;
    std::uint64_t life_ = 0;
    Bytes received_;                  // as large as any head of a reply, and more
    std::size_t begin_ = 0, end_ = 0; // what of it has not been looked at yet
};

} // namespace sojourn::inline v0::storage::memcached
