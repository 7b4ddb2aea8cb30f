#pragma once

#include <sojourn/storage/net/answer.hpp>

#include <hiredis/hiredis.h>

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace sojourn::inline v0::storage::redis {

/// What a Redis server answers (RESP 2), as hiredis reads it.
class Reply {
public:
    Reply() noexcept = default;
    explicit Reply(redisReply* reply) noexcept : reply_{reply} {}

    bool is_nil() const noexcept { return is(REDIS_REPLY_NIL); }
    bool is_error() const noexcept { return is(REDIS_REPLY_ERROR); }
    bool is_text() const noexcept { return is(REDIS_REPLY_STRING); }
    bool is_status() const noexcept { return is(REDIS_REPLY_STATUS); }
    bool is_integer() const noexcept { return is(REDIS_REPLY_INTEGER); }

    /// Of a string, a status or an error; else empty.
    std::string_view text() const noexcept { return text(reply_.get()); }
    long long integer() const noexcept { return is_integer() ? reply_->integer : 0; }

    /// An error's code is its first word: `WRONGTYPE`, `MOVED`.
    bool is_error(std::string_view code) const noexcept
    {
        return is_error() && text().starts_with(code) && (text().size() == code.size() || text()[code.size()] == ' ');
    }

    /// Of an array; else none.
    std::span<redisReply* const> elements() const noexcept { return elements(reply_.get()); }

    static std::string_view text(const redisReply* reply) noexcept
    {
        const bool has_text = reply != nullptr && reply->str != nullptr &&
                              (reply->type == REDIS_REPLY_STRING || reply->type == REDIS_REPLY_STATUS ||
                               reply->type == REDIS_REPLY_ERROR);
        return has_text ? std::string_view{reply->str, reply->len} : std::string_view{};
    }
    static std::span<redisReply* const> elements(const redisReply* reply) noexcept
    {
        if (reply == nullptr || reply->type != REDIS_REPLY_ARRAY)
            return {};
        return {reply->element, reply->elements};
    }
    static long long integer(const redisReply* reply) noexcept
    {
        return reply != nullptr && reply->type == REDIS_REPLY_INTEGER ? reply->integer : 0;
    }

private:
    bool is(int type) const noexcept { return reply_ && reply_->type == type; }

    struct Free {
        void operator()(redisReply* reply) const noexcept { ::freeReplyObject(reply); }
    };
    std::unique_ptr<redisReply, Free> reply_;
};

using Answer = net::Answer<Reply>;

} // namespace sojourn::inline v0::storage::redis
