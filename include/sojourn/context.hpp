#pragma once

#include <sojourn/bytes.hpp>
#include <sojourn/chrono.hpp>
#include <sojourn/concepts.hpp>
#include <sojourn/cookie/chunks.hpp>
#include <sojourn/cookie/lines.hpp>
#include <sojourn/cookie/set_cookie.hpp>
#include <sojourn/core/expiry.hpp>
#include <sojourn/core/state.hpp>
#include <sojourn/crypto/key_material.hpp>
#include <sojourn/crypto/secret.hpp>
#include <sojourn/error.hpp>
#include <sojourn/observer.hpp>
#include <sojourn/options.hpp>
#include <sojourn/protocol/native.hpp>
#include <sojourn/result.hpp>

#include <sodium/utils.h>

#include <array>
#include <cstddef>
#include <cstring>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>

namespace sojourn::inline v0::detail {

/// The key material that the options name: 32 bytes a key, the primary one first. Wipes it from the options.
template <class Protocol>
crypto::Secret key_materials(Options& options)
{
    crypto::Secret materials{key_material_size * (1 + options.secret_fallbacks.size() + options.ikm_fallbacks.size())};
    std::byte* next = materials.bytes().data();
    const auto take = [&next](std::string& material) {
        std::memcpy(next, material.data(), key_material_size);
        next += key_material_size;
        sodium_memzero(material.data(), material.size());
        material.clear();
    };
    const auto take_text = [&](std::string& text) {
        auto material = Protocol::key_material(text, options.remember_safety);
        take(material);
        sodium_memzero(text.data(), text.size());
        text.clear();
    };
    if (options.ikm.empty())
        take_text(options.secret);
    else
        take(options.ikm);
    for (std::string& text : options.secret_fallbacks)
        take_text(text);
    for (std::string& material : options.ikm_fallbacks)
        take(material);
    return materials;
}

/// What a manager and its sessions share; constant once built, but for the storage's own state.
template <class StorageType, class Cipher, class CodecType, class Protocol, class EnvironmentType>
class Context {
public:
    using Storage = StorageType;
    using Codec = CodecType;
    using Environment = EnvironmentType;
    using Wire = typename Protocol::template Wire<Cipher, CookieStorage<Storage>>;

    /// Gives fresh randomness for one save.
    struct Draw {
        const Context* context;
        core::Randomness operator()(bool all = true) const
        {
            core::Randomness random;
            context->environment.random({reinterpret_cast<std::byte*>(&random), sizeof(random) / (all ? 1 : 2)});
            return random;
        }
    };

    /// Throws std::invalid_argument that names the option, be it a manager's or one of the storage's or codec's own.
    Context(Options given, Storage given_storage, Codec given_codec, Environment given_environment)
        : storage{std::move(given_storage)},
          codec{std::move(given_codec)},
          environment{std::move(given_environment)},
          options{prepare(std::move(given))},
          cookies{options.cookie_attributes(), options.cookie_name, Wire::layout},
          remember_cookies{options.cookie_attributes(), options.remember_cookie_name, Wire::layout},
          wire{key_materials<Protocol>(options).bytes(), settings()}
    {
        if constexpr (requires { storage.check(); })
            require(storage.check());
        if constexpr (requires { codec.check(); })
            require(codec.check());
    }

    Context(const Context&) = delete; // its parts look into each other
    Context& operator=(const Context&) = delete;

    /// The lines that set the session's cookies to `text`, and expire those of the client that it no longer fills; and the
    /// same of its remember cookie, if that is to be set or to go.
    Result<cookie::Lines> set(std::string_view text, std::string_view remember_text, core::State& state) const
    {
        const auto name_size = cookies.name().size();
        const auto remember_name_size = remember_cookies.name().size();
        const unsigned count = cookie::count(name_size, text.size(), Wire::layout);
        const unsigned remember_count = cookie::count(remember_name_size, remember_text.size(), Wire::layout);
        if (count == 0)
            return cookie::overflow(name_size, text.size(), Wire::layout);
        if (remember_count == 0)
            return cookie::overflow(remember_name_size, remember_text.size(), Wire::layout);
        cookie::Lines lines;
        lines.reserve(text.size() + count * (name_size + cookies.attributes().size() + 16));
        add(lines, cookies, text, nullptr);
        expire_beyond(count, cookies, state.cookies, lines);
        if (!remember_text.empty()) {
            const core::Life life = wire.remember_life(state.remember, environment.now());
            add(lines, remember_cookies, remember_text, &life);
            expire_beyond(remember_count, remember_cookies, state.remember_cookies, lines);
        } else if (!state.remember) {
            expire_beyond(0, remember_cookies, state.remember_cookies, lines);
        }
        return lines;
    }

