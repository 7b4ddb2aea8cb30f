#include <sojourn/storage/file.hpp>

#include <sojourn/testing/storage_conformance.hpp>

#include "scratch.hpp"

#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using namespace sojourn;
using namespace std::chrono_literals;
using scratch::Folder;
using storage::File;
namespace fs = std::filesystem;

static_assert(VersionedStorage<File> && !AwaitableStorage<File> && !CookieStorage<File>);

/// Without syncing, which tests do not outlive.
File open(const Folder& folder) { return File{{.path = folder.path(), .durable = false}}; }

/// The one record's file; it has to be the only one.
fs::path only_file(const Folder& folder)
{
    const auto files = folder.files();
    REQUIRE(files.size() == 1);
    return files.front();
}

mode_t mode_of(const fs::path& path)
{
    struct stat status = {};
    REQUIRE(::lstat(path.c_str(), &status) == 0);
    return status.st_mode & 07777;
}

template <class Answer>
bool failed(const Answer& answer, std::string_view folder, std::string_view key)
{
    if (answer.has_value() || answer.error() != errc::store_failed)
        return false;
    const auto detail = answer.error().detail();
    return detail.find(folder) != detail.npos && detail.find(key) == detail.npos;
}

/// As a user without privileges, whom file modes stop. Root is not stopped by them.
bool become_nobody() { return ::geteuid() != 0 || (::setgid(65534) == 0 && ::setuid(65534) == 0); }

} // namespace

TEST_CASE("files keep the laws of a versioned storage, of concurrent calls too")
{
    const Folder folder;
    testing::StorageConformance suite{[&] { return open(folder); }};
    for (const auto& law : suite.laws())
        SUBCASE(std::string{law.name}.c_str())
        {
            const auto failures = suite.check(law);
            for (const auto& failure : failures)
                MESSAGE(failure.what);
            CHECK(failures.empty());
        }
}

TEST_CASE("durable files, with a prefix and a suffix, keep them too")
{
    const Folder folder;
    testing::StorageConformance suite{
        [&] { return File{{.path = folder.path(), .prefix = "sess_", .suffix = ".session"}}; }, {.rounds = 10}};
    for (const auto& failure : suite.run())
        FAIL_CHECK(failure.law, ": ", failure.what);
}

TEST_CASE("a record is one file, named after its key, in a folder made for it")
{
    const Folder folder;
    File file{{.path = folder.path() / "a" / "b", .prefix = "p.", .suffix = ".s"}};
    CHECK_FALSE(*file.load("key"));
    CHECK_FALSE(*file.store("key", {}, 1h));
    CHECK_FALSE(*file.expire("key", 1h));
    CHECK_FALSE(*file.erase("key"));
    CHECK(fs::is_empty(folder.path())); // only create and check make folders
    CHECK(*file.create("key", as_bytes("value"), 1h));
    CHECK(only_file(folder).filename() == "p.key.s");
    CHECK(only_file(folder).parent_path().parent_path() == folder.path() / "a" / "b");
    CHECK(*file.erase("key"));
    CHECK(folder.files().empty());
    CHECK(file.check().has_value());
    CHECK(folder.files().empty());
}

TEST_CASE("prior art 14: files are private, whatever the umask")
{
    const Folder folder;
    const auto code = scratch::in_child([&] {
        ::umask(0);
        File file{{.path = folder.path() / "deep" / "er", .durable = false}};
        return *file.create("key", as_bytes("v"), 1h) && *file.store("key", as_bytes("w"), 1h) ? 0 : 1;
    });
    CHECK(code == 0);
    auto path = only_file(folder);
    CHECK(mode_of(path) == 0600);
    for (path = path.parent_path(); path != folder.path(); path = path.parent_path())
        CHECK(mode_of(path) == 0700);
}

TEST_CASE("prior art 30: a file holds wall-clock time")
{
    const Folder folder;
    REQUIRE(*open(folder).create("key", as_bytes("v"), 1h));
    const auto text = scratch::read(only_file(folder));
    std::uint64_t milliseconds = 0;
    for (std::size_t i = 8; i-- > 0;)
        milliseconds = milliseconds << 8 | static_cast<unsigned char>(text.at(16 + i));
    const auto left = std::chrono::system_clock::time_point{std::chrono::milliseconds{milliseconds}} -
                      std::chrono::system_clock::now();
    CHECK(left > 59min);
    CHECK(left <= 60min + 1ms);
}

