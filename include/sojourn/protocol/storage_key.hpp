#pragma once

#include <sojourn/bytes.hpp>
#include <sojourn/wire/base64url.hpp>

#include <cstddef>
#include <string_view>

namespace sojourn::inline v0::protocol {

/// A record's key in the store: 43 characters of base64url, or 22 if it is not hashed.
class StorageKey {
public:
    StorageKey() = default;
    explicit StorageKey(BytesView bytes) noexcept : size_{wire::encoded_size(bytes.size())}
    {
        wire::encode(bytes, text_);
    }
    std::string_view view() const noexcept { return {text_, size_}; }

private:
    char text_[wire::encoded_size(32)] = {};
    std::size_t size_ = 0;
};

} // namespace sojourn::inline v0::protocol
