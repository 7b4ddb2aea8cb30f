#pragma once

#include <sojourn/bytes.hpp>
#include <sojourn/chrono.hpp>
#include <sojourn/concepts.hpp>
#include <sojourn/error.hpp>
#include <sojourn/result.hpp>
#include <sojourn/storage/detail/deadline.hpp>
#include <sojourn/storage/detail/file_garbage.hpp>
#include <sojourn/storage/detail/file_layout.hpp>
#include <sojourn/storage/detail/record_file.hpp>
#include <sojourn/storage/detail/record_folder.hpp>
#include <sojourn/storage/detail/version.hpp>
#include <sojourn/storage/key.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace sojourn::inline v0::storage {

/// Records in files, one each, shared by all processes of one machine. Models `VersionedStorage`; blocking.
///
/// A record is written beside its place and renamed into it: who reads takes no lock and sees a whole value, and a writer
/// that is killed, or a disk that is full, harms nothing old. Writers exclude each other by flock, for the moment between
/// looking at what stands there and renaming; so the folder must be on a local file system, which `check` finds out.
/// Each write also looks at a few entries of the folders and removes what has expired (`Options::collect`).
///
/// Files are mode 0600, folders 0700. A file that is cut short, damaged or not a record is "nothing found"; a folder,
/// link, pipe or device under a record's name is that too, and never removed, replaced or waited for.
///
/// Expiry goes by the wall clock, the only one that survives a restart: a clock set forward ends sessions early.
///
/// A failing system is `errc::store_failed` with the operation, the folder and the system's words, never the key. If
/// syncing fails after the rename, the new value is in place, though perhaps not after a loss of power.
///
/// A handle: copies share the same folder and position of the garbage collection.
class File {
public:
    /// Which folder, and how it is used.
    struct Options {
        /// The folder, made when first written to. Required.
        std::string path = {};
        /// What file names begin and end with: letters, digits, hyphens, underscores and dots, together up to
        /// 100 characters, the first no dot. Default: nothing.
        std::string prefix = {};
        std::string suffix = {};
        /// Whether a write is on the disk before it is reported, through a loss of power. Default: true, so that who
        /// logged out stays so. Without it a loss of power may take the last seconds' sessions, and a write costs what a
        /// rename does: tens of microseconds, more where the file system begins to write out at once (ext4 does).
        bool durable = true;
        /// How many entries of the folders each write looks at for garbage. Default: 4, which keeps expired records
        /// below a third of the living even if every write is a new session. 0: the program calls `collect` itself.
        std::size_t collect = 4;
    };

    explicit File(Options options) : state_{std::make_shared<State>(std::move(options))} {}

    /// Whether the options are lawful (`errc::unlawful_option`) and a record can be written, locked and read there
    /// (`errc::store_failed`). Makes the folder.
    Result<void> check() const
    {
        if (state_->unlawful)
            return *state_->unlawful;
        constexpr std::string_view key = "check";
        const auto name = layout().name(key);
        auto folder = detail::RecordFolder::make(layout().folder(key), durable());
        if (!folder)
            return folder.error();
        struct stat root = {};
        if (!*folder || ::stat(layout().root.c_str(), &root) != 0)
            return detail::failed("look", layout().root);
        if ((root.st_mode & S_IWOTH) != 0)
            return Error{errc::unlawful_option, "path: everyone can write to " + layout().root};
        const auto lock = (*folder)->lock();
        if (!lock)
            return lock.error();
        const auto draft = detail::Draft::write(**folder, name, {1, detail::FileTime::max(), {}}, {}, durable());
        if (!draft)
            return draft.error();
        const auto seen =
            *draft ? detail::look((*folder)->get(), (*draft)->path(), name, detail::file_time_now()) : std::nullopt;
        if (!seen || !seen->alive())
            return Error{errc::store_failed, "what is written cannot be read back in " + (*folder)->path()};
        return {};
    }

    Result<std::optional<Record>> load(std::string_view key) const
    {
        if (const auto refused = refuse(key))
            return *refused;
        const auto folder = layout().folder(key);
        const auto name = layout().name(key);
        auto standing = detail::look(AT_FDCWD, (folder + '/' + name).c_str(), name, detail::file_time_now());
        if (!standing)
            return detail::failed("read", folder);
        return standing->alive() ? std::optional{std::move(standing->record)} : std::nullopt;
    }

    Result<bool> create(std::string_view key, BytesView value, TimeToLive ttl)
    {
        if (const auto refused = refuse(key))
            return *refused;
        for (int attempt = 0; attempt < 3; ++attempt) { // someone may remove the folder between making and using it
            auto folder = detail::RecordFolder::make(layout().folder(key), durable());
            if (!folder)
                return folder.error();
            if (!*folder)
                continue;
            auto outcome = replace(**folder, layout().name(key), detail::new_version(), value, ttl,
                                   [](const detail::Standing& standing) { return !standing.alive(); });
            if (!outcome)
                return outcome.error();
            if (outcome->status != StoreOutcome::Status::missing)
                return outcome->status == StoreOutcome::Status::stored;
        }
        return Error{errc::store_failed, "the folder keeps disappearing: " + layout().root};
    }

    Result<bool> store(std::string_view key, BytesView value, TimeToLive ttl)
    {
        auto outcome = replace_living(key, value, ttl, std::nullopt);
        return outcome ? Result<bool>{outcome->status == StoreOutcome::Status::stored} : outcome.error();
    }

    Result<StoreOutcome> store_if(std::string_view key, Version version, BytesView value, TimeToLive ttl)
    {
        return replace_living(key, value, ttl, version);
    }

