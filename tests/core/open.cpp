#include <sojourn/core/open.hpp>

#include <doctest/doctest.h>

#include "machines.hpp"

using namespace machines;
using core::Action;
using core::Intent;
using core::Reply;
using core::State;

using Kind = Action::Kind;
using Outcome = Reply::Outcome;

namespace {

template <class Wire>
void refused(World<Wire>& world, std::string_view text, errc why)
{
    const auto opened = world.open(text);
    CHECK_FALSE(opened.state.exists);
    CHECK(opened.state.body.empty());
    CHECK(opened.reason == why);
    CHECK_FALSE(opened.failure);
}

/// Some error, and nothing of the session.
template <class Wire>
bool is_refused(World<Wire>& world, std::string_view header)
{
    const auto opened = world.open_header(header);
    return !opened.state.exists && opened.state.body.empty() && opened.reason != errc{} && !opened.failure;
}

} // namespace

TEST_CASE_TEMPLATE("what was saved opens, and nothing else does", Wire, StoreWire, CookieWire)
{
    World<Wire> world;
    State state;
    const std::string cookie = world.saved(state, "hello");
    const auto opened = world.open(cookie);
    CHECK(opened.state.exists);
    CHECK(opened.reason == errc{});
    CHECK(text_of(opened.state) == "hello");
    CHECK(opened.state.cookies == 1);

    CHECK(world.open_header("").reason == errc::no_cookie);
    CHECK(world.open_header("other=1").reason == errc::no_cookie);
    refused(world, "A", errc::malformed_cookie);
    refused(world, std::string(92, '!'), errc::malformed_cookie);
    refused(world, std::string(92, 'A'), errc::unknown_format);
}

TEST_CASE_TEMPLATE("every flipped bit of a cookie is refused", Wire, StoreWire, CookieWire)
{
    World<Wire> world;
    State state;
    const std::string cookie = world.saved(state, "hello, this is a session");
    for (std::size_t bit = 0; bit != cookie.size() * 8; ++bit) {
        std::string flipped = cookie;
        flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
        CHECK(is_refused(world, "session=" + flipped));
    }
    CHECK(world.open(cookie).state.exists);
}

TEST_CASE_TEMPLATE("every truncation and every lengthening of a cookie is refused", Wire, StoreWire, CookieWire)
{
    World<Wire> world;
    State state;
    const std::string cookie = world.saved(state, "hello, this is a session");
    for (std::size_t size = 0; size != cookie.size(); ++size)
        CHECK(is_refused(world, "session=" + cookie.substr(0, size)));
    for (const char extra : {'A', '=', '.', ' ', '%', '"'})
        if (extra != ' ') // white space around a cookie is not part of it
            CHECK(is_refused(world, "session=" + cookie + extra));
    CHECK(is_refused(world, "session=A" + cookie));
}

TEST_CASE_TEMPLATE("every splice of two valid cookies is refused", Wire, StoreWire, CookieWire)
{
    World<Wire> world;
    State one;
    State two;
    const std::string first = world.saved(one, "the data of the first session");
    const std::string second = world.saved(two, "the data of the other session");
    REQUIRE(first.size() == second.size());
    for (std::size_t cut = 1; cut != first.size(); ++cut)
        for (const auto& spliced :
             {first.substr(0, cut) + second.substr(cut), second.substr(0, cut) + first.substr(cut)})
            if (spliced != first && spliced != second)
                CHECK(is_refused(world, "session=" + spliced));
}

