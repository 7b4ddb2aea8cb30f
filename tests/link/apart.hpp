#pragma once

#include <sojourn/sojourn.hpp>
#include <sojourn/codec/json.hpp>
#include <sojourn/storage/memory.hpp>

#include <string>

// Sessions that one unit compiles for all of a program's (apart_two.cpp).

struct Cart {
    std::string user;
    int visits = 0;
};
BOOST_HANA_ADAPT_STRUCT(Cart, user, visits);

using Cipher = sojourn::cipher::XChaCha20Poly1305;

using InCookie = sojourn::Session<sojourn::storage::Cookie, Cipher, sojourn::codec::MessagePack<Cart>>;
extern template class sojourn::Session<sojourn::storage::Cookie, Cipher, sojourn::codec::MessagePack<Cart>>;
extern template class sojourn::Manager<sojourn::storage::Cookie, Cipher, sojourn::codec::MessagePack<Cart>>;

using InMemory = sojourn::Session<sojourn::storage::Memory, Cipher, sojourn::codec::Json<Cart>>;
extern template class sojourn::Session<sojourn::storage::Memory, Cipher, sojourn::codec::Json<Cart>>;
extern template class sojourn::Manager<sojourn::storage::Memory, Cipher, sojourn::codec::Json<Cart>>;
