#pragma once

#include <sojourn/bytes.hpp>
#include <sojourn/concepts.hpp>
#include <sojourn/inplace_vector.hpp>
#include <sojourn/wire/frame.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

namespace sojourn::inline v0::core {

/// A generation that is no longer the current one but may still be used.
struct Superseded {
    std::array<std::byte, 16> generation{};
    wire::Time until{}; ///< the end of its grace; the epoch: its successor has not come back from the client yet
};

/// The superseded generations of a session, oldest first, and a bound on how many are kept.
class Grace : public InplaceVector<Superseded, 8> {
public:
    /// Adds the newest; the oldest makes room if there is none.
    void push(const Superseded& entry) noexcept
    {
        if (try_push_back(entry))
            return;
        erase(0);
        try_push_back(entry);
    }
};

/// What cookies of one kind stand for in a session's record: the generation that is good now, and those it superseded.
struct Ticket {
    wire::Id id;                           ///< the id that the next cookie carries
    std::array<std::byte, 16> presented{}; ///< the generation the client is known to hold
    wire::Times times;
    Grace grace; ///< server-side storages only
};

/// What remembers a session, if anything does.
struct Remembered : Ticket {
    bool exists = false;

    explicit operator bool() const noexcept { return exists; }
};

/// What a cookie is bound to (http/client.hpp), if it is bound to anything.
struct Binding {
    std::array<std::byte, 32> hash{};
    bool bound = false;

    explicit operator bool() const noexcept { return bound; }
    friend bool operator==(const Binding&, const Binding&) = default;
};

/// What a save is to do about remembering.
enum class Remembering : std::uint8_t { as_it_is, yes, no };
constexpr Remembering remembering(bool wanted) noexcept { return wanted ? Remembering::yes : Remembering::no; }

/// Where a session stands: what its cookie and its record said, or nothing yet.
struct Standing : Ticket {
    bool exists = false;   ///< it was opened from, or saved to, cookie or store
    bool reserved = false; ///< it does not exist yet, but its family is drawn, and in use
    bool restored = false; ///< it was opened by its remember cookie, and is to get cookies of its own
    bool forgets = false;  ///< its program said that it is not to be remembered
    bool unlisted = false; ///< it was stored, but what the metadata says of it was not
    Remembered remember;   ///< what its remember cookie stands for, if it has one
    Remembering to_remember = Remembering::as_it_is; ///< whether the next save is to give it one
    Version version = 0;                             ///< server-side storages only
    std::uint32_t sequence = 0;                      ///< how often its record was stored
    std::size_t key = 0;                             ///< which key of the ring sealed it; 0 is the primary one
    unsigned cookies = 0;                            ///< how many cookies of ours the client holds, as far as we know
    unsigned remember_cookies = 0;                   ///< and how many for remembering
    Binding binding;                                 ///< what of the client the cookies are bound to

    /// Whether it is remembered once it has been saved.
    bool remembered() const noexcept
    {
        return to_remember == Remembering::as_it_is ? remember.exists : to_remember == Remembering::yes;
    }
    /// What was to be done by a save is done.
    void settle() noexcept
    {
        restored = unlisted = false;
        to_remember = Remembering::as_it_is;
    }
};

/// A session apart from its typed data.
struct State : Standing {
    Buffer body; ///< all audiences' entries as read or last saved
    /// Of its cookie and record, what the protocol could not make again, and what that cookie is bound to.
    Buffer kept;
    Binding kept_binding;
};

/// What a save is meant to do.
enum class Intent {
    changes, ///< store what changed, nothing if nothing did
    renewal, ///< give the session a new id even if nothing changed
    login,   ///< begin a new session with this data; the one it came from is dead at once
    side,    ///< store what changed under the id that there is, without a new cookie; only for a session that exists
};

/// Fresh random bytes for one save. A session that is in its cookie, and not remembered, has no use for the second half:
/// the operating system asks half as much again for it.
struct Randomness {
    std::array<std::byte, 16> generation{};
    std::array<std::byte, 16> family{};

    std::array<std::byte, 16> salt{};
    std::array<std::byte, 16> remember{};
};

} // namespace sojourn::inline v0::core
