#pragma once

#include <sojourn/http/httplib.hpp>

#include <sodium/crypto_generichash.h>
#include <sodium/utils.h>

#include <array>
#include <cstddef>
#include <ctime>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace shop {

/// A Set-Cookie line as it may be shown: whoever has a cookie's value has the session, so there is a hash in its place.
struct ShownLine {
    std::string name;
    std::size_t size;   ///< of the value, in bytes
    std::string digest; ///< two lines with the same one have the same value
    std::string attributes;

    explicit ShownLine(std::string_view line)
    {
        const auto equals = line.find('=');
        const auto value = line.substr(equals + 1, line.find(';') - equals - 1);
        name = line.substr(0, equals);
        size = value.size();
        attributes = line.substr(equals + 1 + value.size());

        std::array<unsigned char, 16> hash; // the shortest that libsodium makes
        crypto_generichash(hash.data(), hash.size(), reinterpret_cast<const unsigned char*>(value.data()), value.size(),
                           nullptr, 0);
        std::array<char, 9> text;
        sodium_bin2hex(text.data(), text.size(), hash.data(), 4);
        digest = text.data();
    }
};

/// One response of the server.
struct Sent {
    std::string time, request;
    int status;
    std::vector<ShownLine> lines;
};

/// The last responses, newest first, to whichever browser.
class Journal {
public:
    void note(const httplib::Request& request, const httplib::Response& response, int status)
    {
        Sent sent{local_time(), request.method + ' ' + request.path, status, {}};
        const auto [first, last] = response.headers.equal_range("Set-Cookie");
        for (auto field = first; field != last; ++field)
            sent.lines.emplace_back(field->second);
        const std::scoped_lock lock{mutex_};
        sent_.push_front(std::move(sent));
        if (sent_.size() > kept)
            sent_.pop_back();
    }

    std::deque<Sent> last() const
    {
        const std::scoped_lock lock{mutex_};
        return sent_;
    }

private:
    static constexpr std::size_t kept = 6;

    static std::string local_time()
    {
        const std::time_t now = std::time(nullptr);
        std::tm parts{};
        ::localtime_r(&now, &parts);
        std::array<char, 16> text{};
        return {text.data(), std::strftime(text.data(), text.size(), "%H:%M:%S", &parts)};
    }

    mutable std::mutex mutex_;
    std::deque<Sent> sent_;
};

} // namespace shop
