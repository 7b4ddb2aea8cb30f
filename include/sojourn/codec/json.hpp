#pragma once

#include <sojourn/codec/json_reader.hpp>
#include <sojourn/codec/json_writer.hpp>
#include <sojourn/codec/typed.hpp>

namespace sojourn::inline v0::codec {

/// The program's type `T` as JSON (RFC 8259), for sessions that other programs read too. Models `CodecPolicy`.
///
/// Bytes travel as base64url. What JSON cannot tell is `errc::bad_data` when encoding: NaN, infinity, a string that is
/// not UTF-8. Integers and doubles come back exactly as they were.
template <class T>
class Json : public detail::Typed<detail::JsonReader, detail::JsonWriter, T> {};

} // namespace sojourn::inline v0::codec
