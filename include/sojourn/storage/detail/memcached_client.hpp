#pragma once

#include <sojourn/bytes.hpp>
#include <sojourn/error.hpp>
#include <sojourn/storage/detail/memcached_connection.hpp>
#include <sojourn/storage/detail/memcached_pool.hpp>
#include <sojourn/storage/detail/memcached_protocol.hpp>
#include <sojourn/storage/detail/memcached_ring.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sojourn::inline v0::storage::detail::memcached {

/// What lives under a key.
struct Item {
    Bytes value;
    std::uint32_t flags = 0;
    std::uint64_t state = 0; ///< tells this state of the item from all others; 0: the server tells none (its option -C)
};

/// memcached's commands on one or several servers, for storages to be made of. Keys are 1 to 250 bytes, whichever; exptime
/// is as memcached has it (seconds up to 30 days, else Unix time; 0: never). Blocking, thread-safe.
///
/// A command is sent once. Only if the server certainly has not got all of it, or if it is a get, it is sent again, once,
/// over a new connection. An error is `errc::store_failed` with the server, the command and the reason, and after one it
/// is not known whether the command takes effect; never with the key, the value or the password.
class Client {
public:
    enum class Compared : std::uint8_t { done, changed, missing };

    /// `servers`: one or more, each another.
    Client(std::vector<Address> servers, Settings settings, const Pool::Limits& limits)
        : settings_{std::move(settings)}, ring_{names(servers)}
    {
        for (auto& address : servers)
            servers_.push_back(std::make_unique<Server>(std::move(address), limits));
    }

    Result<std::optional<Item>> get(std::string_view key)
    {
        auto answer = call("get", {.opcode = Opcode::get, .key = key});
        if (!answer)
            return answer.error();
        if (answer->reply.status == Status::not_found)
            return std::optional<Item>{};
        if (answer->reply.status != Status::success)
            return refused(*answer, "get");
        return std::optional{Item{std::move(answer->reply.value), answer->reply.flags, answer->state()}};
    }

    /// What stands there goes even if the new value is refused for its size or for lack of memory.
    Result<void> set(std::string_view key, BytesView value, std::uint32_t flags, std::uint32_t exptime)
    {
        auto done = tell("set", {Opcode::set, key, value, flags, exptime}, Status::success);
        return done ? Result<void>{} : done.error();
    }

    /// False: something is there.
    Result<bool> add(std::string_view key, BytesView value, std::uint32_t flags, std::uint32_t exptime)
    {
        return tell("add", {Opcode::add, key, value, flags, exptime}, Status::exists);
    }

    /// False, as of the following: nothing is there.
    Result<bool> replace(std::string_view key, BytesView value, std::uint32_t flags, std::uint32_t exptime)
    {
        return tell("replace", {Opcode::replace, key, value, flags, exptime}, Status::not_found);
    }
    Result<bool> append(std::string_view key, BytesView value)
    {
        return tell("append", {.opcode = Opcode::append, .key = key, .value = value}, Status::not_stored);
    }
    Result<bool> touch(std::string_view key, std::uint32_t exptime)
    {
        return tell("touch", {.opcode = Opcode::touch, .key = key, .exptime = exptime}, Status::not_found);
    }
    Result<bool> erase(std::string_view key)
    {
        return tell("delete", {.opcode = Opcode::erase, .key = key}, Status::not_found);
    }

    /// Sets, or erases, what is there if it still is in that state of a `get`.
    Result<Compared> cas(std::string_view key, std::uint64_t state, BytesView value, std::uint32_t flags,
                         std::uint32_t exptime)
    {
        // Not set, with which the server erases what stands there when the value is too large for it.
        return compare("cas", {Opcode::replace, key, value, flags, exptime, state});
    }
    Result<Compared> erase_if(std::string_view key, std::uint64_t state)
    {
        return compare("delete", {.opcode = Opcode::erase, .key = key, .cas = state});
    }

    /// Whether all servers can be reached and answer.
    Result<void> ping()
    {
        for (const auto& server : servers_)
            if (const auto answer = call("noop", {}, *server); !answer || answer->reply.status != Status::success)
                return answer ? refused(*answer, "noop") : answer.error();
        return {};
    }

private:
    struct Server {
        Server(Address where, const Pool::Limits& limits) : address{std::move(where)}, pool{limits} {}
        const Address address;
        Pool pool;
    };

