#pragma once

// What the tests of the machines share: a wire with fixed keys, a payload that is plain text, and a store that is a map
// and can be told to fail at the n-th call.

#include <sojourn/cipher/xchacha20_poly1305.hpp>
#include <sojourn/cookie/chunks.hpp>
#include <sojourn/cookie/jar.hpp>
#include <sojourn/core/action.hpp>
#include <sojourn/core/open.hpp>
#include <sojourn/core/save.hpp>
#include <sojourn/protocol/native.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace machines {

using namespace sojourn;
using namespace std::chrono_literals;

inline constexpr core::Time start{1'700'000'000s};

using StoreWire = protocol::NativeWire<cipher::XChaCha20Poly1305, false>;
using CookieWire = protocol::NativeWire<cipher::XChaCha20Poly1305, true>;

inline Bytes key_materials(unsigned char primary = 1)
{
    Bytes materials(32, std::byte{primary});
    materials.insert(materials.end(), 32, std::byte{2}); // a fallback
    return materials;
}

template <class Wire>
Wire make_wire(unsigned char primary = 1, std::string_view cookie_name = "session", core::Timeouts timeouts = {})
{
    protocol::Settings settings;
    settings.cookie_name = cookie_name;
    settings.remember_cookie_name = "remember";
    settings.timeouts = timeouts;
    settings.remember_timeouts = {0s, 604'800s, 2'592'000s};
    settings.max_length = 36864;
    return Wire{key_materials(primary), settings};
}

/// One that keeps metadata, in a store that appends or does not.
inline StoreWire make_listing_wire(bool appends, std::size_t max_length = 36864,
                                   const Bytes& materials = key_materials())
{
    auto settings = make_wire<StoreWire>().settings();
    settings.store_metadata = true;
    settings.appends = appends;
    settings.max_length = max_length;
    return StoreWire{materials, settings};
}

/// A payload without types: the body is its text, and a merge puts both texts together if the other one was changed.
struct Text {
    std::string* text;
    Result<void> encode(BytesView, Buffer& out) const
    {
        out.append(as_bytes(*text));
        return {};
    }
    Result<void> merge(BytesView base, BytesView standing)
    {
        if (!std::ranges::equal(base, standing))
            *text = std::string{as_text(standing)} + "+" + *text;
        return {};
    }
    void commit() {}
};

/// Never the same twice.
struct Draw {
    unsigned* count;
    core::Randomness operator()(bool /*all*/ = true) const
    {
        core::Randomness random;
        const auto fill = [this](auto& bytes, unsigned kind) {
            bytes.fill(static_cast<std::byte>(kind));
            bytes[0] = static_cast<std::byte>(*count);
            bytes[1] = static_cast<std::byte>(*count >> 8);
        };
        ++*count;
        fill(random.generation, 0x10);
        fill(random.family, 0x20);
        fill(random.salt, 0x30);
        fill(random.remember, 0x40);
        return random;
    }
};

/// A store to answer machines with. `fail_at` counts calls from 1; 0 never fails. `batches`: whether it makes additions with
/// a create or a store_if.
struct Store {
    std::map<std::string, Record, std::less<>> records;
    Version last = 0;
    unsigned calls = 0;
    unsigned fail_at = 0;
    bool batches = false;
    std::string kinds = {}; ///< of the calls, a letter each

    /// The length of the longest log; 0 if one is of something else.
    std::size_t append(std::span<const Addition> additions)
    {
        for (const Addition& each : additions) {
            const auto found = records.find(each.key);
            if (found != records.end() && !as_text(found->second.value).starts_with(as_text(each.head)))
                return 0;
        }
        std::size_t longest = 0;
        for (const Addition& each : additions) {
            const bool lives = records.contains(each.key);
            Record& log = records[std::string{each.key}];
            log.version = ++last;
            for (const BytesView part : {lives ? BytesView{} : each.head, each.value})
                log.value.insert(log.value.end(), part.begin(), part.end());
            longest = std::max(longest, log.value.size());
        }
        return longest;
    }

    core::Reply answer(const core::Action& action)
    {
        using Outcome = core::Reply::Outcome;
        kinds += "-lcsae"[static_cast<std::size_t>(action.kind)];
        if (++calls == fail_at)
            return core::Reply::failed({errc::store_failed, "told to"});
        const auto found = records.find(action.key);
        const Bytes value(action.value.begin(), action.value.end());
        switch (action.kind) {
        case core::Action::Kind::load:
            return found == records.end() ? core::Reply{Outcome::nothing, {}, {}}
                                          : core::Reply{Outcome::done, found->second, {}};
        case core::Action::Kind::create:
            if (found != records.end())
                return {Outcome::conflict, {}, {}};
            records[std::string{action.key}] = {value, ++last};
            return {.longest = batches ? append(action.additions) : 0};
        case core::Action::Kind::store_if:
            if (found == records.end())
                return {Outcome::nothing, {}, {}};
            if (found->second.version != action.version)
                return {Outcome::conflict, found->second, {}};
            found->second = {value, ++last};
            if (action.ttl.count() <= 0)
                records.erase(found);
            return {.longest = batches ? append(action.additions) : 0};
        case core::Action::Kind::append: {
            const auto length = append(action.additions);
            return {.outcome = length != 0 ? Outcome::done : Outcome::conflict, .longest = length};
        }
        case core::Action::Kind::erase:
            if (found == records.end())
                return {Outcome::nothing, {}, {}};
            records.erase(found);
            return {};
        case core::Action::Kind::done: break;
        }
        return {};
    }

    template <class Machine>
    void run(Machine& machine)
    {
        for (core::Action action = machine.start(); action.kind != core::Action::Kind::done;)
            action = machine.resume(answer(action));
    }
};

/// A client and a server around one wire: saves and opens through a store, each call a request of its own.
template <class Wire>
struct World {
    Wire wire = make_wire<Wire>();
    Store store;
    core::Time now = start;
    unsigned draws = 0;

    using Save = typename Wire::template Save<Text, Draw>;

    Save save(core::State& state, std::string& text, core::Intent intent = core::Intent::changes)
    {
        return Save{wire, state, Text{&text}, intent, now, Draw{&draws}};
    }

    /// Saves and gives the cookie's text; nothing if nothing was to be sent or the save failed.
    std::string saved(core::State& state, std::string text, core::Intent intent = core::Intent::changes)
    {
        auto machine = save(state, text, intent);
        store.run(machine);
        failure = machine.failure();
        return std::string{as_text(machine.text())};
    }

    struct Opened {
        core::State state;
        errc reason{};
        Error failure;
    };
    Opened open(std::string_view cookie_text, bool end_reused = false)
    {
        const std::string header = "session=" + std::string{cookie_text};
        return open_header(header, end_reused);
    }
    Opened open_header(std::string_view header, bool end_reused = false)
    {
        cookie::Jars jars{cookie::Jar{"session"}, cookie::Jar{"remember"}};
        jars.add(header);
        core::Open<Wire> machine{wire, jars, now, end_reused};
        store.run(machine);
        Opened opened{machine.take_state(), machine.reason(), machine.failure()};
        return opened;
    }

    Error failure;
};

/// What a client sends that holds this text in the cookies called `name`.
inline std::string header_of(std::string_view name, std::string_view text)
{
    std::string header;
    cookie::split(name.size(), text, [&](unsigned number, std::string_view tag, std::string_view part) {
        header.append(header.empty() ? "" : "; ").append(name);
        header.append(number == 1 ? "" : "." + std::to_string(number)).append("=").append(tag).append(part);
    });
    return header;
}

/// Data that fills several cookies.
inline std::string long_data()
{
    std::string data(9000, 'x');
    for (std::size_t i = 0; i != data.size(); ++i)
        data[i] = static_cast<char>('a' + i * i % 26);
    return data;
}

/// Calls `f` with the header `name=…` after a bit was flipped in it, and cut short, in many places.
template <class F>
void each_damaged(const std::string& header, std::string_view name, F f)
{
    for (std::size_t at = name.size() + 1; at < header.size(); at += 97) // each place would be the same, and slow
        for (int bit = 0; bit != 8; ++bit) {
            std::string flipped = header;
            flipped[at] = static_cast<char>(flipped[at] ^ (1 << bit));
            f(flipped);
        }
    for (std::size_t size = 0; size < header.size(); size += 101)
        f(header.substr(0, size));
}

inline std::string text_of(const core::State& state) { return std::string{as_text(state.body)}; }

} // namespace machines
