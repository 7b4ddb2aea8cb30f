#pragma once

#include <sojourn/storage/cookie.hpp>
#include <sojourn/storage/file.hpp>
#include <sojourn/storage/memory.hpp>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>

// The storages, and what it takes to make them.

namespace bench {

/// A folder that goes with its owner; in memory where the system has a place for that, so that no disk is measured.
class Folder {
public:
    Folder()
    {
        std::string path =
            std::filesystem::is_directory("/dev/shm") ? "/dev/shm" : std::filesystem::temp_directory_path();
        path += "/sojourn-benchmark-XXXXXX";
        path_ = ::mkdtemp(path.data()); // NOLINT: it ends in NUL
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() { std::filesystem::remove_all(path_); }
    const std::filesystem::path& path() const noexcept { return path_; }

private:
    std::filesystem::path path_;
};

enum class Place { cookie, memory, file };

template <class Storage>
struct Stored;
template <>
struct Stored<sojourn::storage::Cookie> {
    static constexpr auto place = Place::cookie;
    static constexpr std::string_view name = "cookie";
    sojourn::storage::Cookie storage;
};
template <>
struct Stored<sojourn::storage::Memory> {
    static constexpr auto place = Place::memory;
    static constexpr std::string_view name = "memory";
    sojourn::storage::Memory storage;
};
/// Without syncing, which would be all that is measured.
template <>
struct Stored<sojourn::storage::File> {
    static constexpr auto place = Place::file;
    static constexpr std::string_view name = "file";
    Folder folder;
    sojourn::storage::File storage{{.path = folder.path(), .durable = false}};
};

} // namespace bench