TEST_CASE("prior art 26: no key and no option leaves the folder")
{
    const Folder folder;
    fs::create_directory(folder.path() / "inside");
    File file{{.path = folder.path() / "inside", .durable = false}};
    for (const auto* key :
         {"../x", "..", ".", "/etc/passwd", "a/b", "a/../../x", ".new-0123456789abcdef0123456789abcdef"}) {
        CHECK(file.create(key, {}, 1h).error() == errc::unlawful_option);
        CHECK(file.erase(key).error() == errc::unlawful_option);
    }
    CHECK(file.load({"a\0b", 3}).error() == errc::unlawful_option);

    const auto refused = [](const File::Options& options, std::string_view name) {
        File bad{options};
        CHECK(bad.check().error() == errc::unlawful_option);
        CHECK(bad.check().error().detail().find(name) != std::string::npos);
        CHECK(bad.create("key", {}, 1h).error() == errc::unlawful_option);
        CHECK(bad.load("key").error() == errc::unlawful_option);
        CHECK(bad.store("key", {}, 1h).error() == errc::unlawful_option);
        CHECK(bad.store_if("key", 1, {}, 1h).error() == errc::unlawful_option);
        CHECK(bad.expire("key", 1h).error() == errc::unlawful_option);
        CHECK(bad.erase("key").error() == errc::unlawful_option);
        CHECK(bad.collect().looked == 0);
    };
    const auto inside = folder.path() / "inside";
    refused({}, "path");
    refused({.path = std::string{"/tmp/a\0b", 8}}, "path");
    refused({.path = inside, .prefix = "../"}, "prefix");
    refused({.path = inside, .prefix = "a/"}, "prefix");
    refused({.path = inside, .prefix = "."}, "prefix");
    refused({.path = inside, .prefix = std::string(101, 'a')}, "prefix");
    refused({.path = inside, .suffix = "/../x"}, "suffix");
    refused({.path = inside, .suffix = std::string{"\0", 1}}, "suffix");
    CHECK(folder.files().empty());
    CHECK(fs::is_empty(inside));
}

