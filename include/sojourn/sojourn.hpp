#pragma once

// All of sojourn that needs no server and no other library than Boost's headers, libsodium and libzstd, in the order in
// which a request passes through it. Beside it stand, each to be included by who wants it:
//   <sojourn/storage/…>      memory.hpp, file.hpp: where sessions are kept if not in the cookie
//   <sojourn/codec/…>        json.hpp: JSON instead of MessagePack; map.hpp: names and values instead of a struct
//   <sojourn/http/…>         httplib.hpp, beast.hpp: adapters to servers
//   <sojourn/drive_asio.hpp> for storages that are awaited
//   <sojourn/testing/…>      for the tests of a program, and of policies of its own

#include <sojourn/version.hpp>
// the vocabulary: errors, bytes, and what the policies must be able to do
#include <sojourn/bytes.hpp>
#include <sojourn/concepts.hpp>
#include <sojourn/error.hpp>
#include <sojourn/result.hpp>
// the Cookie header, and the Set-Cookie lines
#include <sojourn/cookie/attributes.hpp>
#include <sojourn/cookie/chunks.hpp>
#include <sojourn/cookie/jar.hpp>
#include <sojourn/cookie/lines.hpp>
#include <sojourn/cookie/set_cookie.hpp>
// what a cookie's text says
#include <sojourn/wire/base64url.hpp>
#include <sojourn/wire/frame.hpp>
// keys, and the ciphers that seal with them
#include <sojourn/cipher/aes256_gcm.hpp>
#include <sojourn/cipher/xchacha20_poly1305.hpp>
#include <sojourn/crypto/key_ring.hpp>
#include <sojourn/crypto/secret.hpp>
// the program's data as bytes
#include <sojourn/codec/message_pack.hpp>
#include <sojourn/codec/zstd.hpp>
#include <sojourn/reflect.hpp>
// where it is kept
#include <sojourn/storage/cookie.hpp>
// what becomes of what two requests change at once
#include <sojourn/merge.hpp>
#include <sojourn/merge_rules.hpp>
// what opening, saving and ending a session are
#include <sojourn/core/destroy.hpp>
#include <sojourn/core/open.hpp>
#include <sojourn/core/save.hpp>
#include <sojourn/drive_sync.hpp>
#include <sojourn/protocol/native.hpp>
// what a program calls
#include <sojourn/manager.hpp>
#include <sojourn/options.hpp>
#include <sojourn/session.hpp>
