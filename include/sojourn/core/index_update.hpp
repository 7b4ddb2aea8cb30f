#pragma once

#include <sojourn/bytes.hpp>
#include <sojourn/concepts.hpp>
#include <sojourn/core/action.hpp>
#include <sojourn/core/expiry.hpp>
#include <sojourn/core/index.hpp>
#include <sojourn/error.hpp>
#include <sojourn/result.hpp>
#include <sojourn/wire/bytes_io.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sojourn::inline v0::core {

/// Writes changes into indexes, one after the other. What is only put is appended, where the storage can do that
/// (`Settings::appends`): `prepare` makes additions, which a save hands to the storage with its own record, and `start` goes on
/// with what the storage has not made of them. All else is one load and one compare-and-store for each index.
///
/// What is appended takes the place of nothing, so an index grows until it is compacted: written anew as one segment. Chance
/// decides when, for nobody keeps count: once in as many bytes as `slack` says, on average. So however an index stands, few of
/// the saves have to do it, and it is rarely more than a few times that longer than what it has to say.
template <class Wire, class Draw>
class IndexUpdate {
public:
    /// Each failing attempt means that another request's has succeeded.
    static constexpr unsigned max_attempts = 256;
    /// A compaction that lost to so many others is left to them.
    static constexpr unsigned max_compacting_attempts = 8;
    /// A shorter index is not compacted, in bytes: dozens of entries.
    static constexpr std::size_t short_length = 8192;

    /// How many bytes are appended to an index of this length before it is compacted, on average. With a long one that costs
    /// more, so it may take longer.
    static constexpr std::size_t slack(std::size_t length) noexcept
    {
        return length / 4 < short_length ? short_length / 2 : length / 8;
    }

    IndexUpdate(const Wire& wire, Time now, Draw draw) : wire_{&wire}, now_{now}, draw_{std::move(draw)} {}

    void put(const typename Wire::Key& index, IndexEntry entry) { change(index).put.push_back(std::move(entry)); }
    void forget(const typename Wire::Key& index, std::string_view key) { change(index).forget.emplace_back(key); }
    void clear() noexcept
    {
        additions_.clear();
        changes_.clear();
    }

    /// Seals what is to be put as additions; none if the storage does not append.
    Result<void> prepare()
    {
        if (!wire_->settings().appends)
            return {};
        head_.clear();
        head_.append(wire_->index_head());
        for (Change& change : changes_) {
            const std::string_view key = change.index.view();
            const auto random = draw_();
            Buffer plain;
            append_index(change.put, plain);
            if (const auto sealed = wire_->append_segment(key, plain, random.salt, change.segment); !sealed)
                return sealed;
            chance_ = wire::Reader{random.remember}.template integer<8>();
            additions_.push_back({key, head_, change.segment, time_to_live(change.put)});
        }
        return {};
    }
    std::span<const Addition> additions() const noexcept { return {additions_.data(), additions_.size()}; }

    /// `longest`: if not 0, the additions have been made, and the longest index has now this length.
    Action start(std::size_t longest = 0)
    {
        if (longest != 0 && !to_be_compacted(longest))
            changes_.clear();
        if (longest != 0)
            for (Change& change : changes_)
                settle(change);
        return next();
    }

    Action resume(Reply reply)
    {
        using Outcome = Reply::Outcome;
        if (reply.outcome == Outcome::failed)
            return compacts() ? give_up() : fail(std::move(reply.error));
        if (step_ == Step::appending) {
            if (reply.outcome != Outcome::done) // not a log, or one that is sealed under another key
                return load();
            settle(changes_.back());
            return to_be_compacted(reply.longest) ? load() : next_change();
        }
        if (step_ == Step::creating && reply.outcome == Outcome::conflict)
            return load();
        if (step_ == Step::loading || reply.outcome != Outcome::done)
            return write(reply.record); // what stands there; version 0: nothing
        return next_change();
    }

