#pragma once

#include <sojourn/bytes.hpp>
#include <sojourn/error.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

/// The few POSIX calls the file storage is made of. They report as the system does: a plain answer, the reason in errno.
namespace sojourn::inline v0::storage::detail {

/// A file descriptor, closed at the end of its scope. Closing leaves errno as it was.
class Descriptor {
public:
    Descriptor() noexcept = default;
    explicit Descriptor(int number) noexcept : number_{number} {}
    Descriptor(Descriptor&& other) noexcept : number_{std::exchange(other.number_, -1)} {}
    Descriptor& operator=(Descriptor&& other) noexcept
    {
        std::swap(number_, other.number_);
        return *this;
    }
    ~Descriptor()
    {
        if (number_ < 0)
            return;
        const int reason = errno;
        ::close(number_);
        errno = reason;
    }

    explicit operator bool() const noexcept { return number_ >= 0; }
    int get() const noexcept { return number_; }

private:
    int number_ = -1;
};

/// Calls again for as long as a signal interrupts.
template <class Call>
auto uninterrupted(Call call) noexcept
{
    auto answer = call();
    while (answer == -1 && errno == EINTR)
        answer = call();
    return answer;
}

/// The flock on an open file or folder, if it was had, until the end of the scope.
///
/// It is undone by name: a child that was forked meanwhile has a copy of the descriptor, and while that lives closing ours
/// would leave the lock to it.
class Lock {
public:
    /// `how`: LOCK_EX, and LOCK_NB where waiting is out of the question.
    Lock(int file, int how) noexcept : file_{uninterrupted([&] { return ::flock(file, how); }) == 0 ? file : -1} {}
    Lock(Lock&& other) noexcept : file_{std::exchange(other.file_, -1)} {}
    ~Lock() { release(); }

    explicit operator bool() const noexcept { return file_ >= 0; }
    void release() noexcept
    {
        if (*this)
            ::flock(std::exchange(file_, -1), LOCK_UN);
    }

private:
    int file_;
};

/// Never passed on to a program that is executed.
inline Descriptor open_at(int folder, const char* path, int flags, mode_t mode = 0) noexcept
{
    return Descriptor{uninterrupted([&] { return ::openat(folder, path, flags | O_CLOEXEC, mode); })};
}

inline bool write_all(int file, BytesView bytes) noexcept
{
    while (!bytes.empty()) {
        const auto written = uninterrupted([&] { return ::write(file, bytes.data(), bytes.size()); });
        if (written < 0)
            return false;
        bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
    return true;
}

/// Reads until `bytes` is full or the file ends: how many were read, -1 if the system failed.
inline ssize_t read_all(int file, std::span<std::byte> bytes) noexcept
{
    std::size_t done = 0;
    while (done < bytes.size()) {
        const auto count = uninterrupted([&] { return ::read(file, bytes.data() + done, bytes.size() - done); });
        if (count < 0)
            return -1;
        if (count == 0)
            break;
        done += static_cast<std::size_t>(count);
    }
    return static_cast<ssize_t>(done);
}

/// Has the file or folder on the disk itself. File systems that cannot sync a folder say EINVAL; nothing can be done.
inline bool sync(int file) noexcept
{
#ifdef F_FULLFSYNC
    if (uninterrupted([&] { return ::fcntl(file, F_FULLFSYNC); }) == 0)
        return true;
#endif
    return uninterrupted([&] { return ::fsync(file); }) == 0 || errno == EINVAL;
}

/// `errc::store_failed` with what was tried, in which folder, and the system's words for errno.
inline Error failed(std::string_view operation, std::string_view folder)
{
    const std::error_code reason{errno, std::system_category()};
    return {errc::store_failed, std::string{operation}.append(" in ").append(folder).append(": ") + reason.message()};
}

} // namespace sojourn::inline v0::storage::detail
