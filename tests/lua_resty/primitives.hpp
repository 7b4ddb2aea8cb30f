#pragma once

// The recorded intermediates of one cookie, each made again from what stands before it.

#include "json.hpp"
#include "report.hpp"

#include <sojourn/bytes.hpp>
#include <sojourn/cipher/lua_resty.hpp>
#include <sojourn/protocol/lua_resty/binding.hpp>
#include <sojourn/protocol/lua_resty/deflate.hpp>
#include <sojourn/protocol/lua_resty/header.hpp>
#include <sojourn/wire/base64url.hpp>

#include <sodium/utils.h>

#include <array>
#include <string>
#include <string_view>

namespace lua_resty_vectors {

using namespace sojourn;
namespace wire_format = protocol::lua_resty;

inline std::string hex(BytesView bytes)
{
    std::string text(2 * bytes.size() + 1, '\0');
    sodium_bin2hex(text.data(), text.size(), as_unsigned(bytes), bytes.size());
    text.pop_back();
    return text;
}
inline Bytes from_hex(std::string_view text)
{
    Bytes bytes(text.size() / 2);
    std::size_t size = 0;
    sodium_hex2bin(as_unsigned(std::span{bytes}), bytes.size(), text.data(), text.size(), nullptr, &size, nullptr);
    bytes.resize(size);
    return bytes;
}
template <std::size_t Size>
std::array<std::byte, Size> array_of_hex(std::string_view text)
{
    const auto bytes = from_hex(text);
    std::array<std::byte, Size> array{};
    std::copy_n(bytes.begin(), std::min(bytes.size(), Size), array.begin());
    return array;
}
inline std::string encoded(BytesView bytes)
{
    std::string text(wire::encoded_size(bytes.size()), '\0');
    wire::encode(bytes, text.data());
    return text;
}

inline unsigned iterations_of(std::string_view safety)
{
    return safety == "Low"         ? 1'000
           : safety == "Medium"    ? 10'000
           : safety == "High"      ? 100'000
           : safety == "Very High" ? 1'000'000
                                   : 0;
}

template <class Suite>
struct Keys {
    explicit Keys(std::string_view ikm_hex) : ikm{array_of_hex<32>(ikm_hex)} { Suite::prepare(ikm, prepared); }

    typename Suite::SealKey seal_key(SealId id, std::string_view safety) const
    {
        const auto iterations = iterations_of(safety);
        if (iterations == 0)
            return {prepared, id};
        return {ikm, id, iterations};
    }
    std::array<std::byte, 32> mac_key(SealId id) const
    {
        std::array<std::byte, 32> key;
        Suite::mac_key(prepared, id, key);
        return key;
    }
    static std::array<std::byte, 16> mac(KeyView key, BytesView message)
    {
        std::array<std::byte, 16> out;
        Suite::mac(key, message, out);
        return out;
    }

    std::array<std::byte, 32> ikm;
    std::array<std::byte, 32> prepared{};
};

/// MAC key, message and MAC.
template <class Suite>
void check_mac(const Json& record, const core::Binding& binding, Report& report)
{
    const Keys<Suite> keys{record.at("ikm_hex").get<std::string>()};
    const auto id = array_of_hex<32>(record.at("sid_hex").get<std::string>());
    const auto header = from_hex(record.at("header_hex").get<std::string>());
    Bytes message(header.begin(), header.begin() + wire_format::Header::maced_size);
    if (binding) {
        message.push_back(std::byte{'#'});
        message.insert(message.end(), binding.hash.begin(), binding.hash.end());
    }
    const auto key = keys.mac_key(id);
    report.equal(hex(key), text_or(record, "mac_key_hex"), "the MAC's key");
    report.equal(hex(message), text_or(record, "mac_msg_hex"), "what the MAC is of");
    report.equal(hex(Keys<Suite>::mac(key, message)), text_or(record, "mac_hex"), "the MAC");
}

/// All that is recorded of one header and payload, made from key material, id and plaintext.
template <class Suite>
void check_save(const Json& record, const core::Binding& binding, std::size_t compression_threshold, Report& report)
{
    const auto safety = text_or(record, "safety");
    const Keys<Suite> keys{record.at("ikm_hex").get<std::string>()};
    const auto id = array_of_hex<32>(record.at("sid_hex").get<std::string>());
    const auto seal_key = keys.seal_key(id, safety);
    report.equal(hex({reinterpret_cast<const std::byte*>(seal_key.key()), 32}), text_or(record, "aes_key_hex"),
                 "the key of the payload");
    report.equal(hex({reinterpret_cast<const std::byte*>(seal_key.nonce()), 12}), text_or(record, "iv_hex"),
                 "the nonce of the payload");

    const auto json = text_or(record, "plaintext_json");
    Buffer packed;
    const bool deflated = compression_threshold != 0 && json.size() > compression_threshold &&
                          wire_format::deflate_smaller(as_bytes(json), packed);
    report.check(deflated == record.at("deflated").get<bool>(), "whether it is compressed");
    if (deflated)
        report.equal(encoded(packed), text_or(record, "deflated_b64url", encoded(packed)), "what is compressed");

    const BytesView plain = deflated ? BytesView{packed} : as_bytes(json);
    Bytes sealed(plain.size() + Suite::tag_size);
    const auto associated = from_hex(text_or(record, "aad_hex"));
    Suite::seal(seal_key, associated, plain, sealed);
    const auto payload = BytesView{sealed}.first(plain.size());
    report.equal(encoded(payload), text_or(record, "ciphertext_b64url"), "the payload");
    report.equal(hex(BytesView{sealed}.last(Suite::tag_size)), text_or(record, "tag_hex"), "the tag");

    const auto header = from_hex(text_or(record, "header_hex"));
    report.equal(hex(BytesView{header}.first(wire_format::Header::associated_size)), text_or(record, "aad_hex"),
                 "the associated data");
    report.equal(hex(BytesView{header}.last(16)), text_or(record, "mac_hex"), "the header's end");
    check_mac<Suite>(record, binding, report);
}

} // namespace lua_resty_vectors