    /// Writes the record anew, under its version: what readers see is replaced as a whole, never changed in place.
    Result<bool> expire(std::string_view key, TimeToLive ttl)
    {
        if (const auto refused = refuse(key))
            return *refused;
        auto folder = detail::RecordFolder::open(layout().folder(key));
        if (!folder || !*folder)
            return folder ? Result<bool>{false} : folder.error();
        const auto name = layout().name(key);
        auto standing = (*folder)->look(name, detail::file_time_now());
        while (standing && standing->alive()) { // more than once only if others change it at this moment
            const auto record = std::move(standing->record);
            auto outcome = replace(**folder, name, record.version, record.value, ttl, Living{record.version});
            if (!outcome || outcome->status != StoreOutcome::Status::conflict)
                return outcome ? Result<bool>{outcome->status == StoreOutcome::Status::stored} : outcome.error();
            standing->record = std::move(outcome->standing);
        }
        return standing ? Result<bool>{false} : standing.error();
    }

    Result<bool> erase(std::string_view key)
    {
        if (const auto refused = refuse(key))
            return *refused;
        auto folder = detail::RecordFolder::open(layout().folder(key));
        if (!folder || !*folder)
            return folder ? Result<bool>{false} : folder.error();
        const auto name = layout().name(key);
        auto lock = (*folder)->lock();
        if (!lock)
            return lock.error();
        const auto standing = (*folder)->look(name, detail::file_time_now());
        if (!standing || !standing->is_file())
            return standing ? Result<bool>{false} : standing.error();
        if (auto removed = (*folder)->remove(name); !removed)
            return removed.error();
        return finish(**folder, *lock, standing->alive());
    }

    /// Collects garbage now, looking at up to `looks` entries; without a limit, all once. For a program that would
    /// rather sweep at its own times than a little with each write. Waits for nobody.
    Collected collect(std::size_t looks = static_cast<std::size_t>(-1))
    {
        return state_->unlawful ? Collected{} : state_->garbage.collect(layout(), looks);
    }

private:
    struct State {
        explicit State(Options options)
            : layout{options.path, std::move(options.prefix), std::move(options.suffix)},
              unlawful{layout.unlawful()},
              durable{options.durable},
              collect{options.collect}
        {
        }

        const detail::FileLayout layout;
        const std::optional<Error> unlawful;
        const bool durable;
        const std::size_t collect;
        detail::FileGarbage garbage;
    };

    const detail::FileLayout& layout() const noexcept { return state_->layout; }
    bool durable() const noexcept { return state_->durable; }

    std::optional<Error> refuse(std::string_view key) const { return !is_key(key) ? unlawful_key() : state_->unlawful; }

    /// In whole milliseconds, rounded up; but what is to be over at once does not last until the next one.
    static detail::FileTime until(TimeToLive ttl) noexcept
    {
        return ttl.count() <= 0
                   ? detail::file_time_now()
                   : detail::deadline(std::chrono::ceil<TimeToLive>(std::chrono::system_clock::now()), ttl);
    }

    struct Living {
        std::optional<Version> expected; ///< none: whichever lives
        bool operator()(const detail::Standing& standing) const noexcept
        {
            return standing.alive() && (!expected || standing.record.version == *expected);
        }
    };

    Result<StoreOutcome> replace_living(std::string_view key, BytesView value, TimeToLive ttl,
                                        std::optional<Version> expected)
    {
        if (const auto refused = refuse(key))
            return *refused;
        auto folder = detail::RecordFolder::open(layout().folder(key));
        if (!folder || !*folder)
            return folder ? Result<StoreOutcome>{StoreOutcome{}} : folder.error();
        return replace(**folder, layout().name(key), detail::new_version(), value, ttl, Living{expected});
    }

    /// Puts the value in place if `wanted` says so of what stands there; else answers with what does. `missing` also
    /// when the folder has been removed. All that takes time, the draft and its sync, is done before the lock.
    template <class Wanted>
    Result<StoreOutcome> replace(const detail::RecordFolder& folder, const std::string& name, Version version,
                                 BytesView value, TimeToLive ttl, Wanted wanted)
    {
        auto draft = detail::Draft::write(folder, name, {version, until(ttl), value}, value, durable());
        if (!draft || !*draft)
            return draft ? Result<StoreOutcome>{StoreOutcome{}} : draft.error();

        auto lock = folder.lock();
        if (!lock)
            return lock.error();
        auto standing = folder.look(name, detail::file_time_now());
        if (!standing)
            return standing.error();
        if (!wanted(*standing))
            return standing->alive() ? StoreOutcome{StoreOutcome::Status::conflict, std::move(standing->record)}
                                     : StoreOutcome{};
        if (standing->is_foreign())
            return Error{errc::store_failed, "no regular file in a record's place in " + folder.path()};
        if (auto published = (*draft)->publish(name); !published)
            return published.error();
        return finish(folder, *lock, StoreOutcome{StoreOutcome::Status::stored});
    }

    /// After a change: lets the others in, has the folder on the disk, and looks for a little garbage.
    template <class Answer>
    Result<Answer> finish(const detail::RecordFolder& folder, detail::Lock& lock, Answer answer)
    {
        lock.release();
        auto synced = durable() ? folder.sync() : Result<void>{};
        state_->garbage.collect(layout(), state_->collect);
        return synced ? Result<Answer>{std::move(answer)} : synced.error();
    }

    std::shared_ptr<State> state_;
};

} // namespace sojourn::inline v0::storage
