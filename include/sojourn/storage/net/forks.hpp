#pragma once

#include <pthread.h>

#include <atomic>
#include <new>

namespace sojourn::inline v0::storage::net {

/// How often this process and those it descends from have been forked, since one of them first asked here. Who has noted another
/// number is in a child of the process that noted it.
///
/// The process's id tells the same, but is a system call each time. A child that is made without fork's handlers (_Fork, a bare
/// clone) is not told from its parent; it may do little before it executes another program.
inline unsigned forks()
{
    static std::atomic<unsigned> count = 0;
    static const int refused = ::pthread_atfork(nullptr, nullptr, [] { ++count; });
    if (refused != 0)
        throw std::bad_alloc{};
    return count;
}

} // namespace sojourn::inline v0::storage::net
