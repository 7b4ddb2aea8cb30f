#include "apart.hpp"

template class sojourn::Session<sojourn::storage::Cookie, Cipher, sojourn::codec::MessagePack<Cart>>;
template class sojourn::Manager<sojourn::storage::Cookie, Cipher, sojourn::codec::MessagePack<Cart>>;
template class sojourn::Session<sojourn::storage::Memory, Cipher, sojourn::codec::Json<Cart>>;
template class sojourn::Manager<sojourn::storage::Memory, Cipher, sojourn::codec::Json<Cart>>;
