#pragma once

#include <sojourn/bytes.hpp>
#include <sojourn/error.hpp>
#include <sojourn/result.hpp>
#include <sojourn/storage/detail/posix.hpp>
#include <sojourn/storage/detail/record_file.hpp>

#include <sodium/randombytes.h>
#include <sodium/utils.h>

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace sojourn::inline v0::storage::detail {

/// Makes the folder and those above it, each mode 0700. Fine if it exists. False: errno tells.
inline bool make_folder(const std::string& path, bool durable)
{
    if (::mkdir(path.c_str(), 0700) == 0) {
        if (!durable)
            return true;
        const auto above = open_at(AT_FDCWD, (path + "/..").c_str(), O_RDONLY | O_DIRECTORY);
        return above && sync(above.get());
    }
    if (errno == EEXIST)
        return true;
    const auto slash = path.find_last_of('/');
    if (errno != ENOENT || slash == std::string::npos || slash == 0)
        return false;
    return make_folder(path.substr(0, slash), durable) && make_folder(path, durable);
}

/// A folder of records, open for one call.
///
/// Its flock is what excludes other writers. It is taken on the folder itself, opened anew for each call: so it holds
/// between threads and processes alike, the kernel drops it with whoever dies, and there is no lock file that could be
/// removed. A folder that was removed and made again is another one; in the old one nothing can be put in place any more.
class RecordFolder {
public:
    /// No folder: `nullopt`.
    static Result<std::optional<RecordFolder>> open(std::string path)
    {
        auto folder = open_at(AT_FDCWD, path.c_str(), O_RDONLY | O_DIRECTORY);
        if (folder)
            return std::optional{RecordFolder{std::move(folder), std::move(path)}};
        if (errno == ENOENT)
            return std::optional<RecordFolder>{};
        return failed("open", path);
    }

    static Result<std::optional<RecordFolder>> make(std::string path, bool durable)
    {
        auto folder = open(path);
        if (!folder || *folder)
            return folder;
        if (!make_folder(path, durable))
            return failed("make a folder", path);
        return open(std::move(path));
    }

    int get() const noexcept { return folder_.get(); }
    const std::string& path() const noexcept { return path_; }

    /// Excludes other writers for as long as the lock, and this, lives.
    Result<Lock> lock() const
    {
        Lock lock{get(), LOCK_EX};
        if (!lock)
            return failed("lock", path_);
        return lock;
    }

    Result<Standing> look(const std::string& name, FileTime now) const
    {
        auto standing = detail::look(get(), name.c_str(), name, now);
        if (!standing)
            return failed("read", path_);
        return std::move(*standing);
    }

    Result<void> sync() const
    {
        if (!detail::sync(get()))
            return failed("sync", path_);
        return {};
    }

    Result<void> remove(const std::string& name) const
    {
        if (::unlinkat(get(), name.c_str(), 0) != 0 && errno != ENOENT)
            return failed("remove", path_);
        return {};
    }

private:
    RecordFolder(Descriptor folder, std::string path) noexcept : folder_{std::move(folder)}, path_{std::move(path)} {}

    Descriptor folder_;
    std::string path_;
};

/// A record's file before it takes its place: whole, under a name no key can have. Removed if it never does.
class Draft {
public:
    static constexpr std::string_view prefix = ".new-";
    static constexpr std::size_t name_length = prefix.size() + 32;

    /// Whether a file of this name is a draft, perhaps one whose writer died.
    static bool is_name(std::string_view name) noexcept
    {
        return name.size() == name_length && name.substr(0, prefix.size()) == prefix;
    }

    /// `nullopt`: the folder has been removed.
    static Result<std::optional<Draft>> write(const RecordFolder& folder, const std::string& name,
                                              const RecordHead& head, BytesView value, bool durable)
    {
        Draft draft{folder};
        const auto file = open_at(folder.get(), draft.name_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
        if (!file) {
            if (errno == ENOENT)
                return std::optional<Draft>{};
            return failed("create a file", folder.path());
        }
        draft.exists_ = true;
        if (!write_all(file.get(), head.encode(name)) || !write_all(file.get(), value))
            return failed("write", folder.path());
        if (durable && !detail::sync(file.get()))
            return failed("sync", folder.path());
        return std::optional{std::move(draft)};
    }

    Draft(Draft&& other) noexcept
        : folder_{other.folder_}, name_{std::move(other.name_)}, exists_{std::exchange(other.exists_, false)}
    {
    }
    ~Draft()
    {
        const int reason = errno;
        if (exists_)
            ::unlinkat(folder_->get(), name_.c_str(), 0);
        errno = reason;
    }

    const char* path() const noexcept { return name_.c_str(); }

    /// Takes the place of whatever file stands under `name`, in one step.
    Result<void> publish(const std::string& name)
    {
        if (::renameat(folder_->get(), name_.c_str(), folder_->get(), name.c_str()) != 0)
            return failed("rename", folder_->path());
        exists_ = false;
        return {};
    }

private:
    explicit Draft(const RecordFolder& folder) : folder_{&folder}
    {
        std::array<unsigned char, 16> random;
        std::array<char, 33> hex;
        randombytes_buf(random.data(), random.size());
        name_.append(prefix).append(sodium_bin2hex(hex.data(), hex.size(), random.data(), random.size()));
    }

    const RecordFolder* folder_;
    std::string name_;
    bool exists_ = false;
};

} // namespace sojourn::inline v0::storage::detail
