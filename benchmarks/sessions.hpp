#pragma once

#include "cart.hpp"
#include "floor.hpp"
#include "measure.hpp"

#include <sojourn/codec/json.hpp>
#include <sojourn/sojourn.hpp>
#include <sojourn/storage/file.hpp>
#include <sojourn/storage/memory.hpp>

#include <cstddef>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>

// Opening, saving and touching a session, beside the floor.

namespace bench {

template <class Storage>
struct Stored;
template <>
struct Stored<sojourn::storage::Cookie> {
    static constexpr auto place = Place::cookie;
    static constexpr std::string_view name = "cookie";
    sojourn::storage::Cookie storage;
};
template <>
struct Stored<sojourn::storage::Memory> {
    static constexpr auto place = Place::memory;
    static constexpr std::string_view name = "memory";
    sojourn::storage::Memory storage;
};
/// Without syncing, which would be all that is measured.
template <>
struct Stored<sojourn::storage::File> {
    static constexpr auto place = Place::file;
    static constexpr std::string_view name = "file";
    Folder folder;
    sojourn::storage::File storage{{.path = folder.path(), .durable = false}};
};

/// A client that has a session. Each save is that of a session that was opened for it, as a request does it.
template <class Sessions>
class Client {
public:
    Client(const typename Sessions::Manager& sessions, std::size_t size) : sessions_{&sessions}
    {
        open();
        **session_ = cart_of(size);
        save();
    }

    const std::string& header() const noexcept { return header_; }

    void open()
    {
        if (lines_)
            take(*lines_);
        lines_.reset();
        session_.emplace(sessions_->open(header_));
    }
    void change() { ++(*session_)->visits; }
    bool save()
    {
        auto saved = session_->save();
        if (saved)
            lines_ = std::move(*saved);
        return lines_ && !lines_->empty();
    }
    bool touch()
    {
        const auto lines = session_->touch();
        return lines && !lines->empty();
    }

private:
    void take(const sojourn::cookie::Lines& lines)
    {
        header_.clear();
        for (const std::string_view line : lines)
            header_.append(header_.empty() ? "" : "; ").append(line.substr(0, line.find(';')));
    }

    const typename Sessions::Manager* sessions_;
    std::string header_;
    std::optional<Sessions> session_;
    std::optional<sojourn::cookie::Lines> lines_;
};

template <class Sessions, class Storage>
struct Ours {
    explicit Ours(std::size_t size) : client{sessions, size} {}

    Stored<Storage> stored;
    typename Sessions::Manager sessions{{.ikm = sojourn::KeyMaterial{}}, stored.storage};
    Client<Sessions> client;
};

/// Adds opening, saving and touching a `Sessions` with `Storage`, by what follows `prefix` and the operation's name.
template <class Sessions, class Storage>
void add_ours(const std::string& name, const std::vector<std::int64_t>& sizes)
{
    using It = Ours<Sessions, Storage>;
    add("open " + name + " ours", sizes, [](benchmark::State& state) {
        It ours{static_cast<std::size_t>(state.range(0))};
        ours.client.open();
        measure(state, [&] {
            auto session = ours.sessions.open(ours.client.header());
            if (session.is_new())
                state.SkipWithError("not found");
            benchmark::DoNotOptimize(*session);
        });
    });
    add("save " + name + " ours", sizes, [](benchmark::State& state) {
        It ours{static_cast<std::size_t>(state.range(0))};
        measure(
            state,
            [&] {
                ours.client.open();
                ours.client.change();
            },
            [&] {
                if (!ours.client.save())
                    state.SkipWithError("not saved");
            });
    });
    add("touch " + name + " ours", sizes, [](benchmark::State& state) {
        It ours{static_cast<std::size_t>(state.range(0))};
        ours.client.open();
        measure(state, [&] {
            if (!ours.client.touch())
                state.SkipWithError("not touched");
        });
    });
}

template <class Floor>
void add_floor(const std::string& name, const std::vector<std::int64_t>& sizes)
{
    add("open " + name + " floor", sizes, [](benchmark::State& state) {
        Floor floor{static_cast<std::size_t>(state.range(0))};
        measure(state, [&] {
            if (!floor.open())
                state.SkipWithError("does not open");
        });
    });
    add("save " + name + " floor", sizes, [](benchmark::State& state) {
        Floor floor{static_cast<std::size_t>(state.range(0))};
        measure(state, [&] { floor.save(); });
    });
    add("touch " + name + " floor", sizes, [](benchmark::State& state) {
        Floor floor{static_cast<std::size_t>(state.range(0))};
        measure(state, [&] { floor.touch(); });
    });
}

template <class Storage, class Cipher, class Codec>
void add_session(const std::string& codec)
{
    const auto name = std::string{Stored<Storage>::name} + ' ' + std::string{Cipher::name} + ' ' + codec;
    const std::vector<std::int64_t> sizes{200, 1000, 3000};
    add_ours<sojourn::Session<Storage, Cipher, Codec>, Storage>(name, sizes);
    add_floor<Floor<Stored<Storage>::place, Cipher, Codec>>(name, sizes);
}

template <class Storage, class Cipher>
void add_codecs()
{
    using namespace sojourn;
    if (!Cipher::available()) {
        std::cerr << "this processor cannot do " << Cipher::name << '\n';
        return;
    }
    add_session<Storage, Cipher, codec::MessagePack<Cart>>("MessagePack");
    add_session<Storage, Cipher, codec::Json<Cart>>("JSON");
    if constexpr (CookieStorage<Storage>)
        add_session<Storage, Cipher, codec::Zstd<codec::MessagePack<Cart>>>("Zstd<MessagePack>");
}

template <class Storage>
void add_suites()
{
    add_codecs<Storage, sojourn::cipher::XChaCha20Poly1305>();
    add_codecs<Storage, sojourn::cipher::Aes256Gcm>();
}

/// One unit each, so that they are compiled side by side.
void add_cookie();
void add_memory();
void add_file();

} // namespace bench
