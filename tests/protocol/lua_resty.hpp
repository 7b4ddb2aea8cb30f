#pragma once

// What the tests of whole lua-resty sessions share: a store that is a map and can be told to fail at the n-th call, a folder
// of files, and a client in front of them.

#include "../client.hpp"

#include <sojourn/protocol/lua_resty.hpp>
#include <sojourn/storage/lua_resty_file.hpp>
#include <sojourn/storage/rotating.hpp>
#include <sojourn/testing/manual_environment.hpp>

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lua_resty_test {

using namespace sojourn;
using namespace std::chrono_literals;
using World = testing::ManualEnvironment;

/// A `RotatingStorage` in memory, whose time is that of the test. A handle.
class Records {
public:
    explicit Records(World world) : shared_{std::make_shared<Shared>(Shared{std::move(world), {}, {}, 0, 0})} {}

    /// The call to fail, counted from 1 and from now on; 0: none.
    void fail_at(unsigned call) const
    {
        shared_->calls = 0;
        shared_->fail_at = call;
    }
    unsigned calls() const { return shared_->calls; }
    std::size_t size() const
    {
        return static_cast<std::size_t>(
            std::ranges::count_if(shared_->records, [&](const auto& record) { return is_alive(record.second); }));
    }
    /// Records by key, for tests that spoil them.
    std::map<std::string, std::string> values() const
    {
        std::map<std::string, std::string> all;
        for (const auto& [key, record] : shared_->records)
            all.emplace(key, record.value);
        return all;
    }
    void put(const std::string& key, std::string value) const { shared_->records.at(key).value = std::move(value); }

    Result<std::optional<Record>> load(std::string_view key) const
    {
        if (fails())
            return failure();
        const auto* const found = find(key);
        if (found == nullptr)
            return std::nullopt;
        const auto bytes = as_bytes(found->value);
        return Record{{bytes.begin(), bytes.end()}, 1};
    }
    Result<bool> create(std::string_view key, BytesView value, TimeToLive ttl)
    {
        return fails() ? Result<bool>{failure()} : find(key) == nullptr && write(key, value, ttl);
    }
    Result<bool> store(std::string_view key, BytesView value, TimeToLive ttl)
    {
        return fails() ? Result<bool>{failure()} : find(key) != nullptr && write(key, value, ttl);
    }
    Result<bool> expire(std::string_view key, TimeToLive ttl)
    {
        if (fails())
            return failure();
        auto* const found = find(key);
        if (found != nullptr)
            found->ends = now() + ttl;
        return found != nullptr;
    }
    Result<bool> erase(std::string_view key) { return remove(key, {}, {}); }

    Result<bool> rotate(const Rotation& rotation)
    {
        if (fails())
            return failure();
        auto* const old = rotation.old_key.empty() ? nullptr : find(rotation.old_key);
        if (!rotation.old_key.empty() && old == nullptr)
            return false;
        if (old != nullptr)
            old->ends = std::min<Time>(old->ends, now() + rotation.stale_ttl);
        write(rotation.key, rotation.value, rotation.ttl);
        for (const auto& index : rotation.indexes)
            shared_->indexes[index][member_of(rotation.key)] = now() + rotation.ttl;
        for (const auto* const indexes : {&rotation.indexes, &rotation.left})
            for (const auto& index : *indexes)
                shared_->indexes[index].erase(member_of(rotation.old_key));
        return true;
    }
    Result<bool> remove(std::string_view key, std::span<const std::string> indexes, std::chrono::sys_seconds)
    {
        if (fails())
            return failure();
        for (const auto& index : indexes)
            shared_->indexes[index].erase(member_of(key));
        const bool found = find(key) != nullptr;
        shared_->records.erase(std::string{key});
        return found;
    }
    Result<std::vector<std::string>> members(std::string_view index, std::chrono::sys_seconds) const
    {
        if (fails())
            return failure();
        std::vector<std::string> all;
        for (const auto& [member, ends] : shared_->indexes[std::string{index}])
            if (ends > now())
                all.push_back(member);
        return all;
    }

private:
    using Time = std::chrono::sys_time<std::chrono::milliseconds>;
    struct Kept {
        std::string value;
        Time ends;
    };
    struct Shared {
        World world;
        std::map<std::string, Kept> records;
        std::map<std::string, std::map<std::string, Time>> indexes;
        unsigned calls;
        unsigned fail_at;
    };

    static std::string member_of(std::string_view key) { return std::string{key.substr(key.find(':') + 1)}; }
    static Error failure() { return {errc::store_failed, "told to"}; }
    bool fails() const { return ++shared_->calls == shared_->fail_at; }
    Time now() const { return shared_->world.now(); }
    bool is_alive(const Kept& record) const { return record.ends > now(); }
    Kept* find(std::string_view key) const
    {
        const auto found = shared_->records.find(std::string{key});
        return found == shared_->records.end() || !is_alive(found->second) ? nullptr : &found->second;
    }
    bool write(std::string_view key, BytesView value, TimeToLive ttl)
    {
        shared_->records[std::string{key}] = {std::string{as_text(value)}, now() + ttl};
        return true;
    }

    std::shared_ptr<Shared> shared_;
};

static_assert(RotatingStorage<Records>);

template <class Storage>
struct Place {
    World world;
    Storage storage() const { return {}; }
};
template <>
struct Place<Records> {
    World world;
    Records records{world};
    Records storage() const { return records; }
};
template <>
struct Place<storage::LuaRestyFile> {
    World world;
    scratch::Folder folder{};
    storage::LuaRestyFile storage() const { return storage::LuaRestyFile{{.path = folder.path().string()}}; }
};

/// A shop whose sessions OpenResty could share, at the time it is.
template <class Storage>
struct LuaShop {
    using Session = lua_resty::Session<Storage, shop::Cart, World>;

    explicit LuaShop(Options given = options()) : sessions{std::move(given), place.storage(), {}, world} {}

    static Options options()
    {
        auto options = lua_resty::defaults();
        options.secret = secret;
        return options;
    }

    Session open() { return sessions.open(client.header()); }
    Session open(const Client& other) { return sessions.open(other.header()); }

    /// What came of an operation that sends cookies.
    std::optional<errc> take(const Result<cookie::Lines>& lines) { return take(lines, client); }
    std::optional<errc> take(const Result<cookie::Lines>& lines, Client& whose)
    {
        if (!lines)
            return lines.error().code();
        sent = lines->size();
        whose.take(*lines);
        return std::nullopt;
    }
    template <class Change>
    void with(Change change)
    {
        auto session = open();
        change(session);
        REQUIRE_FALSE(take(session.save()));
    }

    World world{std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now())};
    Place<Storage> place{world};
    typename Session::Manager sessions;
    Client client;
    std::size_t sent = 0;
};

} // namespace lua_resty_test
