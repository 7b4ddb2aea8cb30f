#pragma once

#include <sojourn/bytes.hpp>
#include <sojourn/crypto/secret.hpp>

#include <sodium/utils.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace sojourn::inline v0::storage::net {

/// Name and password, the latter in locked memory.
class Login {
public:
    /// Wipes the password that is handed in.
    Login(std::string username, std::string& password) : username_{std::move(username)}
    {
        if (!password.empty()) {
            password_ = crypto::Secret{password.size()};
            std::ranges::copy(as_bytes(password), password_.bytes().begin());
            password_.seal();
        }
        sodium_memzero(password.data(), password.size());
        password.clear();
    }

    bool is_needed() const noexcept { return !username_.empty() || !password().empty(); }
    const std::string& username() const noexcept { return username_; }
    std::string_view password() const noexcept { return as_text(password_.bytes()); }

private:
    std::string username_;
    crypto::Secret password_;
};

} // namespace sojourn::inline v0::storage::net