    const Error& failure() const noexcept { return failure_; }

private:
    enum class Step : std::uint8_t { loading, creating, storing, appending };

    struct Change {
        typename Wire::Key index;
        Index put = {};
        std::vector<std::string> forget = {};
        Buffer segment = {};
    };

    Change& change(const typename Wire::Key& index)
    {
        for (Change& one : changes_)
            if (one.index.view() == index.view())
                return one;
        return changes_.emplace_back(Change{index});
    }

    /// What was to be put is in the index.
    static void settle(Change& change) noexcept { change.put.clear(); }
    /// Whether all that is left to do with the index is to write it anew.
    bool compacts() const noexcept { return changes_.back().put.empty() && changes_.back().forget.empty(); }

    bool to_be_compacted(std::size_t length) const noexcept
    {
        std::size_t added = 0;
        for (const Addition& addition : additions_)
            if (addition.value.size() > added)
                added = addition.value.size();
        return length > wire_->settings().max_length || (length > short_length && chance_ % slack(length) < added);
    }

    Action next()
    {
        attempts_ = 0;
        if (changes_.empty()) {
            additions_.clear();
            return Action::done();
        }
        if (changes_.back().segment.empty() || compacts())
            return load();
        step_ = Step::appending;
        return Action::append(additions().subspan(changes_.size() - 1, 1));
    }

    Action next_change()
    {
        changes_.pop_back();
        return next();
    }

    Action load()
    {
        step_ = Step::loading;
        return Action::load(changes_.back().index.view());
    }

    Action write(const Record& standing)
    {
        const Change& change = changes_.back();
        const std::string_view key = change.index.view();
        const bool exists = standing.version != 0;
        if (compacts() && (!exists || attempts_ == max_compacting_attempts))
            return next_change();
        if (attempts_++ == max_attempts)
            return fail(exists ? Error{errc::conflict}
                               : Error{errc::store_failed, "what lies in the place of the metadata is not ours"});
        if (!exists && change.put.empty())
            return next_change();
        Index index;
        Buffer plain;
        if (exists) { // what does not open is dropped: a save lists its session again
            static_cast<void>(wire_->open_index(key, standing.value, plain));
            static_cast<void>(read_index(plain, index));
        }
        std::erase_if(index, [&](const IndexEntry& entry) {
            bool over = entry.expires < now_;
            for (const std::string& forgotten : change.forget)
                over = over || entry.key == forgotten;
            return over;
        });
        for (const IndexEntry& entry : change.put)
            put_newer(index, entry);

        plain.clear();
        append_index(index, plain);
        record_.clear();
        record_.append(wire_->index_head());
        if (const auto sealed = wire_->append_segment(key, plain, draw_().salt, record_); !sealed)
            return fail(sealed.error());
        step_ = exists ? Step::storing : Step::creating;
        return exists ? Action::store_if(key, standing.version, record_, time_to_live(index))
                      : Action::create(key, record_, time_to_live(index));
    }

    /// As long as the longest of its sessions.
    TimeToLive time_to_live(const Index& index) const
    {
        Time until = now_;
        for (const IndexEntry& entry : index)
            until = later(until, entry.expires);
        return index.empty() ? seconds{0} : until - now_ + seconds{1};
    }

    Action fail(Error error)
    {
        failure_ = std::move(error);
        return Action::done();
    }

    /// Another append will come to it.
    Action give_up()
    {
        clear();
        return Action::done();
    }

    const Wire* wire_;
    Time now_;
    Draw draw_;
    std::vector<Change> changes_;     ///< the last one is under way
    std::vector<Addition> additions_; ///< one for each change, or none at all
    Buffer head_;                     ///< of the additions
    Buffer record_;
    std::uint64_t chance_ = 0;
    unsigned attempts_ = 0;
    Step step_ = Step::loading;
    Error failure_;
};

} // namespace sojourn::inline v0::core