TEST_CASE("every flipped bit, truncation and exchange of the cookies of a chunked session is refused")
{
    World<CookieWire> world;
    State state;
    const std::string data = long_data();
    const std::string text = world.saved(state, data);
    const std::string header = header_of("session", text);
    REQUIRE(text_of(world.open_header(header).state) == data);
    CHECK(world.open_header(header).state.cookies == 3);

    each_damaged(header, "session", [&world](const std::string& damaged) { CHECK(is_refused(world, damaged)); });

    // a mixture of two saves: the chunks of the old one never complete the new one
    const std::string newer = header_of("session", world.saved(state, data + "y"));
    const auto head = [](const std::string& all) { return all.substr(0, all.find("; session.3")); };
    const auto tail = [](const std::string& all) { return all.substr(all.find("; session.3")); };
    CHECK(is_refused(world, head(header) + tail(newer)));
    CHECK(is_refused(world, head(newer) + tail(header)));
    CHECK(world.open_header(head(newer) + tail(header)).reason == errc::missing_chunk);
    // but both together, in any order, open
    CHECK(world.open_header(header + "; " + newer).state.exists);
}

TEST_CASE_TEMPLATE("prior art 23: a bad cookie of our name never hides the good one", Wire, StoreWire, CookieWire)
{
    World<Wire> world;
    State state;
    const std::string cookie = world.saved(state, "hello");
    for (const std::string junk : {"", "x", "\"quoted\"", "AAAA", "%00", "=", "\x01\xFF"}) {
        CHECK(world.open_header("session=" + junk + "; session=" + cookie).state.exists);
        CHECK(world.open_header("session=" + cookie + "; session=" + junk).state.exists);
    }
    CHECK(world.open_header("session=" + std::string(92, 'A') + "; session=" + cookie).state.exists);
}

TEST_CASE_TEMPLATE("prior art 16: what another configuration made does not open", Wire, StoreWire, CookieWire)
{
    World<Wire> world;
    State state;
    world.wire = make_wire<Wire>(1, "other");
    const std::string other_name = world.saved(state, "hello");
    state = {};
    world.wire = make_wire<Wire>(7);
    const std::string other_key = world.saved(state, "hello");
    world.wire = make_wire<Wire>(1);
    refused(world, other_name, errc::bad_mac);
    refused(world, other_key, errc::unknown_key);
}

TEST_CASE("a cookie of the cookie storage is no cookie of a store, and the reverse")
{
    World<StoreWire> store;
    World<CookieWire> cookies;
    State one;
    State two;
    refused(store, cookies.saved(one, "hello"), errc::malformed_cookie);
    refused(cookies, store.saved(two, "hello"), errc::unknown_format);
    std::string cut = cookies.saved(one, "hello again").substr(0, 92);
    refused(store, cut, errc::unknown_format);
}

TEST_CASE_TEMPLATE("each timeout refuses with its own reason; clocks that run backwards do not", Wire, StoreWire,
                   CookieWire)
{
    World<Wire> world;
    State state;
    const std::string cookie = world.saved(state, "hello");
    world.now = start + 900s;
    CHECK(world.open(cookie).state.exists);
    world.now = start + 901s;
    refused(world, cookie, errc::idling_timeout);
    world.now = start + 3601s;
    refused(world, cookie, errc::rolling_timeout);
    world.now = start + 86401s;
    refused(world, cookie, errc::absolute_timeout);
    world.now = start - 86400s;
    CHECK(world.open(cookie).state.exists);
}

TEST_CASE("a store that fails at step N is told apart from a missing session, for every N")
{
    for (unsigned step = 1;; ++step) {
        World<StoreWire> world;
        State first;
        State second;
        const std::string header = "session=" + world.saved(first, "one") + "; session=" + world.saved(second, "two");
        world.store.records.clear();
        world.store.calls = 0;
        world.store.fail_at = step;
        const auto opened = world.open_header(header);
        CHECK_FALSE(opened.state.exists);
        if (world.store.calls < step) {
            CHECK(opened.reason == errc::not_found);
            CHECK_FALSE(opened.failure);
            CHECK(step == 3); // it asked for both
            break;
        }
        REQUIRE(opened.failure);
        CHECK(opened.failure == errc::store_failed);
    }
}