    struct Answer {
        const Server* server;
        Reply reply;
        std::uint16_t life = 0;

        std::uint64_t state() const noexcept { return reply.cas == 0 ? 0 : with_life(reply.cas, life); }
    };

    /// A server's cas begins anew when it is restarted, and what was read before would pass for what stands there now. So
    /// the upper 16 bits tell the life of the server. 48 bits are nine years of a million changes a second.
    static constexpr int cas_bits = 48;
    static constexpr std::uint64_t with_life(std::uint64_t cas, std::uint16_t life) noexcept
    {
        return (cas & ~(~std::uint64_t{0} << cas_bits)) | std::uint64_t{life} << cas_bits;
    }

    static std::vector<std::string> names(const std::vector<Address>& servers)
    {
        std::vector<std::string> all;
        all.reserve(servers.size());
        for (const auto& address : servers)
            all.push_back(address.text());
        return all;
    }

    static Error failed(const Server& server, std::string_view command, std::string_view why)
    {
        return {errc::store_failed,
                "memcached " + server.address.text() + ": " + std::string{command} + ": " + std::string{why}};
    }
    static Error refused(const Answer& answer, std::string_view command)
    {
        return failed(*answer.server, command, words(answer.reply.status));
    }

    /// True if the server carried it out, false if it answered `otherwise`.
    Result<bool> tell(std::string_view command, const Request& request, Status otherwise)
    {
        const auto answer = call(command, request);
        if (!answer)
            return answer.error();
        if (answer->reply.status != Status::success && answer->reply.status != otherwise)
            return refused(*answer, command);
        return answer->reply.status == Status::success;
    }

    Result<Compared> compare(std::string_view command, const Request& request)
    {
        if (request.cas == 0) // which would be whichever state
            return Error{errc::unlawful_option, "no state is 0"};
        const auto answer = call(command, request);
        if (!answer)
            return answer.error();
        switch (answer->reply.status) {
        case Status::success: return Compared::done;
        case Status::exists: return Compared::changed;
        case Status::not_found: return Compared::missing;
        default: return refused(*answer, command);
        }
    }

    Result<Answer> call(std::string_view command, const Request& request)
    {
        if (request.key.empty() || request.key.size() > max_key_size)
            return Error{errc::unlawful_option, "a memcached key that is not 1 to 250 bytes long"};
        return call(command, request, *servers_[ring_.server_of(request.key)]);
    }

    Result<Answer> call(std::string_view command, const Request& request, Server& server)
    {
        for (bool again = false;; again = true) {
            auto lease = server.pool.lease();
            if (!lease)
                return failed(server, command, "all connections of the pool are in use");
            auto& connection = lease->connection();
            const bool is_new = !connection;
            Fault fault;
            if (is_new)
                connection = Connection::open(server.address, settings_, fault);
            if (!connection)
                return failed(server, command, "cannot connect: " + fault.why);

            Answer answer{&server, {}, connection->life()};
            auto failure = exchange(*connection, request, answer.reply);
            if (!failure)
                return answer;
            const bool harmless = failure->kind == Fault::Kind::unsent ||
                                  (failure->kind == Fault::Kind::unanswered && request.opcode == Opcode::get);
            if (is_new || again || !harmless)
                return failed(server, command, failure->why);
            connection.reset();
            server.pool.drop_unused();
        }
    }

    /// With a state of another life no such state stands there: all there is to ask is whether anything does.
    static std::optional<Fault> exchange(Connection& connection, Request request, Reply& reply)
    {
        const bool is_past = request.cas != 0 && with_life(request.cas, connection.life()) != request.cas;
        if (is_past)
            request = {.opcode = Opcode::get, .key = request.key};
        request.cas = with_life(request.cas, 0);
        auto failure = connection.exchange(request, reply);
        if (is_past && reply.status == Status::success)
            reply.status = Status::exists;
        return failure;
    }

    Settings settings_;
    Ring ring_;
    std::vector<std::unique_ptr<Server>> servers_;
};

} // namespace sojourn::inline v0::storage::detail::memcached
