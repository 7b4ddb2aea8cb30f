#pragma once

#include <sojourn/bytes.hpp>
#include <sojourn/error.hpp>
#include <sojourn/result.hpp>
#include <sojourn/storage/memcached/options.hpp>
#include <sojourn/storage/memcached/protocol.hpp>
#include <sojourn/storage/memcached/ring.hpp>
#include <sojourn/storage/memcached/server.hpp>
#include <sojourn/storage/net/options.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sojourn::inline v0::storage::memcached {

/// memcached's commands on one or several servers, for storages to be made of. Keys are 1 to 250 bytes, whichever; exptime
/// is as memcached has it (seconds up to 30 days, else Unix time; 0: never). Blocking, thread-safe.
///
/// A command is sent once. Only if the server certainly has not got all of it, or if it is a get, it is sent again, once,
/// over a new connection. An error is `errc::store_failed` with the server, the command and the reason, and after one it
/// is not known whether the command takes effect; never with the key, the value or the password.
template <class Stream>
class Client {
public:
    enum class Compared : std::uint8_t { done, changed, missing };

    explicit Client(Options<Stream> options) : Client{options, options.unlawful(), net::identity_of(options)} {}

    /// Which option is unlawful, if one is; all else answers with it, too.
    const std::optional<Error>& unlawful() const noexcept { return unlawful_; }

    /// Nothing: nothing is there, or the time of what was is over. Of the reply value, flags and state count.
    Result<std::optional<Reply>> get(std::string_view key)
    {
        auto answer = call({.opcode = Opcode::get, .key = key});
        if (!answer || answer->status == Status::not_found)
            return answer ? Result<std::optional<Reply>>{std::nullopt} : answer.error();
        return std::optional{std::move(*answer)};
    }

    /// What stands there goes even if the new value is refused for its size or for lack of memory.
    Result<void> set(std::string_view key, BytesView value, std::uint32_t flags, std::uint32_t exptime)
    {
        const auto done = call({Opcode::set, key, value, flags, exptime});
        return done ? Result<void>{} : done.error();
    }

    /// False: something is there.
    Result<bool> add(std::string_view key, BytesView value, std::uint32_t flags, std::uint32_t exptime)
    {
        return is_done({Opcode::add, key, value, flags, exptime});
    }

    /// False, as of the following: nothing is there.
    Result<bool> replace(std::string_view key, BytesView value, std::uint32_t flags, std::uint32_t exptime)
    {
        return is_done({Opcode::replace, key, value, flags, exptime});
    }
    Result<bool> append(std::string_view key, BytesView value)
    {
        return is_done({.opcode = Opcode::append, .key = key, .value = value});
    }
    Result<bool> touch(std::string_view key, std::uint32_t exptime)
    {
        return is_done({.opcode = Opcode::touch, .key = key, .exptime = exptime});
    }
    Result<bool> erase(std::string_view key) { return is_done({.opcode = Opcode::erase, .key = key}); }

    /// Replaces, or erases, what is there if it still is in that state of a `get`.
    Result<Compared> replace_if(std::string_view key, std::uint64_t state, BytesView value, std::uint32_t flags,
                                std::uint32_t exptime)
    {
        // Not set, with which the server erases what stands there when the value is too large for it.
        return compare({Opcode::replace, key, value, flags, exptime, state});
    }
    Result<Compared> erase_if(std::string_view key, std::uint64_t state)
    {
        return compare({.opcode = Opcode::erase, .key = key, .state = state});
    }

    /// Whether all servers can be reached and answer.
    Result<void> ping()
    {
        if (unlawful_)
            return *unlawful_;
        for (auto& server : servers_)
            if (const auto answer = judge({}, server, server.ask({})); !answer)
                return answer.error();
        return {};
    }

    /// `errc::store_failed` with the server that has the key, for what a storage is not content with.
    Error error(Opcode command, std::string_view key, std::string what) const
    {
        return servers_[ring_.server_of(key)].error(command, {errc::store_failed, std::move(what)});
    }

private:
    using Server = memcached::Server<Stream>;

    Client(Options<Stream>& options, std::optional<Error> unlawful, const std::string& identity)
        : unlawful_{std::move(unlawful)}
    {
        const auto dialer = std::make_shared<const Dialer<Stream>>(options);
        if (!unlawful_)
            unlawful_ = dialer->unlawful();
        std::vector<std::string> names;
        for (const auto& address : options.addresses()) {
            names.push_back(address.text());
            servers_.emplace_back(address, dialer, options.timeouts(),
                                  Server::Pool::named(options.pool_name, identity + address.text(), options.pool()));
        }
        ring_ = Ring{names};
    }

    /// True if the server carried it out, false if it did not because of what stands there.
    Result<bool> is_done(const Request& request)
    {
        const auto answer = call(request);
        return answer ? Result<bool>{answer->status == Status::success} : answer.error();
    }

    Result<Compared> compare(const Request& request)
    {
        if (request.state == 0) // which would be whichever state
            return Error{errc::unlawful_option, "no state is 0"};
        const auto answer = call(request);
        if (!answer)
            return answer.error();
        return answer->status == Status::success  ? Compared::done
               : answer->status == Status::exists ? Compared::changed
                                                  : Compared::missing;
    }

    Result<Reply> call(const Request& request)
    {
        if (unlawful_)
            return *unlawful_;
        if (request.key.empty() || request.key.size() > max_key_size)
            return Error{errc::unlawful_option, "a memcached key that is not 1 to 250 bytes long"};
        auto& server = servers_[ring_.server_of(request.key)];
        return judge(request, server, server.ask(request));
    }

    /// That something stands there, nothing, or something else, is an answer to a command that asks so; all else is an error.
    static Result<Reply> judge(const Request& request, const Server& server, Answer answer)
    {
        const auto status = answer.reply.status;
        if (!answer)
            return answer.error;
        if (status == Status::success || is_about_what_stands(request, status))
            return std::move(answer.reply);
        return server.error(request.opcode, {errc::store_failed, std::string{words_of(status)}});
    }

    static bool is_about_what_stands(const Request& request, Status status) noexcept
    {
        switch (request.opcode) {
        case Opcode::get:
        case Opcode::touch: return status == Status::not_found;
        case Opcode::replace:
        case Opcode::erase: return status == Status::not_found || (status == Status::exists && request.state != 0);
        case Opcode::add: return status == Status::exists;
        case Opcode::append: return status == Status::not_stored;
        default: return false;
        }
    }

    std::optional<Error> unlawful_;
    std::vector<Server> servers_;
    Ring ring_;
};

} // namespace sojourn::inline v0::storage::memcached
