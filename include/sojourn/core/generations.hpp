#pragma once

#include <sojourn/core/expiry.hpp>
#include <sojourn/core/state.hpp>

#include <array>
#include <cstddef>

// A session's id changes at each save, and yet nobody is logged out by requests that overlap or by responses that get
// lost: a superseded generation stays good until its successor has come back from the client, and for a grace after that.

namespace sojourn::inline v0::core {

/// Whether the generation that the client presented may be used: it is the current one, or one in its grace, or was made,
/// at `made`, after all that the record tells of. Then the store has gone back, as a replica does that takes over before it
/// was told everything; what was saved last is lost, but the session is not. If none of these, it is a retired id: it was
/// made here, for this session, and is used again.
inline bool admits(const Ticket& ticket, Time made, Time now) noexcept
{
    for (const Superseded& entry : ticket.grace)
        if (entry.generation == ticket.presented && (entry.until == Time{} || now < entry.until))
            return true;
    return ticket.presented == ticket.id.generation || made > ticket.times.saved;
}

/// Makes `generation` the current one and starts the rolling timeout anew. A generation never seems made before the one that
/// it supersedes, whatever the clocks of two machines say.
inline void rotate(Ticket& ticket, Time now, const std::array<std::byte, 16>& generation) noexcept
{
    ticket.id.generation = generation;
    ticket.times.saved = ticket.times.seen = later(now, ticket.times.saved);
}

/// What the client presented has come back from it: the grace, `stale_ttl`, of those that it superseded begins. Those whose
/// grace is over are forgotten.
inline void begin_grace(Ticket& ticket, Time now, seconds stale_ttl) noexcept
{
    bool before_presented = ticket.presented == ticket.id.generation;
    for (const Superseded& entry : ticket.grace)
        before_presented = before_presented || entry.generation == ticket.presented;
    for (std::size_t i = 0; i != ticket.grace.size();) {
        Superseded& entry = ticket.grace[i];
        before_presented = before_presented && entry.generation != ticket.presented;
        if (before_presented && entry.until == Time{})
            entry.until = now + stale_ttl;
        if (entry.until != Time{} && entry.until <= now)
            ticket.grace.erase(i);
        else
            ++i;
    }
}

/// Prepares a save. Who holds the current generation gets a new one; who holds a superseded one is given the current one
/// again, so that concurrent responses carry the same cookie.
inline void renew(Ticket& ticket, Time now, const std::array<std::byte, 16>& generation, seconds stale_ttl) noexcept
{
    begin_grace(ticket, now, stale_ttl);
    if (ticket.presented == ticket.id.generation) {
        if (ticket.id.generation != decltype(ticket.id.generation){})
            ticket.grace.push({ticket.id.generation, {}});
        rotate(ticket, now, generation);
    } else {
        ticket.times.seen = later(now, ticket.times.saved);
    }
}

/// How long the store is to keep the record: as long as the session or its remember cookie may live.
inline seconds time_to_live(const Standing& standing, Time now, const Timeouts& timeouts,
                            const Timeouts& remember_timeouts) noexcept
{
    const auto own = time_to_live(standing.times, now, timeouts);
    if (!standing.remember)
        return own;
    const auto remembered = time_to_live(standing.remember.times, now, remember_timeouts);
    return own < remembered ? remembered : own;
}

/// Prepares a session that was opened by its remember cookie. If its own time is over, or nothing told when it began, it
/// begins anew, and no id of before is good any more; if not, its present id is given again.
inline void revive(Standing& standing, Time now, const Timeouts& timeouts) noexcept
{
    standing.presented = {};
    standing.times.seen = later(now, standing.times.saved);
    if (standing.times.created == Time{} || expired(standing.times, now, timeouts) != errc{}) {
        standing.id.generation = {};
        standing.grace = {};
        standing.times = {now, now, now};
    }
}

/// Prepares a session's remember cookie for a save; whether a new one is to be sent. Where the record tells which
/// generations are good (`InStore`), that is so if the client does not hold the current one, or if an eighth of the
/// rolling timeout is spent; else with each save, for the cookie carries the session.
template <bool InStore>
bool renew_remember(Standing& standing, Time now, const std::array<std::byte, 16>& generation, const Timeouts& timeouts,
                    seconds stale_ttl) noexcept
{
    auto& remember = standing.remember;
    const bool wanted = standing.remembered();
    if (!wanted || (remember && expired(remember.times, now, timeouts) != errc{}))
        remember = {};
    if (!remember) {
        if (!wanted || standing.to_remember == Remembering::as_it_is)
            return false;
        remember.exists = true;
        remember.id = {generation, standing.id.family};
        remember.times = {now, now, now};
        return true;
    }
    if constexpr (InStore) {
        const bool held = remember.presented == remember.id.generation;
        const bool lasts = timeouts.rolling.count() == 0 || elapsed(remember.times.saved, now) * 8 <= timeouts.rolling;
        if (held && lasts && !standing.restored) {
            begin_grace(remember, now, stale_ttl);
            return false;
        }
        renew(remember, now, generation, stale_ttl);
    } else {
        rotate(remember, now, generation);
    }
    return true;
}

} // namespace sojourn::inline v0::core
