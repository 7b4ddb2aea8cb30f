#pragma once

// The files of a case, in a folder of its own.

#include "environment.hpp"
#include "json.hpp"
#include "report.hpp"
#include "stores.hpp"

#include <sojourn/storage/detail/lua_resty_log.hpp>
#include <sojourn/storage/lua_resty_file.hpp>

#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace lua_resty_vectors {

class InFiles {
public:
    using Storage = sojourn::storage::BasicLuaRestyFile<Clock>;

    explicit InFiles(const Json& one)
    {
        std::string name = (std::filesystem::temp_directory_path() / "lua_resty_vectors.XXXXXX").string();
        folder_ = ::mkdtemp(name.data());
        const auto config = one.at("steps").at(0).at("config").value("file", Json::object());
        prefix_ = text_or(config, "prefix");
        suffix_ = text_or(config, "suffix");
    }
    InFiles(const InFiles&) = delete;
    InFiles& operator=(const InFiles&) = delete;
    ~InFiles() { std::filesystem::remove_all(folder_); }

    Storage storage() const
    {
        return Storage{{.path = folder_.string(), .prefix = prefix_, .suffix = suffix_, .collect = 0}};
    }

    std::optional<std::string> payload(const std::string& key) const
    {
        std::string name = prefix_.empty() ? std::string{} : prefix_ + "_";
        name += key;
        name[name.size() - key.size() + key.find(':')] = '_';
        return payload_in(content(suffix_.empty() ? name : name + "." + suffix_));
    }

    static void set_up(const Json&) {}

    /// All files: their content, expiry and mode. Ours are 0600.
    void compare(const Json& recorded, const auto& changes, Report& report)
    {
        std::map<std::string, Json> expected;
        for (const Json& file : recorded)
            expected.emplace(file.at("file").get<std::string>(), file);
        for (const auto& entry : std::filesystem::directory_iterator{folder_}) {
            const auto name = entry.path().filename().string();
            const auto found = expected.find(name);
            if (found == expected.end())
                report.fail("a file that was not recorded", name);
            else
                compare_file(name, found->second, changes, report);
            expected.erase(name);
        }
        for (const auto& [name, file] : expected) {
            if (changes.login && !is_index(name))
                gone_.insert(name);
            report.check(gone_.contains(name) || is_empty_index(file), "a file that is not there", name);
        }
    }

private:
    static bool is_index(std::string_view name) { return name.find(':') != std::string_view::npos; }
    static bool is_empty_index(const Json& file)
    {
        return is_index(file.at("file").get<std::string>()) &&
               sojourn::storage::detail::read_log(file.at("content").get<std::string>(), Clock::now()).empty();
    }

    std::string content(const std::string& name) const
    {
        std::ifstream file{folder_ / name, std::ios::binary};
        return {std::istreambuf_iterator<char>{file}, {}};
    }

    void compare_file(const std::string& name, const Json& recorded, const auto& changes, Report& report) const
    {
        struct stat status = {};
        report.check(::stat((folder_ / name).c_str(), &status) == 0 && (status.st_mode & 0777) == 0600,
                     "the mode of " + name);
        const auto theirs = recorded.at("content").get<std::string>();
        if (is_index(name)) { // its log may be shorter here, and lives as long as the last of its sessions
            const auto now = Clock::now();
            report.check(sojourn::storage::detail::read_log(content(name), now) ==
                             sojourn::storage::detail::read_log(theirs, now),
                         "the index " + name, "\n    ours:     " + content(name) + "\n    recorded: " + theirs);
            return;
        }
        bool arbitrary = false;
        for (const auto& id : changes.arbitrary_ids)
            arbitrary = arbitrary || name.find(id.substr(id.find(':') + 1)) != std::string::npos;
        compare_records(content(name), theirs, arbitrary, "the file " + name, report);
        if (arbitrary) { // in whose order the cookies of the steps that follow have it
            std::ofstream{folder_ / name, std::ios::binary} << theirs;
            const std::array times{status.st_atim, status.st_mtim};
            ::utimensat(AT_FDCWD, (folder_ / name).c_str(), times.data(), 0);
        }
        const auto expires = recorded.at("mtime").get<long long>();
        report.check(std::abs(status.st_mtime - expires) <= 1 || status.st_mtime + 2 * changes.age.count() == expires,
                     "the expiry of " + name,
                     "is " + std::to_string(status.st_mtime) + ", recorded " + std::to_string(expires));
    }

    std::filesystem::path folder_;
    std::string prefix_, suffix_;
    std::set<std::string> gone_;
};

} // namespace lua_resty_vectors
