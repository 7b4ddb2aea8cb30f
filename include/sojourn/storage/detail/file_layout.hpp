#pragma once

#include <sojourn/error.hpp>
#include <sojourn/handle.hpp>
#include <sojourn/storage/key.hpp>

#include <sodium/core.h>
#include <sodium/crypto_shorthash.h>

#include <unistd.h>

#include <array>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace sojourn::inline v0::storage::detail {

/// Which file a key's record is in: `root/xx/<prefix><key><suffix>`, where `xx` is the first byte of the key's SipHash
/// under the zero key, in hexadecimal. So the folders fill evenly whatever the keys look like, also where the file
/// system does not tell upper from lower case. (There, the head's digest keeps apart keys that share a file's name.)
struct FileLayout {
    static constexpr unsigned folders = 256;

    FileLayout(const std::string& path, std::string begins, std::string ends)
        : root{absolute(path)}, prefix{std::move(begins)}, suffix{std::move(ends)}
    {
    }

    const std::string root;
    const std::string prefix;
    const std::string suffix;

    /// What keeps records from being there: `errc::unlawful_option` with the option's name, or a failing libsodium.
    std::optional<Error> unlawful() const
    {
        if (root.empty() || root.find('\0') != std::string::npos)
            return Error{errc::unlawful_option, "path"};
        const auto affixes = prefix + suffix;
        bool lawful = affixes.size() <= 100 && !prefix.starts_with('.');
        for (const char c : affixes)
            lawful = lawful && (is_key_character(c) || c == '.');
        if (!lawful)
            return Error{errc::unlawful_option, "prefix or suffix"};
        if (sodium_init() < 0)
            return Error{errc::store_failed, "libsodium cannot be initialised"};
        return std::nullopt;
    }

    std::string folder(unsigned number) const
    {
        constexpr std::string_view digits = "0123456789abcdef";
        return root + '/' + digits[number / 16 % 16] + digits[number % 16];
    }

    std::string folder(std::string_view key) const
    {
        constexpr std::array<unsigned char, crypto_shorthash_KEYBYTES> zero = {};
        std::array<unsigned char, crypto_shorthash_BYTES> hash;
        crypto_shorthash(hash.data(), reinterpret_cast<const unsigned char*>(key.data()), key.size(), zero.data());
        return folder(hash[0]);
    }

    std::string name(std::string_view key) const { return std::string{prefix}.append(key).append(suffix); }

    /// Whether a record's file could have this name.
    bool is_name(std::string_view name) const noexcept
    {
        return name.size() > prefix.size() + suffix.size() && name.starts_with(prefix) && name.ends_with(suffix) &&
               is_key(name.substr(prefix.size(), name.size() - prefix.size() - suffix.size()));
    }

private:
    /// So that a program may change its working directory; without a slash at the end. Empty if there is no such path.
    static std::string absolute(const std::string& path)
    {
        std::string root;
        if (!path.empty() &&
            path[0] != '/') { // by hand: <filesystem> takes a program's unit a tenth of a second to read
            const Handle<char, std::free> here{::getcwd(nullptr, 0)};
            if (!here)
                return root;
            root.append(here.get()).append("/");
        }
        root.append(path);
        while (root.size() > 1 && root.ends_with('/'))
            root.pop_back();
        return root;
    }
};

} // namespace sojourn::inline v0::storage::detail
