#pragma once

// A recorded configuration as our options.

#include "json.hpp"
#include "primitives.hpp"

#include <sojourn/options.hpp>
#include <sojourn/protocol/lua_resty.hpp>

#include <chrono>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

namespace lua_resty_vectors {

inline Options options_of(const Json& config)
{
    static const std::set<std::string> known{"secret",
                                             "storage",
                                             "remember_safety",
                                             "remember",
                                             "audience",
                                             "store_metadata",
                                             "hash_subject",
                                             "idling_timeout",
                                             "bind",
                                             "compression_threshold",
                                             "redis",
                                             "rolling_timeout",
                                             "absolute_timeout",
                                             "file",
                                             "cookie_domain",
                                             "cookie_same_site",
                                             "cookie_path",
                                             "hash_storage_key",
                                             "cookie_prefix",
                                             "cookie_http_only",
                                             "secret_fallbacks",
                                             "cookie_secure",
                                             "memcached",
                                             "ikm",
                                             "ikm_hex",
                                             "cookie_priority",
                                             "cookie_same_party",
                                             "cookie_partitioned",
                                             "touch_threshold",
                                             "cookie_name",
                                             "subject",
                                             "ikm_fallbacks_hex",
                                             "response_headers",
                                             "enforce_same_subject",
                                             "stale_ttl",
                                             "remember_cookie_name",
                                             "remember_rolling_timeout",
                                             "remember_absolute_timeout",
                                             "ikm_fallbacks",
                                             "request_headers"};
    for (const auto& [name, value] : config.items())
        if (!known.contains(name))
            throw std::runtime_error{"an option that this program does not know: " + name};

    Options options = sojourn::lua_resty::defaults();
    options.cookie_secure = false; // that library's default
    const auto text = [&](const char* name, std::string& to) { to = text_or(config, name, to); };
    const auto flag = [&](const char* name, bool& to) {
        if (config.contains(name) && config.at(name).is_boolean())
            to = config.at(name).get<bool>();
    };
    const auto seconds = [&](const char* name, std::chrono::seconds& to) {
        if (config.contains(name))
            to = std::chrono::seconds{config.at(name).get<long long>()};
    };

    // A short secret is refused as one, and may be given as what it stands for.
    if (config.contains("ikm_hex"))
        options.ikm = as_text(from_hex(config.at("ikm_hex").get<std::string>()));
    else if (config.contains("ikm"))
        options.ikm = config.at("ikm").get<std::string>();
    else if (const auto secret = text_or(config, "secret"); secret.size() < 16)
        options.ikm = key_material(secret, Safety::none);
    else
        options.secret = secret;
    for (const auto& secret : config.value("secret_fallbacks", Json::array()))
        options.ikm_fallbacks.push_back(key_material(secret.get<std::string>(), Safety::none));
    for (const auto& ikm : config.value("ikm_fallbacks", Json::array()))
        options.ikm_fallbacks.push_back(ikm.get<std::string>());
    for (const auto& ikm : config.value("ikm_fallbacks_hex", Json::array()))
        options.ikm_fallbacks.emplace_back(as_text(from_hex(ikm.get<std::string>())));

    text("cookie_name", options.cookie_name);
    text("remember_cookie_name", options.remember_cookie_name);
    text("cookie_path", options.cookie_path);
    text("cookie_domain", options.cookie_domain);
    flag("cookie_http_only", options.cookie_http_only);
    flag("cookie_secure", options.cookie_secure);
    flag("cookie_partitioned", options.cookie_partitioned);
    flag("cookie_same_party", options.cookie_same_party);
    const auto same_site = text_or(config, "cookie_same_site", "Lax");
    options.cookie_same_site = same_site == "Strict" ? cookie::SameSite::strict
                               : same_site == "None" ? cookie::SameSite::none
                                                     : cookie::SameSite::lax;
    const auto priority = text_or(config, "cookie_priority");
    options.cookie_priority = priority == "Low"      ? cookie::Priority::low
                              : priority == "Medium" ? cookie::Priority::medium
                              : priority == "High"   ? cookie::Priority::high
                                                     : cookie::Priority::unset;
    // What that library sets right in silence is refused here, with a word on what is wrong.
    const auto prefix = text_or(config, "cookie_prefix");
    if (prefix == "__Host-") {
        options.cookie_prefix = cookie::Prefix::host;
        options.cookie_path = "/";
        options.cookie_domain.clear();
    } else if (prefix == "__Secure-") {
        options.cookie_prefix = cookie::Prefix::secure;
    }
    if (!prefix.empty() || same_site == "None" || options.cookie_same_party)
        options.cookie_secure = true;

    flag("remember", options.remember);
    const auto safety = text_or(config, "remember_safety", "Medium");
    options.remember_safety = safety == "None"     ? Safety::none
                              : safety == "Low"    ? Safety::low
                              : safety == "Medium" ? Safety::medium
                              : safety == "High"   ? Safety::high
                                                   : Safety::very_high;
    text("audience", options.audience);
    flag("enforce_same_subject", options.enforce_same_subject);
    flag("store_metadata", options.store_metadata);
    flag("hash_subject", options.hash_subject);
    flag("hash_storage_key", options.hash_storage_key);
    seconds("stale_ttl", options.stale_ttl);
    seconds("idling_timeout", options.idling_timeout);
    seconds("rolling_timeout", options.rolling_timeout);
    seconds("absolute_timeout", options.absolute_timeout);
    seconds("remember_rolling_timeout", options.remember_rolling_timeout);
    seconds("remember_absolute_timeout", options.remember_absolute_timeout);
    seconds("touch_threshold", options.touch_threshold);
    if (config.contains("compression_threshold"))
        options.compression_threshold = config.at("compression_threshold").get<std::size_t>();
    options.max_length = std::size_t{16} * 1024 * 1024;
    for (const auto& what : config.value("bind", Json::array())) {
        options.bind.ip |= what == "ip";
        options.bind.scheme |= what == "scheme";
        options.bind.user_agent |= what == "user-agent" || what == "user_agent";
    }
    using http::Property;
    for (const auto& name : config.value("response_headers", Json::array()))
        for (const auto property : {Property::id, Property::audience, Property::subject, Property::timeout,
                                    Property::idling_timeout, Property::rolling_timeout, Property::absolute_timeout}) {
            std::string told{http::header_name(property).substr(std::string_view{"Session-"}.size())};
            std::ranges::transform(told, told.begin(),
                                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
            if (name == told)
                options.response_headers.insert(property);
        }
    return options;
}

} // namespace lua_resty_vectors
