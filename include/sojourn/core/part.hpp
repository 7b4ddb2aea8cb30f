#pragma once

#include <sojourn/bytes.hpp>
#include <sojourn/concepts.hpp>
#include <sojourn/core/body.hpp>
#include <sojourn/core/merge.hpp>
#include <sojourn/core/texts.hpp>
#include <sojourn/error.hpp>
#include <sojourn/handle.hpp>
#include <sojourn/result.hpp>

#include <concepts>
#include <string>
#include <string_view>
#include <utility>

namespace sojourn::inline v0::core {

/// One application's typed part of a session, and its way into the body and out of it. The parts of other applications
/// are passed on untouched.
template <CodecPolicy Codec>
struct Part {
    Part() = default; // not an aggregate, of which each `{}` is compiled anew

    typename Codec::data_type data{};
    std::string subject{};
    std::string label{};  ///< what the subject knows this session by
    Texts flash{};        ///< read once
    Texts info{};         ///< beside the session proper
    Buffer unknown{};     ///< members of the data that this program does not know and gives back
    bool present = false; ///< the body has an entry for this audience
};

/// Reads the entry of `audience` into `part`. `no_audience` if there is none, `bad_data` if it cannot be read: then the
/// part is an empty one.
template <CodecPolicy Codec>
Result<void> read_part(const Codec& codec, const CodecLimits& limits, std::string_view audience, BytesView body,
                       Part<Codec>& part)
{
    part = {};
    Entry own;
    bool found = false;
    if (!for_each_entry(body, [&](const Entry& entry) {
            if (!found && entry.audience == audience) {
                own = entry;
                found = true;
            }
        }))
        return errc::bad_data;
    if (!found)
        return errc::no_audience;
    auto decoded = codec.decode(own.data, limits, part.data, part.unknown);
    if (decoded && !(part.flash.read(own.flash) && part.info.read(own.info)))
        decoded = errc::bad_data;
    if (!decoded) {
        part = {};
    } else {
        part.subject = own.subject;
        part.label = own.label;
    }
    part.present = true;
    return decoded;
}

/// How a part goes back into the body.
struct Placement {
    std::string_view audience;      ///< whose part it is
    std::string_view formerly = {}; ///< whose part it was when it was read, if another's
    bool leaves = false;            ///< it is taken out: a logout
    bool same_subject = false;      ///< other audiences' parts stay only if they are about the same subject
    bool always = false;            ///< it is put there even if it says no more than a new one does

    std::string_view read_as() const noexcept { return formerly.empty() ? audience : formerly; }
    /// Whether this audience's entry makes way for the part.
    bool replaces(std::string_view other) const noexcept { return other == audience || other == read_as(); }
};

/// The payload of a save (core/save.hpp): a part that is put in its place, or taken out. What a merge makes of the part
/// becomes the part when the save has succeeded; until then it is as the program left it.
template <CodecPolicy Codec>
class Payload {
public:
    Payload(const Codec& codec, const CodecLimits& limits, Placement placement, Part<Codec>& part)
        : codec_{&codec}, limits_{limits}, placement_{placement}, part_{&part}
    {
    }

    Result<void> encode(BytesView body, Buffer& out) const
    {
        const Part<Codec>& part = merged_ ? *merged_.get() : *part_;
        bool placed = placement_.leaves;
        Result<void> failure;
        const auto place = [&] {
            failure = append(part, out);
            placed = true;
        };
        if (!for_each_entry(body, [&](const Entry& entry) {
                if (placement_.replaces(entry.audience)) {
                    if (!placed)
                        place();
                } else if (!placement_.same_subject || placement_.leaves || entry.subject == part.subject) {
                    append_entry(entry, out);
                }
            }))
            return errc::bad_data;
        if (placed)
            return failure;
        const auto end = out.size();
        place();
        if (!placement_.always && !part.present && says_nothing(out, end))
            out.resize(end);
        return failure;
    }

    Result<void> merge(BytesView base, BytesView standing)
    {
        if (placement_.leaves)
            return {};
        Part<Codec> read;
        Part<Codec> theirs;
        const auto had = read_part(*codec_, limits_, placement_.read_as(), base, read);
        const auto has = read_part(*codec_, limits_, placement_.read_as(), standing, theirs);
        if (had && !has && has.error() == errc::no_audience)
            return errc::session_gone; // logged out of this audience meanwhile, and it stays so
        if (!has)
            return {}; // nothing of theirs that we could read: ours it is
        if constexpr (std::copyable<typename Codec::data_type>) {
            Part<Codec>& mine = merged();
            core::merge(read.label, mine.label, theirs.label);
            core::merge(read.data, mine.data, theirs.data);
            core::merge(read.flash, mine.flash, theirs.flash);
            core::merge(read.info, mine.info, theirs.info);
            mine.unknown = std::move(theirs.unknown);
            mine.subject = std::move(theirs.subject);
            return {};
        } else {
            return errc::conflict; // data that cannot be copied cannot be merged
        }
    }

    void commit()
    {
        if (merged_)
            *part_ = std::move(*merged_.get());
    }

private:
    static void forget(const Part<Codec>* part) noexcept { delete part; }
    using Merged = Handle<Part<Codec>, forget>;

    /// What becomes of the part: at first what it is.
    Part<Codec>& merged()
    {
        if (!merged_) {
            Merged mine{new Part<Codec>};
            mine.get()->data = part_->data;
            mine.get()->label = part_->label;
            mine.get()->flash = part_->flash;
            mine.get()->info = part_->info;
            mine.get()->present = true;
            merged_ = std::move(mine);
        }
        return *merged_.get();
    }

    Result<void> append(const Part<Codec>& part, Buffer& out) const
    {
        Buffer data;
        auto encoded = codec_->encode(part.data, part.unknown, limits_, data);
        if (encoded)
            append_entry({placement_.audience, part.subject, part.label, data, part.flash.bytes(), part.info.bytes()},
                         out);
        return encoded;
    }

    /// Whether the entry at the end of `out` says no more than that of a new part does, so that it need not be stored.
    bool says_nothing(BytesView out, std::size_t begin) const
    {
        Buffer fresh;
        return append({}, fresh) && equal(out.subspan(begin), fresh);
    }

    const Codec* codec_;
    CodecLimits limits_;
    Placement placement_;
    Part<Codec>* part_;
    Merged merged_; ///< if it has come to that
};

/// The payload of a save of the info alone: all else in the body stays as it stands there.
class InfoPayload {
public:
    InfoPayload(std::string_view audience, Texts& info) : audience_{audience}, info_{&info}, merged_{info} {}

    /// `no_audience` if there is no entry to put it in.
    Result<void> encode(BytesView body, Buffer& out) const
    {
        bool placed = false;
        const bool whole = for_each_entry(body, [&](Entry entry) {
            if (entry.audience == audience_) {
                entry.info = merged_.bytes();
                placed = true;
            }
            append_entry(entry, out);
        });
        if (!whole)
            return errc::bad_data;
        return placed ? Result<void>{} : errc::no_audience;
    }

    Result<void> merge(BytesView base, BytesView standing)
    {
        core::merge(read(base), merged_, read(standing));
        return {};
    }

    void commit() { *info_ = std::move(merged_); }

private:
    Texts read(BytesView body) const
    {
        Texts info;
        static_cast<void>(for_each_entry(body, [&](const Entry& entry) {
            if (entry.audience == audience_)
                static_cast<void>(info.read(entry.info)); // what cannot be read counts as not there
        }));
        return info;
    }

    std::string_view audience_;
    Texts* info_;
    Texts merged_;
};

} // namespace sojourn::inline v0::core
