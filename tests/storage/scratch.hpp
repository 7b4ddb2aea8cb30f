#pragma once

#include <doctest/doctest.h>

#include <stdlib.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

/// What the tests that touch files share: a folder of their own, and child processes.
namespace scratch {

namespace fs = std::filesystem;

class Folder {
public:
    explicit Folder(const fs::path& parent = fs::temp_directory_path())
    {
        std::string name = parent / "sojourn-test-XXXXXX";
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        path_ = name;
    }
    Folder(Folder&&) = delete;
    ~Folder()
    {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }

    const fs::path& path() const noexcept { return path_; }

    /// All files, however deep, that are no folders.
    std::vector<fs::path> files() const
    {
        std::vector<fs::path> all;
        for (const auto& entry : fs::recursive_directory_iterator{path_})
            if (!entry.is_directory() || entry.is_symlink())
                all.push_back(entry.path());
        return all;
    }

private:
    fs::path path_;
};

inline std::string read(const fs::path& file)
{
    std::ifstream stream{file, std::ios::binary};
    return {std::istreambuf_iterator<char>{stream}, {}};
}

inline void write(const fs::path& file, std::string_view text)
{
    std::ofstream{file, std::ios::binary | std::ios::trunc} << text;
}

/// A forked child that calls `act` and exits with what it returns.
template <class Act>
pid_t start_child(Act act)
{
    const auto child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        int code = 99;
        try {
            code = act();
        } catch (...) {
        }
        ::_exit(code); // without the parent's destructors
    }
    return child;
}

/// What the child exited with; -1 if a signal ended it.
inline int exit_code(pid_t child)
{
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

template <class Act>
int in_child(Act act)
{
    return exit_code(start_child(act));
}

} // namespace scratch
