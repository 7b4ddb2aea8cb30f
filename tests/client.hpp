#pragma once

// What the tests of whole sessions share: a client that keeps cookies as a browser does, the shop's data, and the three
// storages with what it takes to make them.

#include "storage/scratch.hpp"

#include <sojourn/sojourn.hpp>
#include <sojourn/storage/file.hpp>
#include <sojourn/storage/memory.hpp>
#include <sojourn/testing/manual_environment.hpp>

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Keeps cookies from one response to the next request.
struct Client {
    std::map<std::string, std::string, std::less<>> cookies;

    void take(const sojourn::cookie::Lines& lines)
    {
        for (const std::string_view line : lines) {
            const std::string_view pair = line.substr(0, line.find(';'));
            const std::string name{pair.substr(0, pair.find('='))};
            if (line.find("; Max-Age=0") != line.npos)
                cookies.erase(name);
            else
                cookies[name] = pair.substr(name.size() + 1);
        }
    }
    std::string header() const
    {
        std::string text;
        for (const auto& [name, value] : cookies)
            text.append(text.empty() ? "" : "; ").append(name).append("=").append(value);
        return text;
    }
};

namespace shop {

struct Item {
    std::string name;
    int count = 0;
    bool operator==(const Item&) const = default;
};

struct Cart {
    std::string user;
    std::vector<Item> items;
    int visits = 0;
    std::string note;
};

} // namespace shop

BOOST_HANA_ADAPT_STRUCT(shop::Item, name, count);
BOOST_HANA_ADAPT_STRUCT(shop::Cart, user, items, visits, note);

using scratch::Folder;

/// How a test makes a storage of its kind: `Place<Storage>` lives as long as the records are to live, `storage()` is a
/// handle of them.
template <class Storage>
struct Place {
    Storage one{};
    Storage storage() const { return one; }
};
template <>
struct Place<sojourn::storage::File> {
    Folder folder;
    sojourn::storage::File storage() const { return sojourn::storage::File{{.path = folder.path()}}; }
};

inline const std::string secret = "the secret of all instances of the shop";

/// A shop whose sessions lie in `Storage`, with a clock that the test moves.
template <class Storage, class Cipher = sojourn::cipher::XChaCha20Poly1305,
          class Codec = sojourn::codec::Zstd<sojourn::codec::MessagePack<shop::Cart>>>
struct Shop {
    using Session =
        sojourn::Session<Storage, Cipher, Codec, sojourn::protocol::Native, sojourn::testing::ManualEnvironment>;

    explicit Shop(sojourn::Options options = {.secret = secret})
        : sessions{with_secret(std::move(options)), place.storage(), {}, world}
    {
    }

    static sojourn::Options with_secret(sojourn::Options options)
    {
        if (options.secret.empty() && options.ikm.empty())
            options.secret = secret;
        return options;
    }

    Session start() { return sessions.start(client.header()); }
    Session open() { return sessions.open(client.header()); }

    /// Saves and hands the lines to the client; how many there were, or the error.
    template <class Result>
    std::optional<sojourn::errc> take(Result lines)
    {
        if (!lines)
            return lines.error().code();
        sent = lines->size();
        client.take(*lines);
        return std::nullopt;
    }

    Place<Storage> place;
    sojourn::testing::ManualEnvironment world;
    typename Session::Manager sessions;
    Client client;
    std::size_t sent = 0;
};
