#pragma once

#include <sojourn/codec/json_dialect.hpp>
#include <sojourn/codec/json_reader.hpp>
#include <sojourn/codec/json_writer.hpp>
#include <sojourn/codec/typed.hpp>

namespace sojourn::inline v0::codec {

/// The program's type `T` as JSON that is shared with Lua programs: as lua-cjson 2.1 reads and writes it, but for two
/// things. A number that has more than 14 digits keeps them, and NaN is refused. Models `CodecPolicy`.
///
/// Bytes travel as base64url; a string may hold any bytes. An integer is any number that is one, since Lua writes `1e+15`.
/// An empty array comes back from Lua as `{}`, which is read as one.
template <class T>
class Cjson
    : public detail::Typed<detail::BasicJsonReader<detail::LuaCjson>, detail::BasicJsonWriter<detail::LuaCjson>, T> {};

} // namespace sojourn::inline v0::codec
