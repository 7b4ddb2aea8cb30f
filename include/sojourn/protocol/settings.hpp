#pragma once

#include <sojourn/core/expiry.hpp>
#include <sojourn/crypto/key_material.hpp>
#include <sojourn/http/client.hpp>

#include <cstddef>
#include <string>

namespace sojourn::inline v0::protocol {

/// What a protocol needs to know of the options.
struct Settings {
    std::string cookie_name;          ///< with its prefix
    std::string remember_cookie_name; ///< with its prefix
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

} // namespace sojourn::inline v0::protocol
