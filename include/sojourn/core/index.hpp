#pragma once

#include <sojourn/bytes.hpp>
#include <sojourn/chrono.hpp>
#include <sojourn/core/body.hpp>
#include <sojourn/core/expiry.hpp>
#include <sojourn/core/state.hpp>
#include <sojourn/wire/bytes_io.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// The metadata: which sessions a subject has in an audience. Each pair of the two has a record in the store, its index.
//
// The sessions' own records are the truth, and an index only tells where to look: who lists asks for each session whether it
// lives. So an index must name every session whose cookie was sent, and may name one that is gone. What it says of a session
// goes by how often that was stored: what tells of an earlier state never replaces what tells of a later one, in whichever
// order two requests come to write it. So an index may be a log, to whose end each request adds what it has to tell.

namespace sojourn::inline v0::core {

/// One session in an index.
struct IndexEntry {
    std::string key;            ///< of its record in the store
    std::uint32_t sequence = 0; ///< the state of it that this tells of (`Standing::sequence`)
    bool left = false;          ///< it is no longer about this subject; kept so that nothing of before puts it back
    Time created{};
    Time seen{};
    Time expires{}; ///< what is over is dropped
    std::string label;
};

/// What an index says. The functions that follow are templates so that only programs that keep one compile them.
using Index = std::vector<IndexEntry>;

/// Each: the lengths of key and label, sequence (4 bytes), left (1), created, seen, expires (5 each), key, label.
template <class Entries>
void append_index(const Entries& index, Buffer& out)
{
    for (const IndexEntry& entry : index) {
        wire::append_length(entry.key.size(), out);
        wire::append_length(entry.label.size(), out);
        wire::Writer head{out.extend(20).data()};
        head.integer<4>(entry.sequence);
        head.integer<1>(entry.left ? 1U : 0U);
        const Time times[] = {entry.created, entry.seen, entry.expires};
        for (const Time time : times)
            head.integer<5>(static_cast<std::uint64_t>(time.time_since_epoch().count()));
        out.append(as_bytes(entry.key));
        out.append(as_bytes(entry.label));
    }
}

/// Puts what is newer about a session in place of what is older, or beside what is said of others.
template <class Entries>
void put_newer(Entries& index, IndexEntry entry)
{
    for (IndexEntry& told : index)
        if (told.key == entry.key) {
            if (told.sequence <= entry.sequence)
                told = std::move(entry);
            return;
        }
    index.push_back(std::move(entry));
}

/// Puts the entries into `index` (`put_newer`). False if the bytes are not a whole number of them.
template <class Entries>
[[nodiscard]] bool read_index(BytesView bytes, Entries& index)
{
    for (wire::Reader in{bytes}; !in.rest().empty();) {
        const auto key = in.length();
        const auto label = in.length();
        IndexEntry entry;
        entry.sequence = static_cast<std::uint32_t>(in.integer<4>());
        entry.left = in.integer<1>() != 0;
        Time* const times[] = {&entry.created, &entry.seen, &entry.expires};
        for (Time* const time : times)
            *time = Time{seconds{in.integer<5>()}};
        entry.key = as_text(in.bytes(key));
        entry.label = as_text(in.bytes(label));
        if (!in.ok())
            return false;
        put_newer(index, std::move(entry));
    }
    return true;
}

/// Whether both moments lie in the same period of that length: what was told in it need not be told again.
inline bool same_period(Time one, Time other, seconds length) noexcept
{
    const auto period = [length](Time time) { return time.time_since_epoch().count() / length.count(); };
    return length.count() != 0 && period(one) == period(other);
}

/// Notes in `update` what a save that made `after` of the entries `before` has to tell: whom the session is about now, all
/// of them or those that are new, and, unless it `began` with this save, whom it is not about any more. `ttl`: its record's.
template <class Wire, class Update>
void list_changes(const Wire& wire, const Standing& standing, BytesView before, BytesView after, bool all, bool began,
                  Time now, TimeToLive ttl, Update& update)
{
    const auto key = wire.key(standing.id);
    IndexEntry told{.key = std::string{key.view()},
                    .sequence = standing.sequence,
                    .created = standing.remember ? earlier(standing.times.created, standing.remember.times.created)
                                                 : standing.times.created,
                    .seen = standing.times.seen,
                    .expires = now + seconds{(ttl.count() + 999) / 1000} + wire.settings().touch_threshold,
                    .label = {}};
    const auto each = [&](BytesView body, BytesView other, bool left) {
        static_cast<void>(for_each_entry(body, [&](const Entry& entry) {
            bool known = false;
            static_cast<void>(for_each_entry(other, [&](const Entry& one) {
                known = known || (one.audience == entry.audience && one.subject == entry.subject &&
                                  (left || one.label == entry.label));
            }));
            if (entry.subject.empty() || (known && (left || !all)))
                return;
            told.left = left;
            told.label = entry.label;
            update.put(wire.index_key(entry.audience, entry.subject), told);
        }));
    };
    each(after, before, false);
    if (!began)
        each(before, after, true);
}

/// Notes in `update` that the session under this key, with these entries, is gone.
template <class Wire, class Update>
void forget_all(const Wire& wire, std::string_view key, BytesView body, Update& update)
{
    static_cast<void>(for_each_entry(body, [&](const Entry& entry) {
        if (!entry.subject.empty())
            update.forget(wire.index_key(entry.audience, entry.subject), key);
    }));
}

} // namespace sojourn::inline v0::core
