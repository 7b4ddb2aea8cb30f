#pragma once

#include <sojourn/codec/message_pack_reader.hpp>
#include <sojourn/codec/message_pack_writer.hpp>
#include <sojourn/codec/typed.hpp>

namespace sojourn::inline v0::codec {

/// The program's type `T` as MessagePack (github.com/msgpack/msgpack, spec.md). Models `CodecPolicy`.
///
/// Small and fast; decoding allocates nothing but what `T` owns. Strings are carried byte for byte, UTF-8 or not.
///
///     BOOST_HANA_ADAPT_STRUCT(Cart, user, items, visits);
///     using Codec = sojourn::codec::MessagePack<Cart>;
template <class T>
class MessagePack : public detail::Typed<detail::MessagePackReader, detail::MessagePackWriter, T> {};

} // namespace sojourn::inline v0::codec
