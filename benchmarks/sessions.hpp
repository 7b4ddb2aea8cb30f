#pragma once

#include "cart.hpp"
#include "floor.hpp"
#include "measure.hpp"
#include "ours.hpp"
#include "stored.hpp"

#include <sojourn/codec/json.hpp>
#include <sojourn/sojourn.hpp>

#include <cstdint>
#include <iostream>
#include <string>
#include <vector>

// Sessions of the native protocol in each storage.

namespace bench {

template <class Storage, class Cipher, class Codec>
void add_session(const std::string& codec)
{
    const auto name = std::string{Stored<Storage>::name} + ' ' + std::string{Cipher::name} + ' ' + codec;
    const std::vector<std::int64_t> sizes{200, 1000, 3000};
    add_ours<sojourn::Session<Storage, Cipher, Codec>, Stored<Storage>>(name, sizes, {.ikm = std::string(32, '\0')});
    add_floor<Floor<Stored<Storage>::place, Cipher, Codec>>(name, sizes);
}

template <class Storage, class Cipher>
void add_codecs()
{
    using namespace sojourn;
    if (!Cipher::available()) {
        std::cerr << "this processor cannot do " << Cipher::name << '\n';
        return;
    }
    add_session<Storage, Cipher, codec::MessagePack<Cart>>("MessagePack");
    add_session<Storage, Cipher, codec::Json<Cart>>("JSON");
    if constexpr (CookieStorage<Storage>)
        add_session<Storage, Cipher, codec::Zstd<codec::MessagePack<Cart>>>("Zstd<MessagePack>");
}

template <class Storage>
void add_suites()
{
    add_codecs<Storage, sojourn::cipher::XChaCha20Poly1305>();
    add_codecs<Storage, sojourn::cipher::Aes256Gcm>();
}

/// One unit each, so that they are compiled side by side.
void add_cookie();
void add_memory();
void add_file();

} // namespace bench
