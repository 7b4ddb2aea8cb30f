#pragma once

#include "cart.hpp"
#include "journal.hpp"

#include <sojourn/core/sweep.hpp>
#include <sojourn/error.hpp>
#include <sojourn/options.hpp>
#include <sojourn/properties.hpp>

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace shop {

/// A cookie of ours that came with the request.
struct CookieSize {
    std::string name;
    std::size_t size; ///< of the value, in bytes
};

/// All that the page shows.
struct View {
    const Cart& cart;
    sojourn::Properties session;
    bool is_new, restored, remembered;
    std::string label;                            ///< of this device
    std::vector<sojourn::SessionSummary> devices; ///< of whom is logged in; this one is among them
    std::string token;                            ///< for the page's forms
    std::optional<std::string> notice;            ///< what the last form has done
    sojourn::Error reason;
    const sojourn::Options& options;
    std::string_view storage, cipher, codec;
    std::string instance; ///< the address of the program that shows it: there may be several
    bool loses_no_update, can_revoke;
    std::vector<CookieSize> cookies;
    std::deque<Sent> sent;
};

} // namespace shop
