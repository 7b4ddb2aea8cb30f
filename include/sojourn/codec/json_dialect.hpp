#pragma once

namespace sojourn::inline v0::codec::detail {

/// JSON as the RFC has it (RFC 8259), UTF-8 only.
struct Rfc8259 {
    static constexpr bool of_lua = false;
};

/// JSON as lua-cjson 2.1 writes it, and what it writes for Lua's values: strings are any bytes, all numbers are doubles, and
/// an empty table may be an array or an object.
struct LuaCjson {
    static constexpr bool of_lua = true;
};

} // namespace sojourn::inline v0::codec::detail