    /// The line that renews the first cookie only.
    cookie::Lines set_first(std::string_view text) const
    {
        cookie::Lines lines;
        cookies.add(lines, 1, {}, text.substr(0, cookie::first_part_size(cookies.name().size())));
        return lines;
    }

    /// The lines that expire all cookies of ours that the client holds.
    cookie::Lines expire(core::State& state) const
    {
        cookie::Lines lines;
        expire_beyond(0, cookies, state.cookies, lines);
        expire_beyond(0, remember_cookies, state.remember_cookies, lines);
        return lines;
    }

    /// Random bytes for who needs no more than these.
    std::array<std::byte, 16> fresh() const
    {
        std::array<std::byte, 16> bytes;
        environment.random(bytes);
        return bytes;
    }

    /// A watch that begins now, for `watch.tell` to end (observer.hpp).
    template <class Event>
    auto watch() const noexcept
    {
        return Watch<Environment, Event>{environment};
    }

    CodecLimits limits() const noexcept { return {options.compression_threshold, wire.settings().max_length}; }

    mutable Storage storage;
    Codec codec;
    mutable Environment environment;
    Options options; ///< without its secrets
    cookie::SetCookie cookies;
    cookie::SetCookie remember_cookies;
    Wire wire;

private:
    /// `life`: of cookies that outlive the user agent's own session; null: they do not.
    static void add(cookie::Lines& lines, const cookie::SetCookie& cookies, std::string_view text,
                    const core::Life* life)
    {
        const auto add_one = [&](unsigned number, std::string_view tag, std::string_view part) {
            if (life != nullptr)
                cookies.add_persistent(lines, number, tag, part, life->age, life->from);
            else
                cookies.add(lines, number, tag, part);
        };
        cookie::split(cookies.name().size(), text, add_one, cookies.layout());
    }

    /// Afterwards the client holds `count` of them.
    static void expire_beyond(unsigned count, const cookie::SetCookie& cookies, unsigned& held, cookie::Lines& lines)
    {
        for (unsigned number = count + 1; number <= held; ++number)
            cookies.add_expired(lines, number);
        held = count;
    }

    static void require(const Result<void>& checked)
    {
        if (!checked)
            throw std::invalid_argument{complaint(checked.error())};
    }

    Options prepare(Options given)
    {
        crypto::initialize();
        require(given.check());
        if (given.store_metadata && !Protocol::template lists<Storage>)
            throw std::invalid_argument{"sojourn: store_metadata: this storage cannot compare and store"};
        if (!Cipher::available())
            throw std::invalid_argument{joined({"sojourn: this processor cannot do ", Cipher::name,
                                                "; take cipher::XChaCha20Poly1305, which runs everywhere"})};
        if (given.secret.empty() && given.ikm.empty()) {
            given.ikm.resize(key_material_size);
            environment.random({reinterpret_cast<std::byte*>(given.ikm.data()), key_material_size});
            environment.log(joined({"no secret and no ikm given: sessions of ", given.cookie_name,
                                    " end with this process and no other instance opens them"}));
        }
        return given;
    }

    protocol::Settings settings() const
    {
        constexpr std::size_t in_cookies = cookie::max_cookie_size * cookie::max_cookies;
        constexpr std::size_t in_store = std::size_t{16} * 1024 * 1024;
        return {.cookie_name = cookies.name(),
                .remember_cookie_name = remember_cookies.name(),
                .timeouts = options.timeouts(),
                .remember_timeouts = options.remember_timeouts(),
                .stale_ttl = options.stale_ttl,
                .touch_threshold = options.touch_threshold,
                .hash_storage_key = options.hash_storage_key,
                .store_metadata = options.store_metadata,
                .appends = AppendingStorage<Storage>,
                .hash_subject = options.hash_subject,
                .max_length = options.max_length != 0  ? options.max_length
                              : CookieStorage<Storage> ? in_cookies
                                                       : in_store,
                .remember = options.remember,
                .remember_safety = options.remember_safety,
                .bind = options.bind,
                .compression_threshold = options.compression_threshold};
    }
};

} // namespace sojourn::inline v0::detail
