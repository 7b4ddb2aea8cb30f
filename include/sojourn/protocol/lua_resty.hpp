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
struct LuaResty {
    template <class Cipher, bool InCookie>
    using Wire = LuaRestyWire<Cipher, InCookie>;

    template <class Storage>
    static constexpr bool suits = CookieStorage<Storage> || RotatingStorage<Storage>;
    template <class Storage>
    static constexpr bool lists = RotatingStorage<Storage>;

    /// SHA-256, whatever the safety: that is for the remember cookie's keys.
    static KeyMaterial key_material(std::string_view secret, Safety)
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
