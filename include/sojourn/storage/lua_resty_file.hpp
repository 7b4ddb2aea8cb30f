#pragma once

#include <sojourn/bytes.hpp>
#include <sojourn/chrono.hpp>
#include <sojourn/concepts.hpp>
#include <sojourn/error.hpp>
#include <sojourn/result.hpp>
#include <sojourn/storage/detail/lua_resty_folder.hpp>
#include <sojourn/storage/detail/lua_resty_log.hpp>
#include <sojourn/storage/key.hpp>
#include <sojourn/storage/rotating.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sojourn::inline v0::storage {

/// The files of lua-resty-session's file storage, in one folder: `[prefix_]cookie_key[.suffix]`, each with its expiry for
/// modification time. Models `RotatingStorage`; blocking.
///
/// A file is written beside its place and renamed into it. Writers of ours exclude each other by flock on the folder; those
/// of Lua take no lock and write in place: what is read while they do so does not open. Each save looks at a few files and
/// removes those whose time is over, as that library does now and then.
///
/// `Clock` tells the time that files end by: the system's, but in tests.
template <class Clock = std::chrono::system_clock>
class BasicLuaRestyFile {
public:
    /// Which folder, and how it is used.
    struct Options {
        /// The folder, which must be there, of this program or of OpenResty. Required.
        std::string path = {};
        /// What that library is told of the same names: `A-Z a-z 0-9 - _ .`, the first no dot. Default: nothing.
        std::string prefix = {};
        std::string suffix = {};
        /// Of new files. Default: 0600. OpenResty's own can be read by all; where it runs as another user than this program,
        /// ours have to be readable to it, too.
        unsigned mode = 0600;
        /// How many files a save looks at for garbage. Default: 4. 0: something else removes what is over.
        std::size_t collect = 4;
    };

    explicit BasicLuaRestyFile(Options options) : shared_{std::make_shared<Shared>(std::move(options))} {}

    /// `errc::unlawful_option` for names that files may not have, `errc::store_failed` for a folder that does not open.
    Result<void> check() const
    {
        for (const auto& [name, text] :
             {std::pair{"prefix", &options().prefix}, std::pair{"suffix", &options().suffix}})
            if (!std::ranges::all_of(*text, [](char c) { return is_key_character(c) || c == '.'; }) ||
                text->starts_with('.') || text->size() > 50)
                return Error{errc::unlawful_option,
                             std::string{name} + ": up to 50 of A-Z a-z 0-9 - _ ., not first a ."};
        if (const auto folder = open(); !folder)
            return folder.error();
        return {};
    }

    Result<std::optional<Record>> load(std::string_view key) const
    {
        const auto folder = open();
        const auto name = file_name(key);
        if (!folder || !name)
            return folder ? unlawful_key() : folder.error();
        if (const auto alive = is_alive(*folder, *name); !alive || !*alive)
            return alive ? Result<std::optional<Record>>{std::nullopt} : alive.error();
        auto value = folder->read(*name);
        if (!value)
            return value.error();
        return *value ? std::optional{Record{std::move(**value), 1}} : std::nullopt;
    }

    Result<bool> create(std::string_view key, BytesView value, TimeToLive ttl)
    {
        return change(key, [&](const Folder& folder, const std::string& name, bool alive) -> Result<bool> {
            return alive ? Result<bool>{false} : is_done(folder.write(name, value, end_of(ttl)));
        });
    }
    Result<bool> store(std::string_view key, BytesView value, TimeToLive ttl)
    {
        return change(key, [&](const Folder& folder, const std::string& name, bool alive) -> Result<bool> {
            return alive ? is_done(folder.write(name, value, end_of(ttl))) : Result<bool>{false};
        });
    }
    Result<bool> expire(std::string_view key, TimeToLive ttl)
    {
        return change(key, [&](const Folder& folder, const std::string& name, bool alive) -> Result<bool> {
            return alive ? is_done(folder.expire(name, end_of(ttl))) : Result<bool>{false};
        });
    }
    Result<bool> erase(std::string_view key) { return remove(key, {}, {}); }

    Result<bool> rotate(const Rotation& rotation)
    {
        collect();
        const bool follows = !rotation.old_key.empty();
        return change(follows ? rotation.old_key : rotation.key,
                      [&](const Folder& folder, const std::string& old, bool alive) -> Result<bool> {
                          if (follows && !alive)
                              return false;
                          return rotate(folder, rotation, follows ? &old : nullptr);
                      });
    }

    Result<bool> remove(std::string_view key, std::span<const std::string> indexes, std::chrono::sys_seconds now)
    {
        return change(key, [&](const Folder& folder, const std::string& name, bool alive) -> Result<bool> {
            if (const auto removed = folder.remove(name); !removed)
                return removed.error();
            for (const auto& index : indexes)
                if (const auto left = append(folder, index, detail::log_removal(member_of(key)), now); !left)
                    return left.error();
            return alive;
        });
    }

    Result<std::vector<std::string>> members(std::string_view index, std::chrono::sys_seconds now) const
    {
        const auto folder = open();
        const auto name = file_name(index);
        if (!folder)
            return folder.error();
        if (!name)
            return std::vector<std::string>{}; // none that a file could have
        const auto log = folder->read(*name);
        if (!log)
            return log.error();
        return detail::log_members(*log ? as_text(**log) : std::string_view{}, now);
    }

private:
    using Folder = detail::LuaRestyFolder;
    using Time = std::chrono::sys_seconds;

