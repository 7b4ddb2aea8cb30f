#pragma once

#include "cart.hpp"
#include "measure.hpp"

#include <sojourn/sojourn.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Opening, saving and touching a session, and what is to be compared with it.

namespace bench {

/// A client that has a session. Each save is that of a session that was opened for it, as a request does it.
template <class Sessions>
class Client {
public:
    Client(const typename Sessions::Manager& sessions, const Cart& cart) : sessions_{&sessions}
    {
        open();
        **session_ = cart;
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

template <class Sessions, class Stored>
struct Ours {
    Ours(const sojourn::Options& options, std::int64_t size)
        : sessions{options, stored.storage}, client{sessions, cart_of(static_cast<std::size_t>(size))}
    {
    }

    Stored stored;
    typename Sessions::Manager sessions;
    Client<Sessions> client;
};

/// Adds opening, saving and touching of sessions with `Stored().storage`.
template <class Sessions, class Stored>
void add_ours(const std::string& name, const std::vector<std::int64_t>& sizes, const sojourn::Options& options)
{
    using It = Ours<Sessions, Stored>;
    add("open " + name + " ours", sizes, [options](benchmark::State& state) {
        It ours{options, state.range(0)};
        ours.client.open();
        measure(state, [&] {
            auto session = ours.sessions.open(ours.client.header());
            if (session.is_new())
                state.SkipWithError("not found");
            benchmark::DoNotOptimize(*session);
        });
    });
    add("save " + name + " ours", sizes, [options](benchmark::State& state) {
        It ours{options, state.range(0)};
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
    add("touch " + name + " ours", sizes, [options](benchmark::State& state) {
        It ours{options, state.range(0)};
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
        Floor floor{cart_of(static_cast<std::size_t>(state.range(0)))};
        measure(state, [&] {
            if (!floor.open())
                state.SkipWithError("does not open");
        });
    });
    add("save " + name + " floor", sizes, [](benchmark::State& state) {
        Floor floor{cart_of(static_cast<std::size_t>(state.range(0)))};
        measure(state, [&] { floor.save(); });
    });
    add("touch " + name + " floor", sizes, [](benchmark::State& state) {
        Floor floor{cart_of(static_cast<std::size_t>(state.range(0)))};
        measure(state, [&] { floor.touch(); });
    });
}

} // namespace bench