TEST_CASE("what is cut short, lengthened or changed in any byte is nothing found")
{
    const Folder folder;
    auto file = open(folder);
    REQUIRE(*file.create("key", as_bytes("the value"), 1h));
    const auto path = only_file(folder);
    const auto whole = scratch::read(path);
    REQUIRE(whole.size() == 64 + 9);
    const auto is_nothing = [&](const std::string& text) {
        scratch::write(path, text);
        const auto found = file.load("key");
        return found && !*found && !*file.store("key", {}, 1h) && !*file.expire("key", 1h) &&
               file.store_if("key", 1, {}, 1h)->status == StoreOutcome::Status::missing;
    };
    for (std::size_t size = 0; size < whole.size(); ++size) {
        CAPTURE(size);
        CHECK(is_nothing(whole.substr(0, size)));
    }
    CHECK(is_nothing(whole + '\0'));
    CHECK(is_nothing(whole + whole));
    CHECK(is_nothing(std::string(100'000, '\0')));
    for (std::size_t i = 0; i < whole.size(); ++i)
        for (const int change : {0x01, 0x80, 0xff}) {
            CAPTURE(i);
            auto changed = whole;
            changed[i] = static_cast<char>(changed[i] ^ change);
            CHECK(is_nothing(changed));
        }
    CHECK(file.collect().removed == 0);

    scratch::write(path, whole);
    CHECK(*file.load("key")); // it is the same file that was not found
    scratch::write(path, whole.substr(1));
    CHECK(*file.create("key", as_bytes("new"), 1h)); // under the record's own name what is damaged makes way
    CHECK(as_text((*file.load("key"))->value) == "new");
    scratch::write(path, whole.substr(1));
    CHECK_FALSE(*file.erase("key"));
    CHECK(folder.files().empty());
}

TEST_CASE("a record under another key's name is nothing found")
{
    const Folder folder;
    auto file = open(folder);
    REQUIRE(*file.create("mine", as_bytes("my data"), 1h));
    const auto mine = only_file(folder);
    REQUIRE(*file.create("yours", as_bytes("your data"), 1h));
    for (const auto& path : folder.files())
        if (path != mine)
            fs::copy_file(mine, path, fs::copy_options::overwrite_existing);
    CHECK(*file.load("mine"));
    CHECK_FALSE(*file.load("yours"));
}

TEST_CASE("what is no regular file is nothing found, and neither waited for nor touched")
{
    const Folder folder;
    auto file = open(folder);
    REQUIRE(*file.create("key", as_bytes("v"), 1h));
    const auto path = only_file(folder);
    const auto elsewhere = folder.path() / "elsewhere";

    SUBCASE("a pipe") { REQUIRE((fs::remove(path) && ::mkfifo(path.c_str(), 0600) == 0)); }
    SUBCASE("a link to a record") { fs::rename(path, elsewhere), fs::create_symlink(elsewhere, path); }
    SUBCASE("a link to nothing") { fs::remove(path), fs::create_symlink(elsewhere, path); }
    SUBCASE("a link to itself") { fs::remove(path), fs::create_symlink(path, path); }
    SUBCASE("a folder") { fs::remove(path), fs::create_directory(path); }
    SUBCASE("a socket")
    {
        fs::remove(path);
        sockaddr_un address = {};
        address.sun_family = AF_UNIX;
        REQUIRE(path.native().size() < sizeof(address.sun_path));
        std::memcpy(address.sun_path, path.c_str(), path.native().size());
        const storage::detail::Descriptor socket{::socket(AF_UNIX, SOCK_STREAM, 0)};
        REQUIRE(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0);
    }
    if (!fs::is_regular_file(fs::symlink_status(path))) {
        CHECK_FALSE(*file.load("key"));
        CHECK_FALSE(*file.store("key", {}, 1h));
        CHECK_FALSE(*file.expire("key", 1h));
        CHECK_FALSE(*file.erase("key"));
        CHECK(file.store_if("key", 1, {}, 1h)->status == StoreOutcome::Status::missing);
        CHECK(failed(file.create("key", {}, 1h), path.parent_path().native(), "key"));
        CHECK(file.collect().removed == 0);
        CHECK(fs::exists(fs::symlink_status(path)));
        CHECK(scratch::read(elsewhere).size() == (fs::exists(elsewhere) ? 65 : 0));
    }
}

TEST_CASE("a disk without room harms nothing old")
{
    const Folder folder;
    auto file = open(folder);
    REQUIRE(*file.create("key", as_bytes("old"), 1h));
    const auto path = only_file(folder);
    REQUIRE(*file.create("long", Bytes(20'000), 1h));
    const auto code = scratch::in_child([&] {
        ::signal(SIGXFSZ, SIG_IGN);
        const rlimit limit{10'000, 10'000}; // what is written past it fails
        if (::setrlimit(RLIMIT_FSIZE, &limit) != 0)
            return 1;
        const Bytes large(20'000);
        const auto shard = path.parent_path().native();
        if (!failed(file.store("key", large, 1h), shard, "key") ||
            !failed(file.store_if("key", 1, large, 1h), shard, "key"))
            return 2;
        if (!failed(file.create("other", large, 1h), folder.path().native(), "other") || *file.load("other"))
            return 3;
        if (!failed(file.expire("long", 1h), folder.path().native(), "long") || !*file.load("long"))
            return 4;
        return as_text((*file.load("key"))->value) == "old" && *file.store("key", as_bytes("small"), 1h) ? 0 : 5;
    });
    CHECK(code == 0);
    CHECK(as_text((*file.load("key"))->value) == "small");
    CHECK(*file.erase("long"));
    CHECK(only_file(folder) == path); // nor are there leavings
}

TEST_CASE("a process without descriptors gets an error, not a missing session")
{
    const Folder folder;
    auto file = open(folder);
    REQUIRE(*file.create("key", as_bytes("old"), 1h));
    const auto code = scratch::in_child([&] {
        const rlimit limit{3, 3};
        if (::setrlimit(RLIMIT_NOFILE, &limit) != 0)
            return 1;
        const auto shard = folder.path().native();
        return failed(file.load("key"), shard, "key") && failed(file.store("key", {}, 1h), shard, "key") &&
                       failed(file.create("key", {}, 1h), shard, "key") && failed(file.erase("key"), shard, "key") &&
                       failed(file.expire("key", 1h), shard, "key") && failed(file.check(), shard, "key")
                   ? 0
                   : 2;
    });
    CHECK(code == 0);
    CHECK(as_text((*file.load("key"))->value) == "old");
}

TEST_CASE("a folder that may not be written to is an error that names it")
{
    const Folder folder;
    fs::permissions(folder.path(), fs::perms{0755});
    const auto locked = folder.path() / "locked";
    fs::create_directory(locked);
    fs::permissions(locked, fs::perms{0555});
    const auto code = scratch::in_child([&] {
        if (!become_nobody())
            return 1;
        File file{{.path = locked}};
        if (*file.load("key") || *file.store("key", {}, 1h)) // nothing there is still nothing found
            return 2;
        if (!failed(file.create("key", {}, 1h), locked.native(), "key"))
            return 3;
        if (file.create("key", {}, 1h).error().detail().find("Permission denied") == std::string::npos)
            return 4;
        return failed(file.check(), locked.native(), "key") ? 0 : 5;
    });
    CHECK(code == 0);
}

TEST_CASE("records of another user are an error, not a missing session")
{
    if (::geteuid() != 0)
        return;
    const Folder folder;
    fs::permissions(folder.path(), fs::perms{0755});
    auto file = open(folder);
    REQUIRE(*file.create("key", as_bytes("v"), 1h));
    const auto shard = only_file(folder).parent_path();
    const auto code = scratch::in_child([&] {
        return become_nobody() && failed(file.load("key"), shard.native(), "key") &&
                       failed(file.store("key", {}, 1h), shard.native(), "key")
                   ? 0
                   : 1;
    });
    CHECK(code == 0);
}

TEST_CASE("a folder that is a file is an error")
{
    const Folder folder;
    scratch::write(folder.path() / "file", "text");
    File file{{.path = folder.path() / "file"}};
    CHECK(failed(file.load("key"), folder.path().native(), "key"));
    CHECK(failed(file.create("key", {}, 1h), folder.path().native(), "key"));
    CHECK(failed(file.check(), folder.path().native(), "key"));
    CHECK(scratch::read(folder.path() / "file") == "text");
}

TEST_CASE("a folder everyone can write to is refused")
{
    const Folder folder;
    fs::permissions(folder.path(), fs::perms{0777});
    CHECK(open(folder).check().error() == errc::unlawful_option);
    fs::permissions(folder.path(), fs::perms{0770});
    CHECK(open(folder).check().has_value());
}

TEST_CASE("a relative path stays where it was when the program moves")
{
    const Folder folder;
    const auto code = scratch::in_child([&] {
        fs::current_path(folder.path());
        File file{{.path = "sessions/", .durable = false}};
        fs::current_path("/");
        return *file.create("key", {}, 1h) ? 0 : 1;
    });
    CHECK(code == 0);
    CHECK(only_file(folder).parent_path().parent_path() == folder.path() / "sessions");
}

TEST_CASE("a relative path in a working directory that is gone is unlawful")
{
    const Folder folder;
    const auto code = scratch::in_child([&] {
        const auto gone = folder.path() / "gone";
        fs::create_directory(gone);
        fs::current_path(gone);
        fs::remove(gone);
        File file{{.path = "sessions", .durable = false}};
        return file.check().error() == errc::unlawful_option && file.create("key", {}, 1h).has_error() ? 0 : 1;
    });
    CHECK(code == 0);
}

TEST_CASE("a path with .. goes where the system goes, through links")
{
    const Folder folder;
    fs::create_directories(folder.path() / "releases" / "one");
    fs::create_directory_symlink(folder.path() / "releases" / "one", folder.path() / "current");
    File file{{.path = folder.path() / "current" / ".." / "sessions/./", .durable = false}};
    CHECK(*file.create("key", {}, 1h));
    CHECK(fs::exists(folder.path() / "releases" / "sessions"));
    CHECK_FALSE(fs::exists(folder.path() / "sessions"));
}

TEST_CASE("no descriptor is passed on to a program that is executed")
{
    const Folder folder;
    auto file = open(folder);
    REQUIRE(*file.create("key", {}, 1h));
    file.collect(3); // leaves a folder open
    int ours = 0;
    for (const auto& entry : fs::directory_iterator{"/proc/self/fd"}) {
        std::error_code ignored;
        const auto target = fs::read_symlink(entry.path(), ignored).native();
        if (target.starts_with(folder.path().native())) {
            ++ours;
            CHECK((::fcntl(std::stoi(entry.path().filename()), F_GETFD) & FD_CLOEXEC) != 0);
        }
    }
    CHECK(ours <= 1);
}

TEST_CASE("no lock is held while a value is written")
{
    const Folder folder;
    auto file = open(folder);
    const Bytes large(16 << 20);
    REQUIRE(*file.create("key", large, 1h));
    const auto shard = only_file(folder).parent_path();
    const auto unfinished = [&] { // whether a draft is being written
        std::error_code gone;
        for (auto entry = fs::directory_iterator{shard, gone}; !gone && entry != fs::directory_iterator{};
             entry.increment(gone))
            if (entry->path().filename().native().starts_with(".new-") && entry->file_size(gone) < large.size() &&
                !gone)
                return true;
        return false;
    };
    std::atomic<bool> done = false;
    int seen = 0;
    int locked = 0;
    std::thread observer{[&] {
        const storage::detail::Descriptor lock{::open(shard.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
        while (!done) {
            if (!unfinished())
                continue;
            ++seen;
            if (::flock(lock.get(), LOCK_SH | LOCK_NB) == 0)
                ::flock(lock.get(), LOCK_UN);
            else if (unfinished()) // still, so that the lock was held meanwhile
                ++locked;
        }
    }};
    for (int n = 0; n < 20; ++n) {
        CHECK(*file.store("key", large, 1h));
        CHECK(*file.expire("key", 1h));
        CHECK_FALSE(*file.create("key", large, 1h));
    }
    done = true;
    observer.join();
    CHECK(seen > 0);
    CHECK(locked == 0);
}

TEST_CASE("a folder that is removed again and again by a concurrent thread")
{
    const Folder folder;
    File file{{.path = folder.path() / "sessions", .durable = false}};
    std::atomic<bool> done = false;
    std::thread remover{[&] {
        while (!done) {
            std::error_code ignored;
            fs::remove_all(folder.path() / "sessions", ignored);
        }
    }};
    int unlawful = 0;
    for (int n = 0; n < 500; ++n) {
        const auto key = "key" + std::to_string(n % 10);
        const auto count = [&](const auto& answer) { // the system may fail, the storage may not
            unlawful += answer.has_error() && answer.error() != errc::store_failed ? 1 : 0;
        };
        count(file.create(key, as_bytes("v"), 1h));
        count(file.store(key, as_bytes("w"), 1h));
        const auto found = file.load(key);
        count(found);
        if (found && *found)
            unlawful += as_text((*found)->value) == "v" || as_text((*found)->value) == "w" ? 0 : 1;
        count(file.expire(key, 1h));
        count(file.erase(key));
        file.collect(50);
    }
    done = true;
    remover.join();
    CHECK(unlawful == 0);
    CHECK(file.create("last", {}, 1h).has_value());
    CHECK(*file.load("last"));
}

TEST_CASE("garbage collection removes what is ours and over, and nothing else")
{
    const Folder folder;
    File file{{.path = folder.path(), .durable = false, .collect = 0}};
    for (int n = 0; n < 200; ++n)
        REQUIRE(*file.create("expired" + std::to_string(n), as_bytes("v"), 0ms));
    for (int n = 0; n < 50; ++n)
        REQUIRE(*file.create("living" + std::to_string(n), as_bytes("v"), 1h));
    const auto shard = folder.files().front().parent_path();
    scratch::write(shard / "README", "text");
    scratch::write(shard / "foreign", "text");
    scratch::write(shard / "foreign.txt", std::string(1000, '\0'));
    scratch::write(folder.path() / "notes", "text");
    const auto draft = [&](char digit, std::chrono::seconds age) {
        const auto path = shard / (".new-" + std::string(32, digit));
        scratch::write(path, "half a record");
        fs::last_write_time(path, fs::file_time_type::clock::now() - age);
        return path;
    };
    const auto young = draft('1', 60s);
    const auto abandoned = draft('2', 11min);
    const auto from_the_future = draft('3', -60min);

    const auto swept = file.collect();
    CHECK(swept.removed == 201);
    CHECK_FALSE(fs::exists(abandoned));
    CHECK(fs::exists(young));
    CHECK(fs::exists(from_the_future));
    CHECK(folder.files().size() == 50 + 4 + 2);
    for (int n = 0; n < 50; ++n)
        CHECK(*file.load("living" + std::to_string(n)));
    CHECK(file.collect().removed == 0);
}

TEST_CASE("times beyond what clocks count in nanoseconds")
{
    using storage::detail::FileTime;
    const Folder folder;
    File file{{.path = folder.path(), .durable = false, .collect = 0}};
    REQUIRE(*file.create("key", {}, 1h));
    const auto path = only_file(folder);
    const auto expires = [&](FileTime when) {
        const storage::detail::RecordHead head{1, when, {}};
        const auto image = head.encode("key");
        scratch::write(path, as_text(image));
    };
    expires(FileTime::max());
    CHECK(*file.load("key"));
    CHECK(file.collect().removed == 0);
    expires(FileTime::min());
    CHECK_FALSE(*file.load("key"));
    CHECK(file.collect().removed == 1);

    const auto draft = path.parent_path() / (".new-" + std::string(32, '0'));
    scratch::write(draft, "half a record");
    for (const auto year_2286 : {std::int64_t{10'000'000'000}, std::int64_t{1} << 60}) { // or what the disk makes of it
        const timespec times[2] = {{year_2286, 0}, {year_2286, 0}};
        REQUIRE(::utimensat(AT_FDCWD, draft.c_str(), times, 0) == 0);
        CHECK(file.collect().removed == 0);
    }
    const timespec times[2] = {{-10'000'000'000, 0}, {-10'000'000'000, 0}};
    REQUIRE(::utimensat(AT_FDCWD, draft.c_str(), times, 0) == 0);
    CHECK(file.collect().removed == 1);
}

TEST_CASE("garbage of another prefix is left to it")
{
    const Folder folder;
    File ours{{.path = folder.path(), .prefix = "a.", .durable = false, .collect = 0}};
    File theirs{{.path = folder.path(), .prefix = "b.", .durable = false, .collect = 0}};
    for (int n = 0; n < 100; ++n) // often enough to catch a millisecond that is not over yet
        REQUIRE(*theirs.create("key" + std::to_string(n), {}, 0ms));
    CHECK(ours.collect().removed == 0);
    CHECK(theirs.collect().removed == 100);
}

TEST_CASE("collecting never stalls: 20 000 expired files, a few entries a call")
{
    const Folder folder;
    File filler{{.path = folder.path(), .durable = false, .collect = 0}};
    for (int n = 0; n < 20'000; ++n)
        REQUIRE(*filler.create("expired" + std::to_string(n), as_bytes("v"), 0ms));
    REQUIRE(*filler.create("living", as_bytes("v"), 1h));

    File file{{.path = folder.path(), .durable = false, .collect = 0}}; // as after a restart
    std::size_t removed = 0;
    std::size_t calls = 0;
    while (removed < 20'000 && calls < 6000) {
        const auto step = file.collect(4);
        REQUIRE(step.looked == 4);
        REQUIRE(step.removed <= 4);
        removed += step.removed;
        ++calls;
    }
    CHECK(removed == 20'000);
    CHECK(calls <= (20'000 + 256 * 4) / 4 + 2 * 256); // each file once, each folder opened and left once or twice
    CHECK(*filler.load("living"));
}

TEST_CASE("writes collect as they go: expired records stay below a third")
{
    const Folder folder;
    auto file = open(folder);
    for (int n = 0; n < 4000; ++n)
        REQUIRE(*file.create("key" + std::to_string(n), as_bytes("v"), n % 2 == 0 ? 0ms : 1h));
    CHECK(folder.files().size() < 2000 + 2000 / 3);
}

TEST_CASE("concurrent garbage collection spares what is made anew at that moment")
{
    const Folder folder;
    File file{{.path = folder.path(), .durable = false, .collect = 0}};
    std::atomic<bool> done = false;
    std::vector<std::thread> sweepers;
    for (int t = 0; t < 3; ++t)
        sweepers.emplace_back([&] {
            File sweeper{{.path = folder.path(), .durable = false}};
            while (!done)
                sweeper.collect();
        });
    int lost = 0;
    for (int n = 0; n < 5000; ++n) {
        const auto key = "key" + std::to_string(n);
        (void)file.create(key, as_bytes("old"), 0ms);
        if (n % 2 == 0)
            std::this_thread::yield(); // so that a sweeper may have just seen that it is over
        if (*file.create(key, as_bytes("new"), 1h))
            lost += *file.load(key) ? 0 : 1;
        (void)file.erase(key);
    }
    done = true;
    for (auto& sweeper : sweepers)
        sweeper.join();
    CHECK(lost == 0);
}
