#pragma once

#include <sojourn/core/expiry.hpp>
#include <sojourn/crypto/key_material.hpp>
#include <sojourn/error.hpp>
#include <sojourn/http/client.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace sojourn::inline v0::protocol {

/// What a protocol needs to know of the options.
struct Settings {
    std::string_view cookie_name;          ///< with its prefix; lasts as long as the protocol
    std::string_view remember_cookie_name; ///< the same
    core::Timeouts timeouts;
    core::Timeouts remember_timeouts;
    core::seconds stale_ttl{10};
    core::seconds touch_threshold{60};
    bool hash_storage_key = true;
    bool store_metadata = false;
    bool appends = false; ///< whether the storage can add to the end of an index (`AppendingStorage`)
    bool hash_subject = false;
    std::size_t max_length = 0; ///< of the sealed session, in bytes
    bool remember = false;      ///< whether new sessions are remembered
    Safety remember_safety = Safety::medium;
    http::Bind bind = {};
    std::size_t compression_threshold = 1024;
};

/// What is wrong with so many bytes, if they are more than `Settings::max_length`. `whose`: what stands before the number.
inline Error too_large(std::size_t size, std::size_t max_length, std::string_view whose = {})
{
    return {errc::too_large, sojourn::detail::joined(
                                 {whose, std::to_string(size), " bytes, max_length is ", std::to_string(max_length)})};
}

} // namespace sojourn::inline v0::protocol
