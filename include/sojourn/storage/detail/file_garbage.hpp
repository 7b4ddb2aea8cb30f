#pragma once

#include <sojourn/chrono.hpp>
#include <sojourn/storage/detail/file_layout.hpp>
#include <sojourn/storage/detail/posix.hpp>
#include <sojourn/storage/detail/record_file.hpp>
#include <sojourn/storage/detail/record_folder.hpp>

#include <sodium/randombytes.h>

#include <dirent.h>

#include <cstddef>
#include <memory>
#include <mutex>

namespace sojourn::inline v0::storage {

/// What a round of garbage collection did.
struct Collected {
    std::size_t looked = 0; ///< folders opened and entries read
    std::size_t removed = 0;
};

namespace detail {

/// Goes round the folders a few entries a call, for ever, and removes what is ours and over: expired records, and drafts
/// whose writer died. It starts anywhere, so that processes that share a storage, or restart, do not all sweep one corner.
class FileGarbage {
public:
    /// Looks at no more than `looks` entries, and goes round no more than once. At most one thread sweeps at a time;
    /// the others, and whoever would have to wait for a folder's lock, go on without.
    Collected collect(const FileLayout& layout, std::size_t looks)
    {
        Collected done;
        const std::unique_lock sweeping{mutex_, std::try_to_lock};
        if (!sweeping)
            return done;
        for (unsigned opened = 0; done.looked < looks; ++done.looked) {
            if (!stream_) {
                if (opened++ == FileLayout::folders)
                    break;
                stream_.reset(::opendir(layout.folder(next_).c_str()));
                next_ = (next_ + 1) % FileLayout::folders;
            } else if (const dirent* entry = ::readdir(stream_.get())) {
                done.removed += remove_if_over(layout, ::dirfd(stream_.get()), entry->d_name);
            } else {
                stream_.reset();
            }
        }
        return done;
    }

private:
    static constexpr std::chrono::minutes oldest_draft{10};

    struct Close {
        void operator()(DIR* stream) const noexcept { ::closedir(stream); }
    };

    static bool remove_if_over(const FileLayout& layout, int folder, const char* name)
    {
        if (Draft::is_name(name))
            return is_abandoned(folder, name) && ::unlinkat(folder, name, 0) == 0;
        if (!layout.is_name(name) || !is_expired(folder, name))
            return false;
        // It may be renewed at this moment: only under the lock is the answer good for as long as it takes to remove it.
        const auto again = open_at(folder, ".", O_RDONLY | O_DIRECTORY);
        const Lock lock{again.get(), LOCK_EX | LOCK_NB};
        return lock && is_expired(folder, name) && ::unlinkat(folder, name, 0) == 0;
    }

    static bool is_abandoned(int folder, const char* name) noexcept
    {
        const auto oldest = std::chrono::system_clock::now() - oldest_draft;
        struct stat status = {};
        return ::fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(status.st_mode) &&
               status.st_mtime < std::chrono::system_clock::to_time_t(oldest); // in seconds, where no time overflows
    }

    static bool is_expired(int folder, const char* name) noexcept
    {
        const auto file = open_at(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
        struct stat status = {};
        if (!file || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode))
            return false;
        const auto head = RecordHead::read(file.get(), name);
        return head && head->expires <= file_time_now();
    }

    std::mutex mutex_;
    unsigned next_ = randombytes_uniform(FileLayout::folders);
    std::unique_ptr<DIR, Close> stream_;
};

} // namespace detail
} // namespace sojourn::inline v0::storage