    struct Shared {
        explicit Shared(Options given) : options{std::move(given)} {}
        Options options;
        std::mutex mutex;
        detail::FolderWalk walk; ///< of the garbage collection, which one thread does at a time
    };
    const Options& options() const noexcept { return shared_->options; }

    static Time now() { return std::chrono::floor<std::chrono::seconds>(Clock::now()); }
    static Time end_of(TimeToLive ttl)
    {
        return now() + std::min(std::chrono::ceil<std::chrono::seconds>(ttl), std::chrono::seconds{34'560'000});
    }
    static std::string_view member_of(std::string_view key) noexcept { return key.substr(key.find(':') + 1); }
    static Result<bool> is_done(const Result<void>& done) { return done ? Result<bool>{true} : done.error(); }

    Result<Folder> open() const { return Folder::open(options().path, options().mode); }

    /// Nothing for what no file may be called. The key's first colon stands between the cookie's name and the rest.
    std::optional<std::string> file_name(std::string_view key) const
    {
        constexpr std::size_t longest = 255;
        std::string name = options().prefix.empty() ? std::string{} : options().prefix + "_";
        name.append(key);
        if (const auto colon = key.find(':'); colon != std::string_view::npos)
            name[name.size() - key.size() + colon] = '_';
        if (!options().suffix.empty())
            name.append(".").append(options().suffix);
        const bool lawful = !key.empty() && name.size() <= longest && name.find('/') == std::string::npos &&
                            name.find('\0') == std::string::npos && !name.starts_with('.');
        return lawful ? std::optional{std::move(name)} : std::nullopt;
    }

    static Result<bool> is_alive(const Folder& folder, const std::string& name)
    {
        const auto expires = folder.expiry(name);
        if (!expires)
            return expires.error();
        return *expires && **expires > now();
    }

    /// `f(folder, name, alive)` while no other writer of ours changes anything.
    template <class F>
    Result<bool> change(std::string_view key, F f)
    {
        const auto name = file_name(key);
        if (!name)
            return unlawful_key();
        const auto folder = open();
        if (!folder)
            return folder.error();
        const auto lock = folder->lock();
        if (!lock)
            return lock.error();
        const auto alive = is_alive(*folder, *name);
        return alive ? f(*folder, *name, *alive) : alive;
    }

    Result<bool> rotate(const Folder& folder, const Rotation& rotation, const std::string* old)
    {
        const auto name = file_name(rotation.key);
        if (!name)
            return unlawful_key();
        const Time expires = rotation.now + rotation.ttl;
        if (const auto written = folder.write(*name, rotation.value, expires); !written)
            return written.error();

        const auto gone = old != nullptr ? detail::log_removal(member_of(rotation.old_key)) : std::string{};
        const auto come = detail::log_entry(member_of(rotation.key), expires);
        for (const auto& index : rotation.indexes)
            if (const auto listed = append(folder, index, come + gone, rotation.now, expires); !listed)
                return listed.error();
        for (const auto& index : rotation.left)
            if (const auto listed = append(folder, index, gone, rotation.now); !listed)
                return listed.error();

        if (old == nullptr)
            return true;
        if (rotation.stale_ttl.count() == 0)
            return is_done(folder.remove(*old));
        const auto stands = folder.expiry(*old);
        if (!stands)
            return stands.error();
        const Time stale = rotation.now + rotation.stale_ttl;
        return *stands && **stands > stale ? is_done(folder.expire(*old, stale)) : Result<bool>{true};
    }

    /// Adds to the log of an index, which lives as long as the last of its sessions.
    Result<void> append(const Folder& folder, std::string_view index, const std::string& text, Time when,
                        Time expires = {})
    {
        const auto name = file_name(index);
        if (!name)
            return {}; // of a subject that is listed nowhere
        const auto standing = folder.read(*name);
        const auto until = folder.expiry(*name);
        if (!standing || !until)
            return standing ? until.error() : standing.error();
        if (!*standing && expires == Time{})
            return {}; // nothing to take out
        auto log = std::string{*standing ? as_text(**standing) : std::string_view{}} + text;
        if (detail::wants_compaction(log, when))
            log = detail::compact_log(log, when).text;
        return folder.write(*name, as_bytes(log), std::max(expires, until->value_or(when)));
    }

    /// Removes a few of the files whose time is over, unless another thread is at it.
    void collect()
    {
        const std::unique_lock alone{shared_->mutex, std::try_to_lock};
        const auto folder = open();
        if (!alone || !folder)
            return;
        for (std::size_t i = 0; i != options().collect; ++i) {
            const auto name = shared_->walk.next(options().path);
            if (!name)
                return;
            if (!is_ours(*name))
                continue;
            const auto lock = folder->lock();
            const auto expires = folder->expiry(*name);
            if (lock && expires && *expires && **expires + std::chrono::seconds{60} < now())
                static_cast<void>(folder->remove(*name));
        }
    }

    bool is_ours(std::string_view name) const
    {
        const auto& [path, prefix, suffix, mode, count] = options();
        return name.starts_with(Folder::draft_prefix) ||
               ((prefix.empty() || name.starts_with(prefix + "_")) &&
                (suffix.empty() || name.ends_with("." + suffix)) && name.find('_') != std::string_view::npos &&
                !name.starts_with('.'));
    }

    std::shared_ptr<Shared> shared_;
};

/// `BasicLuaRestyFile` by the system's clock.
using LuaRestyFile = BasicLuaRestyFile<>;

} // namespace sojourn::inline v0::storage
