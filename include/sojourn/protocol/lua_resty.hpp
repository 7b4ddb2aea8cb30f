#pragma once

#include <sojourn/cipher/lua_resty.hpp>
#include <sojourn/codec/cjson.hpp>
#include <sojourn/concepts.hpp>
#include <sojourn/cookie/attributes.hpp>
#include <sojourn/crypto/key_material.hpp>
#include <sojourn/environment.hpp>
#include <sojourn/fwd.hpp>
#include <sojourn/options.hpp>
#include <sojourn/protocol/lua_resty/wire.hpp>
#include <sojourn/storage/rotating.hpp>

#include <string_view>

// The same sessions as lua-resty-session 4.x: what OpenResty or Kong made is opened and saved here, and the reverse. Needs
// zlib and OpenSSL's libcrypto.

namespace sojourn::inline v0 {

namespace protocol {

/// The protocol of lua-resty-session 4.x, for a `Session` with one of its suites (cipher/lua_resty.hpp) and the cookie storage
/// or a `RotatingStorage`.
///
/// There a session has another id and another record after each save: with it the later of two concurrent saves wins.
///
/// What is done otherwise than in lua-resty-session 4.1.5, and why; each side reads what the other writes all the same:
/// - A cookie has one form only: bits beyond the last byte, `=`, and text between header and payload are refused. Names are
///   compared with their case, and each cookie of the name is tried, not only the first (RFC 6265 §5.4).
/// - Cookies are compared with the MAC in constant time.
/// - `open` changes nothing: what a remember cookie restored is saved by the next `save`, which sends the session's cookie first.
/// - A login, which is a change of the subject, leaves the id of before no grace. Its record is removed at once.
/// - A save of a session whose record is gone is refused, so that what was destroyed stays dead; there it comes back.
/// - A session that is switched to be forgotten takes its remember cookie and that record along.
/// - A store that fails after the session was stored leaves the remember cookie as it was, and is no error.
/// - A record is kept until the absolute timeout at the latest; there the time gone by is added, not subtracted. One that
///   remembers keeps its own time when only the info is saved.
/// - An index has the subject as base64url or hashed, also if a session has several audiences; there it is the plain subject
///   then, which is looked for, too. A session that leaves an audience leaves its index. An index lives as long as the last of
///   its sessions, in memcached as well. A log is compacted when most of it is over, or at each save, and not by chance.
/// - In Redis a save is one script with all its keys, so that it happens as a whole; there it is a pipeline whose errors nobody
///   reads. Sorted sets are expired no sooner than the last that they list.
/// - Numbers keep all their digits, where `%.14g` would lose some. NaN and infinity are refused.
/// - An empty subject is none.
/// - Options that contradict each other are refused, not set right in silence.
/// - Files are mode 0600, unless the options say otherwise; they are put in place whole.
/// Nothing can be done here about what the format lacks: a cookie's name is not authenticated, so that without
/// `remember_safety` a session's cookie passes for one that remembers it; the info in a store is neither authenticated nor
/// encrypted; a cookie made without `bind` opens where `bind` is asked for, until its next save.
struct LuaResty {
    template <class Cipher, bool InCookie>
    using Wire = LuaRestyWire<Cipher, InCookie>;

    template <class Storage>
    static constexpr bool suits = CookieStorage<Storage> || RotatingStorage<Storage>;
    template <class Storage>
    static constexpr bool lists = RotatingStorage<Storage>;

    /// SHA-256, whatever the safety: that is for the remember cookie's keys.
    static std::string key_material(std::string_view secret, Safety)
    {
        return sojourn::key_material(secret, Safety::none);
    }
};

} // namespace protocol

namespace lua_resty {

/// A session shared with lua-resty-session 4.x: `lua_resty::Session<storage::Cookie, Cart>`.
template <class Storage, class Data, class Environment = environment::System, class Suite = cipher::LuaResty>
using Session = sojourn::Session<Storage, Suite, codec::Cjson<Data>, protocol::LuaResty, Environment>;

/// The options as that library has them when it is told nothing, so that both find each other's sessions: names without
/// prefix, and keys in the store that are not hashed. All others have the same defaults there and here, but for
/// `cookie_secure`, which stays true.
inline Options defaults()
{
    Options options;
    options.cookie_prefix = cookie::Prefix::none;
    options.hash_storage_key = false;
    return options;
}

} // namespace lua_resty

} // namespace sojourn::inline v0
