// Any bytes in the place of what lua-resty-session makes. The first byte says what it is taken for:
//
// 0. A header, as text: refused, or written again to the same text.
// 1. What deflate made: refused, or packed and unpacked again to the same.
// 2. What is sealed, with the info in a store; 3. the same in a cookie: refused, or entries that are written to text which reads
//    the same.
// 4. A record: refused, or a payload and info that are written to a record which reads the same.
// 5. The log of an index: compacted, it lists the same.
// 6. JSON as cjson has it, as a map and as a struct: round_trip.hpp.

#include "round_trip.hpp"

#include <sojourn/codec/cjson.hpp>
#include <sojourn/protocol/lua_resty/deflate.hpp>
#include <sojourn/protocol/lua_resty/header.hpp>
#include <sojourn/protocol/lua_resty/payload.hpp>
#include <sojourn/protocol/lua_resty/record.hpp>
#include <sojourn/storage/detail/lua_resty_log.hpp>
#include <sojourn/wire/base64url.hpp>

#include <algorithm>
#include <span>
#include <string>

using namespace sojourn;
namespace format = protocol::lua_resty;

namespace {

constexpr std::size_t max_length = 1 << 16;

void read_header(std::string_view text)
{
    format::HeaderBytes bytes;
    if (text.size() != format::Header::text_size || !wire::decode(text, bytes.all().data()))
        return;
    const auto header = format::read_header(bytes, wire::Kind::session);
    if (!header)
        return;
    auto again = format::write_header(*header);
    std::ranges::copy(bytes.tag(), again.tag().begin());
    std::ranges::copy(bytes.mac(), again.mac().begin());
    std::string written(format::Header::text_size, '\0');
    wire::encode(again.all(), written.data());
    CHECK(written == text);
}

void unpack(BytesView packed)
{
    Buffer plain, again, plain_again;
    if (!format::inflate(packed, max_length, plain))
        return;
    CHECK(plain.size() <= max_length);
    if (!format::deflate_smaller(plain, again))
        return;
    CHECK(again.size() < plain.size());
    CHECK(format::inflate(again, max_length, plain_again).has_value());
    CHECK(as_text(plain) == as_text(plain_again));
}

void read_payload(BytesView json, bool in_cookie)
{
    Buffer body, written, body_again, written_again;
    if (!format::unpack(json, in_cookie, body) || !format::pack(body, in_cookie, written))
        return;
    CHECK(format::unpack(written, in_cookie, body_again).has_value());
    CHECK(format::pack(body_again, in_cookie, written_again).has_value());
    CHECK(as_text(written) == as_text(written_again));
}

void read_record(BytesView record)
{
    std::string payload, payload_again;
    Bytes info, info_again;
    if (!format::read_record(record, payload, info))
        return;
    Buffer body;
    core::append_entry({"default", "", "", as_bytes("{}"), {}, {}}, body);
    Buffer written;
    if (!info.empty() && !format::unpack_info(info, body))
        return;
    format::write_record(payload, body, written);
    CHECK(format::read_record(written, payload_again, info_again).has_value());
    CHECK(payload == payload_again);
}

void read_log(std::string_view log)
{
    const std::chrono::sys_seconds now{std::chrono::seconds{1'700'000'000}};
    const auto compact = storage::detail::compact_log(log, now);
    CHECK(storage::detail::read_log(compact.text, now) == storage::detail::read_log(log, now));
    CHECK(compact.text.size() <= log.size());
    CHECK(storage::detail::compact_log(compact.text, now).text == compact.text);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0)
        return 0;
    const auto input = std::as_bytes(std::span{data + 1, size - 1});
    switch (data[0] % 7) {
    case 0: read_header(as_text(input)); break;
    case 1: unpack(input); break;
    case 2: read_payload(input, false); break;
    case 3: read_payload(input, true); break;
    case 4: read_record(input); break;
    case 5: read_log(as_text(input)); break;
    default: fuzz::round_trip<codec::Cjson<Map>>(input); fuzz::round_trip<codec::Cjson<fuzz::Outer>>(input);
    }
    return 0;
}