TEST_CASE("prior art 21: a record that is not ours, cut short or of another session is refused, and nothing is lost")
{
    World<StoreWire> world;
    State one;
    State two;
    const std::string cookie = world.saved(one, "the first session");
    world.saved(two, "the other session");
    auto& record = world.store.records.find(world.wire.key(one.id).view())->second;
    const Record whole = record;
    for (std::size_t size = 0; size != whole.value.size(); ++size) {
        record.value.assign(whole.value.begin(), whole.value.begin() + static_cast<std::ptrdiff_t>(size));
        refused(world, cookie, errc::bad_record);
    }
    for (std::size_t bit = 0; bit != whole.value.size() * 8; ++bit) {
        record.value = whole.value;
        record.value[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
        refused(world, cookie, errc::bad_record);
    }
    record.value = world.store.records.find(world.wire.key(two.id).view())->second.value;
    refused(world, cookie, errc::bad_record);
    record.value.assign(50000, std::byte{1});
    refused(world, cookie, errc::too_large);
    record = whole;
    CHECK(text_of(world.open(cookie).state) == "the first session");
}

TEST_CASE("the store is asked for no cookie that was not made here")
{
    World<StoreWire> world;
    State state;
    std::string cookie = world.saved(state, "hello");
    world.store.calls = 0;
    cookie[60] = cookie[60] == 'A' ? 'B' : 'A';
    CHECK(is_refused(world, "session=" + cookie));
    CHECK(world.store.calls == 0);
}

TEST_CASE("a superseded generation is good until stale_ttl after its successor came back, then it is a retired id")
{
    World<StoreWire> world;
    State state;
    const std::string first = world.saved(state, "1");

    // A request changes the session: the response may get lost, so the first cookie stays good
    state = world.open(first).state;
    const std::string second = world.saved(state, "2");
    world.now += 600s;
    CHECK(text_of(world.open(first).state) == "2");

    // The client comes with the second, and that request writes: the first one's grace begins
    state = world.open(second).state;
    const std::string third = world.saved(state, "3");
    CHECK(world.open(first).state.exists);
    world.now += 9s;
    CHECK(world.open(first).state.exists);
    world.now += 1s;
    refused(world, first, errc::retired_id);
    CHECK(world.open(second).state.exists);
    CHECK(world.open(third).state.exists);
}

TEST_CASE("who saves with a superseded generation is given the current one")
{
    World<StoreWire> world;
    State state;
    const std::string first = world.saved(state, "1");
    state = world.open(first).state;
    const std::string second = world.saved(state, "2");
    state = world.open(first).state;
    const std::string again = world.saved(state, "3");
    CHECK(world.wire.read(again)->frame.id == world.wire.read(second)->frame.id);
    CHECK(text_of(world.open(second).state) == "3");
}

TEST_CASE("a lost response logs nobody out, however often it happens")
{
    World<StoreWire> world;
    State state;
    const std::string only = world.saved(state, "0");
    for (int lost = 1; lost != 30; ++lost) {
        world.now += 20s;
        state = world.open(only).state;
        REQUIRE(state.exists);
        world.saved(state, std::to_string(lost)); // its response never arrives
    }
    CHECK(text_of(world.open(only).state) == "29");
}

TEST_CASE("many renewals in a row keep a bounded number of superseded generations")
{
    World<StoreWire> world;
    State state;
    std::string cookie = world.saved(state, "0");
    std::size_t longest = 0;
    for (int i = 1; i != 50; ++i) {
        state = world.open(cookie).state;
        REQUIRE(state.exists);
        cookie = world.saved(state, std::to_string(i % 10));
        longest = std::max(longest, world.store.records.begin()->second.value.size());
    }
    CHECK(longest < 400);
    CHECK(text_of(world.open(cookie).state) == "9");
}

TEST_CASE("an id used after its grace can end the whole session")
{
    World<StoreWire> world;
    State state;
    const std::string first = world.saved(state, "1");
    state = world.open(first).state;
    const std::string second = world.saved(state, "2");
    state = world.open(second).state;
    const std::string third = world.saved(state, "3");
    world.now += 60s;

    CHECK(world.open(first, true).reason == errc::retired_id);
    CHECK(world.store.records.empty());
    refused(world, third, errc::not_found);
}
