#pragma once

#include <sojourn/bytes.hpp>
#include <sojourn/error.hpp>
#include <sojourn/result.hpp>
#include <sojourn/storage/net/address.hpp>
#include <sojourn/storage/redis/command.hpp>
#include <sojourn/storage/redis/options.hpp>
#include <sojourn/storage/redis/reply.hpp>

#include <hiredis/hiredis.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace sojourn::inline v0::storage::redis {

/// A server's words for what went wrong, fit for a log: of an unknown command Redis repeats the arguments, which are keys
/// and values, or a password.
inline std::string words_of(const Reply& error)
{
    std::string_view text = error.text();
    text = text.substr(0, std::min(text.find(", with args"), std::size_t{200}));
    std::string words{text};
    std::ranges::replace_if(
        words, [](char c) { return c < ' ' || c == 0x7f; }, '?');
    return words;
}

/// Commands and replies over a byte stream. After an error of its own, of the stream or of the protocol, a connection is
/// of no use: the next reply might be that of another command.
///
/// Errors are `errc::store_failed` with the server's address, the command's name and what went wrong.
template <class Stream>
class Connection {
public:
    Connection(Stream stream, std::string server)
        : stream_{std::move(stream)}, server_{std::move(server)}, reader_{::redisReaderCreate()}
    {
        if (!reader_)
            throw std::bad_alloc{};
    }

    const std::string& server() const noexcept { return server_; }
    /// Nothing has come that was not asked for, and the server has not closed.
    bool is_quiet() noexcept { return reader_->pos == reader_->len && stream_.is_quiet(); }

    /// One round trip. A command that must not be `repeated` is a change, which as many replicas have to have as the terms
    /// say. `asking`: of a cluster's node that is only taking the key's slot over.
    Answer ask(const Command& command, const Terms& terms, bool repeated, bool asking = false)
    {
        std::optional<Command> before, after;
        if (asking)
            before.emplace("ASKING");
        if (!repeated && terms.replicas != 0) // for so long that there is time left to be told how many have it
            after.emplace("WAIT", std::to_string(terms.replicas), std::to_string(terms.read.count() / 2 + 1));

        const auto sent_by = net::within(terms.send);
        auto sent = before ? send(*before, sent_by) : Result<void>{};
        if (sent)
            sent = send(command, sent_by);
        if (!sent)
            return Answer::not_sent(sent.error());
        if (after)
            sent = send(*after, sent_by);
        if (!sent)
            return Answer::unknown(sent.error());

        const auto read_by = net::within(terms.read);
        if (before)
            if (auto allowed = receive(before->name(), read_by); allowed.is_unknown())
                return allowed;
        auto answer = receive(command.name(), read_by);
        if (!after || answer.is_unknown())
            return answer;
        auto kept = receive(after->name(), read_by);
        if (answer && kept && kept.reply.integer() < static_cast<long long>(terms.replicas))
            return Answer::unknown(error(after->name(), std::to_string(kept.reply.integer()) + " replicas have it"));
        return kept.is_unknown() || (answer && !kept) ? Answer::unknown(kept.error) : std::move(answer);
    }

    /// Without waiting for the reply. What is sent is received, in the same order. After an error the server lacks the end
    /// of the command, and cannot carry it out.
    Result<void> send(const Command& command, net::Deadline until)
    {
        auto sent = stream_.write(command.bytes(), until);
        return sent ? sent : error(command.name(), sent.error().detail());
    }

    Answer receive(std::string_view name, net::Deadline until)
    {
        std::array<char, 16 * 1024> bytes;
        for (;;) {
            void* reply = nullptr;
            if (::redisReaderGetReply(reader_.get(), &reply) != REDIS_OK)
                return Answer::unknown(error(name, &reader_->errstr[0]));
            if (reply != nullptr)
                return judge(name, Reply{static_cast<redisReply*>(reply)});
            const auto count = stream_.read(std::as_writable_bytes(std::span{bytes}), until);
            if (!count)
                return Answer::unknown(error(name, count.error().detail()));
            ::redisReaderFeed(reader_.get(), bytes.data(), *count);
        }
    }

    Error error(std::string_view command, std::string_view what) const
    {
        return {errc::store_failed, std::string{server_}.append(", ").append(command).append(": ").append(what)};
    }

    long long database = 0; ///< the one that is selected

private:
    Answer judge(std::string_view name, Reply reply) const
    {
        if (!reply.is_error())
            return {Answer::State::answered, std::move(reply), {}};
        auto told = error(name, words_of(reply));
        return {Answer::State::refused, std::move(reply), std::move(told)};
    }

    struct Free {
        void operator()(redisReader* reader) const noexcept { ::redisReaderFree(reader); }
    };

    Stream stream_;
    std::string server_;
    std::unique_ptr<redisReader, Free> reader_;
};

} // namespace sojourn::inline v0::storage::redis
