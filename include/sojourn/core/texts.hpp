#pragma once

#include <sojourn/bytes.hpp>
#include <sojourn/wire/bytes_io.hpp>

#include <cstddef>
#include <optional>
#include <string_view>

namespace sojourn::inline v0::core {

/// Adds one text to those that `out` holds; its name comes after theirs.
inline void append_text(std::string_view name, std::string_view text, Buffer& out)
{
    wire::append_length(name.size(), out);
    wire::append_length(text.size(), out);
    out.append(as_bytes(name));
    out.append(as_bytes(text));
}

/// Texts by name, as they lie in a body: each the lengths of name and text, then the two, in the order of the names. They are
/// wiped before their memory is given back. For the few that a session has: a change copies them all.
class Texts {
public:
    Texts() = default;
    Texts(const Texts& other) { bytes_.append(other.bytes_); }
    Texts(Texts&&) noexcept = default;
    Texts& operator=(Texts other) noexcept
    {
        bytes_.swap(other.bytes_);
        return *this;
    }
    ~Texts() = default;

    bool empty() const noexcept { return bytes_.empty(); }
    BytesView bytes() const noexcept { return bytes_; }

    /// The text of that name, until there is a change; nothing if there is none.
    std::optional<std::string_view> find(std::string_view name) const noexcept
    {
        const auto place = locate(name);
        return place.found ? std::optional{place.text} : std::nullopt;
    }

    /// Calls `f(name, text)` for each.
    template <class F>
    void for_each(F f) const
    {
        for (wire::Reader in{bytes_}; !in.rest().empty();) {
            const auto [name, text] = next(in);
            f(name, text);
        }
    }

    /// Neither may be a view into this.
    void set(std::string_view name, std::string_view text) { replace(name, &text); }
    /// Whether there was one.
    bool erase(std::string_view name)
    {
        const bool found = locate(name).found;
        if (found)
            replace(name, nullptr);
        return found;
    }

    /// Replaces them by what lies in a body: of two of one name by the later one. False if that is not a whole number of texts.
    [[nodiscard]] bool read(BytesView bytes)
    {
        bytes_.clear();
        std::string_view last;
        for (wire::Reader in{bytes}; !in.rest().empty();) {
            const auto [name, text] = next(in);
            if (!in.ok())
                return false;
            if (bytes_.empty() || last < name)
                append_text(last = name, text, bytes_);
            else
                set(name, text);
        }
        return true;
    }

private:
    struct Text {
        std::string_view name, text;
    };
    struct Place {
        std::size_t begin = 0, end = 0; ///< what there is of that name; else where it would be
        std::string_view text = {};
        bool found = false;
    };

    static Text next(wire::Reader& in) noexcept
    {
        const auto name = in.length();
        const auto text = in.length();
        return {as_text(in.bytes(name)), as_text(in.bytes(text))};
    }

    Place locate(std::string_view wanted) const noexcept
    {
        Place place;
        for (wire::Reader in{bytes_}; !in.rest().empty(); place.begin = place.end) {
            const auto [name, text] = next(in);
            if (name > wanted)
                break;
            place.end = bytes_.size() - in.rest().size();
            if (name == wanted)
                return {place.begin, place.end, text, true};
        }
        return place;
    }

    void replace(std::string_view name, const std::string_view* text)
    {
        const auto place = locate(name);
        const BytesView before = bytes_;
        Texts changed;
        changed.bytes_.append(before.first(place.begin));
        if (text != nullptr)
            append_text(name, *text, changed.bytes_);
        changed.bytes_.append(before.subspan(place.end));
        bytes_.swap(changed.bytes_);
    }

    Buffer bytes_;
};

/// Makes of `mine` what both did to `base`: what one of them changed, put in or took out; where both did, it is as in `mine`.
inline void merge(const Texts& base, Texts& mine, const Texts& theirs)
{
    theirs.for_each([&](std::string_view name, std::string_view text) {
        const auto before = base.find(name);
        if (before == mine.find(name)) // not changed here
            mine.set(name, text);
    });
    base.for_each([&](std::string_view name, std::string_view text) {
        if (mine.find(name) == text && !theirs.find(name))
            mine.erase(name);
    });
}

} // namespace sojourn::inline v0::core
