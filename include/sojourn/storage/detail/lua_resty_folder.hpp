#pragma once

#include <sojourn/bytes.hpp>
#include <sojourn/chrono.hpp>
#include <sojourn/error.hpp>
#include <sojourn/result.hpp>
#include <sojourn/storage/detail/posix.hpp>

#include <sodium/randombytes.h>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace sojourn::inline v0::storage::detail {

/// The folder of the files of lua-resty-session, open for one call. A file's modification time is its expiry.
class LuaRestyFolder {
public:
    using Time = std::chrono::sys_seconds;

    static Result<LuaRestyFolder> open(const std::string& path, unsigned mode)
    {
        auto folder = open_at(AT_FDCWD, path.c_str(), O_RDONLY | O_DIRECTORY);
        if (!folder)
            return failed("open", path);
        return LuaRestyFolder{std::move(folder), path, mode};
    }

    /// Excludes other writers of ours for as long as the lock, and this, lives.
    Result<Lock> lock() const
    {
        Lock lock{folder_.get(), LOCK_EX};
        if (!lock)
            return failed("lock", path_);
        return lock;
    }

    /// When the file's time is over; nothing if there is no regular file of that name.
    Result<std::optional<Time>> expiry(const std::string& name) const
    {
        struct stat status = {};
        if (::fstatat(folder_.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0)
            return errno == ENOENT ? Result<std::optional<Time>>{std::nullopt} : failed("look", path_);
        if (!S_ISREG(status.st_mode))
            return std::optional<Time>{};
        return std::optional{Time{std::chrono::seconds{status.st_mtime}}};
    }

    /// The whole file; nothing if there is none.
    Result<std::optional<Bytes>> read(const std::string& name) const
    {
        const auto file = open_at(folder_.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
        struct stat status = {};
        if (!file)
            return errno == ENOENT || errno == ELOOP || errno == ENXIO ? Result<std::optional<Bytes>>{std::nullopt}
                                                                       : failed("read", path_);
        if (::fstat(file.get(), &status) != 0)
            return failed("read", path_);
        if (!S_ISREG(status.st_mode))
            return std::optional<Bytes>{};
        Bytes bytes(static_cast<std::size_t>(status.st_size));
        const auto count = read_all(file.get(), bytes);
        if (count < 0)
            return failed("read", path_);
        bytes.resize(static_cast<std::size_t>(count));
        return std::optional{std::move(bytes)};
    }

    /// Puts a file in place, whole, or leaves what was there.
    Result<void> write(const std::string& name, BytesView bytes, Time expires) const
    {
        const std::string draft =
            std::string{draft_prefix} + std::to_string(::getpid()) + "-" + std::to_string(randombytes_random());
        const auto file = open_at(folder_.get(), draft.c_str(), O_WRONLY | O_CREAT | O_EXCL, mode_);
        const bool placed = file && ::fchmod(file.get(), mode_) == 0 && write_all(file.get(), bytes) &&
                            sync(file.get()) && set_expiry(file.get(), expires) &&
                            ::renameat(folder_.get(), draft.c_str(), folder_.get(), name.c_str()) == 0 &&
                            sync(folder_.get());
        if (placed)
            return {};
        auto failure = failed("write", path_);
        ::unlinkat(folder_.get(), draft.c_str(), 0);
        return failure;
    }

    Result<void> expire(const std::string& name, Time expires) const
    {
        const auto file = open_at(folder_.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
        if (!file || !set_expiry(file.get(), expires))
            return failed("set the expiry", path_);
        return {};
    }

    /// Fine if it is not there.
    Result<void> remove(const std::string& name) const
    {
        if (::unlinkat(folder_.get(), name.c_str(), 0) != 0 && errno != ENOENT)
            return failed("remove", path_);
        return {};
    }

    static constexpr std::string_view draft_prefix = ".sojourn-";

private:
    LuaRestyFolder(Descriptor folder, std::string path, unsigned mode) noexcept
        : folder_{std::move(folder)}, path_{std::move(path)}, mode_{static_cast<mode_t>(mode)}
    {
    }

    static bool set_expiry(int file, Time expires) noexcept
    {
        const std::timespec time{static_cast<std::time_t>(expires.time_since_epoch().count()), 0};
        const std::timespec times[2] = {time, time};
        return ::futimens(file, times) == 0;
    }

    Descriptor folder_;
    std::string path_;
    mode_t mode_;
};

/// Goes through a folder's names again and again, a few at a time.
class FolderWalk {
public:
    /// The next name, or nothing at the end of a round. What was made since the round began may be missed.
    std::optional<std::string> next(const std::string& path)
    {
        if (!stream_)
            stream_.reset(::opendir(path.c_str()));
        const dirent* const entry = stream_ ? ::readdir(stream_.get()) : nullptr;
        if (entry != nullptr)
            return entry->d_name;
        stream_.reset();
        return std::nullopt;
    }

private:
    struct Close {
        void operator()(DIR* stream) const noexcept { ::closedir(stream); }
    };
    std::unique_ptr<DIR, Close> stream_;
};

} // namespace sojourn::inline v0::storage::detail
