#pragma once

namespace sojourn::inline v0::storage {

/// The storage that is none: the session's data rides in the client's cookies, sealed. Models `CookieStorage`.
///
/// Nothing is kept on the server, so nothing there can be compared, replaced or removed. Two things cannot be excluded:
/// - lost updates: of two requests that change one session at once, the cookie that arrives last at the client wins;
/// - use after logout: logout takes the cookie from a client that plays along, but a copy of it opens until it times out.
///
/// Both follow from the type: `CookieStorage<S>` holds for this storage, `VersionedStorage<S>` for those that lose no
/// update. A program that relies on either says so with `static_assert(sojourn::VersionedStorage<Storage>)`.
struct Cookie {
    static constexpr bool in_cookie = true;
};

} // namespace sojourn::inline v0::storage
