#pragma once

#include <sojourn/bytes.hpp>
#include <sojourn/concepts.hpp>
#include <sojourn/error.hpp>
#include <sojourn/result.hpp>
#include <sojourn/storage/key.hpp>
#include <sojourn/storage/memcached/client.hpp>
#include <sojourn/storage/memcached/exptime.hpp>
#include <sojourn/storage/memcached/options.hpp>
#include <sojourn/storage/memcached/protocol.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace sojourn::inline v0::storage::memcached {

/// The laws of `VersionedStorage` as commands of memcached, one round trip each but for those in brackets:
///
/// | load | create | store | store_if | expire | erase |
/// |---|---|---|---|---|---|
/// | get | add (taken: get) | get, replace with its cas, until that is what stood there | replace with a cas (a conflict: get) | touch | delete |
///
/// A version is the cas and the server's life. Whatever another program put under a key of ours is not found and not replaced
/// by a store; `erase` removes it.
template <class Stream>
class Records {
public:
    using Options = memcached::Options<Stream>;

    Records() : Records{Options{}} {}
    explicit Records(Options options) : state_{std::make_shared<State>(std::move(options))} {}

    /// `errc::unlawful_option` with the option's name. Asks no server: a program may start before it.
    Result<void> check() const { return client().unlawful() ? *client().unlawful() : Result<void>{}; }

    /// Whether all servers answer, with this user name and password.
    Result<void> ping() const { return client().ping(); }

    Result<std::optional<Record>> load(std::string_view key) const
    {
        if (!is_key(key))
            return unlawful_key();
        const auto name = name_of(key);
        auto found = client().get(name);
        if (!found)
            return found.error();
        if (!*found || (*found)->flags != record_flags)
            return std::optional<Record>{};
        if ((*found)->state == 0)
            return client().error(Opcode::get, name, "the server was started without cas (-C)");
        return std::optional{Record{std::move((*found)->value), (*found)->state}};
    }

    /// Where something foreign is in the way that is an error.
    Result<bool> create(std::string_view key, BytesView value, TimeToLive ttl)
    {
        if (!is_key(key))
            return unlawful_key();
        const auto name = name_of(key);
        auto added = client().add(name, value, record_flags, exptime(ttl));
        if (!added || *added)
            return added;
        const auto found = client().get(name);
        if (found && *found && (*found)->flags != record_flags)
            return client().error(Opcode::add, name, "what lies under the record's key is no record: take a prefix");
        return found ? Result<bool>{false} : found.error();
    }

    Result<bool> store(std::string_view key, BytesView value, TimeToLive ttl)
    {
        for (;;) { // each time round another one's store has succeeded
            const auto standing = load(key);
            if (!standing || !*standing)
                return standing ? Result<bool>{false} : standing.error();
            const auto outcome = store_if(key, (*standing)->version, value, ttl);
            if (!outcome || outcome->status != StoreOutcome::Status::conflict)
                return outcome ? Result<bool>{outcome->status == StoreOutcome::Status::stored} : outcome.error();
        }
    }

    /// With no time to live it erases, if that version stands there.
    Result<StoreOutcome> store_if(std::string_view key, Version version, BytesView value, TimeToLive ttl)
    {
        using Outcome = StoreOutcome::Status;
        using Compared = typename Client<Stream>::Compared;
        if (!is_key(key))
            return unlawful_key();
        const auto name = name_of(key);
        const auto done = version == 0       ? Result<Compared>{Compared::changed} // no state has it
                          : ttl.count() <= 0 ? client().erase_if(name, version)
                                             : client().replace_if(name, version, value, record_flags, exptime(ttl));
        if (!done)
            return done.error();
        if (*done != Compared::changed)
            return StoreOutcome{*done == Compared::done ? Outcome::stored : Outcome::missing};
        auto standing = load(key);
        if (!standing)
            return standing.error();
        return *standing ? StoreOutcome{Outcome::conflict, std::move(**standing)} : StoreOutcome{};
    }

    Result<bool> expire(std::string_view key, TimeToLive ttl)
    {
        return is_key(key) ? client().touch(name_of(key), exptime(ttl)) : unlawful_key();
    }

    Result<bool> erase(std::string_view key) { return is_key(key) ? client().erase(name_of(key)) : unlawful_key(); }

private:
    /// memcached keeps 32 bits beside each value; these tell a record from what others put there.
    static constexpr std::uint32_t record_flags = 0x736a6f31; // "sjo1"

    struct State {
        explicit State(Options&& options)
            : prefix{options.prefix.value_or("session:")}, suffix{options.suffix}, client{std::move(options)}
        {
        }

        const std::string prefix;
        const std::string suffix;
        Client<Stream> client;
    };

    Client<Stream>& client() const noexcept { return state_->client; }
    std::string name_of(std::string_view key) const
    {
        return std::string{state_->prefix}.append(key).append(state_->suffix);
    }

    std::shared_ptr<State> state_;
};

} // namespace sojourn::inline v0::storage::memcached
