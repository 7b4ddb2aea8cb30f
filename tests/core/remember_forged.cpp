#include <sojourn/core/open.hpp>

#include <doctest/doctest.h>

#include "remembering.hpp"

#include <initializer_list>

using namespace remembering;

namespace {

/// Some error, and nothing of the session.
template <class Wire>
bool is_refused(Remembered<Wire>& world, std::string_view header)
{
    const auto opened = world.open_header(header);
    return !opened.state.exists && !opened.state.restored && !opened.state.remember && opened.state.body.empty() &&
           opened.reason != errc{} && !opened.failure;
}

template <class Wire>
bool is_refused_as_remember(Remembered<Wire>& world, std::string_view text)
{
    return is_refused(world, "remember=" + std::string{text});
}

template <class Wire>
errc reason(Remembered<Wire>& world, std::string_view header)
{
    return world.open_header(header).reason;
}

} // namespace

TEST_CASE_TEMPLATE("every flipped bit of a remember cookie is refused", Wire, StoreWire, CookieWire)
{
    Remembered<Wire> world{"hello, this is a session"};
    const std::string cookie = world.remember;
    for (std::size_t bit = 0; bit != cookie.size() * 8; ++bit) {
        std::string flipped = cookie;
        flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
        CHECK(is_refused_as_remember(world, flipped));
    }
    CHECK(world.return_visit().state.restored);
}

TEST_CASE_TEMPLATE("every truncation and every lengthening of a remember cookie is refused", Wire, StoreWire,
                   CookieWire)
{
    Remembered<Wire> world{"hello, this is a session"};
    for (std::size_t size = 0; size != world.remember.size(); ++size)
        CHECK(is_refused_as_remember(world, world.remember.substr(0, size)));
    for (const char extra : {'A', '=', '.', '%', '"'})
        CHECK(is_refused_as_remember(world, world.remember + extra));
    CHECK(is_refused_as_remember(world, "A" + world.remember));
}

TEST_CASE_TEMPLATE("every splice of remember cookies, or of one and the session's own, is refused", Wire, StoreWire,
                   CookieWire)
{
    Remembered<Wire> world{"the data of the first session"};
    const std::string first = world.remember;
    const std::string own = world.session;
    State other;
    other.to_remember = core::Remembering::yes;
    const std::string second = world.respond(other, "the data of the other session").remember;
    REQUIRE(first.size() == second.size());
    REQUIRE(first.size() == own.size());
    for (const auto& [left, right] : {std::pair{&first, &second}, {&second, &first}, {&first, &own}, {&own, &first}})
        for (std::size_t cut = 1; cut != first.size(); ++cut) {
            const std::string spliced = left->substr(0, cut) + right->substr(cut);
            if (spliced != first && spliced != second)
                CHECK(is_refused_as_remember(world, spliced));
            if (spliced != own)
                CHECK(is_refused(world, "session=" + spliced));
        }
}

TEST_CASE_TEMPLATE("prior art 16: a session cookie's value does not remember, and a remember cookie's is no session",
                   Wire, StoreWire, CookieWire)
{
    Remembered<Wire> world;
    CHECK(reason(world, "remember=" + world.session) == errc::unknown_format);
    CHECK(reason(world, "session=" + world.remember) == errc::unknown_format);

    // Nor with the kind changed in its first bytes: "AQ" and "AR" with 0x10 begin kind 1, "Ag" and "Ei" kind 2
    std::string disguised = world.session;
    disguised.replace(0, 4, world.remember.substr(0, 4));
    CHECK(reason(world, "remember=" + disguised) == errc::bad_mac);
    disguised = world.remember;
    disguised.replace(0, 4, world.session.substr(0, 4));
    CHECK(reason(world, "session=" + disguised) == errc::bad_mac);

    // Long after the idling timeout neither opens as the other
    world.now += 5000s;
    CHECK(reason(world, "remember=" + world.session) == errc::unknown_format);
}

TEST_CASE_TEMPLATE("prior art 16: what another name, key or binding made does not remember", Wire, StoreWire,
                   CookieWire)
{
    Remembered<Wire> world;
    const std::string header = "remember=" + world.remember;
    world.wire = make_wire<Wire>(7);
    CHECK(reason(world, header) == errc::unknown_key);
    world.wire = make_wire<Wire>(1, "another");
    CHECK(reason(world, header) == errc::bad_mac); // two managers may remember under one name, by default
    auto settings = make_wire<Wire>().settings();
    settings.remember_cookie_name = "another";
    world.wire = Wire{key_materials(), settings};
    CHECK(reason(world, header) == errc::bad_mac);
    world.wire = make_wire<Wire>();
    CHECK(world.open_header(header).state.restored);
}

TEST_CASE_TEMPLATE("prior art 18: a bound remember cookie restores where it was made only; it has no say in it", Wire,
                   StoreWire, CookieWire)
{
    using wire::Kind;
    const core::Binding here{{std::byte{1}}, true};
    const core::Binding there{{std::byte{2}}, true};
    Remembered<Wire> world;
    State state;
    state.binding = here;
    state.to_remember = core::Remembering::yes;
    const std::string bound = world.respond(state, "bound").remember;
    CHECK(world.wire.read(bound, here, Kind::remember).has_value());
    CHECK(world.wire.read(bound, there, Kind::remember).error() == errc::bad_mac);
    CHECK(world.wire.read(bound, {}, Kind::remember).error() == errc::bad_mac);
    CHECK(world.wire.read(world.remember, here, Kind::remember).error() == errc::bad_mac);
    CHECK(world.wire.read(world.remember, {}, Kind::remember).has_value());
}

TEST_CASE("a remember cookie of the cookie storage is none of a store, and the reverse")
{
    Remembered<StoreWire> store;
    Remembered<CookieWire> cookies;
    CHECK(reason(store, "remember=" + cookies.remember) == errc::malformed_cookie);
    CHECK(reason(store, "remember=" + cookies.remember.substr(0, wire::Frame::text_size)) == errc::unknown_format);
    CHECK(reason(cookies, "remember=" + store.remember) == errc::unknown_format);
}

TEST_CASE_TEMPLATE("prior art 23: a bad remember cookie never hides the good one, nor the session", Wire, StoreWire,
                   CookieWire)
{
    Remembered<Wire> world;
    for (const std::string junk : {"", "x", "\"quoted\"", "AAAA", "%00", "=", "\x01\xFF"}) {
        CHECK(world.open_header("remember=" + junk + "; remember=" + world.remember).state.restored);
        CHECK(world.open_header("remember=" + world.remember + "; remember=" + junk).state.restored);
        const auto own = world.open_header("remember=" + junk + "; session=" + world.session);
        CHECK(own.state.exists);
        CHECK_FALSE(own.state.restored);
    }
    CHECK(world.open_header("session=" + std::string(92, 'A') + "; remember=" + world.remember).state.restored);
}

TEST_CASE("a flood of good session cookies does not push out the remember cookie of a store")
{
    Remembered<StoreWire> world;
    std::string header;
    for (int i = 0; i != 8; ++i) {
        State other;
        header += "session=" + world.respond(other, "another").session + "; ";
        world.store.records.erase(std::string{world.wire.key(other.id).view()});
    }
    CHECK(world.open_header(header + "remember=" + world.remember).state.restored);
}

TEST_CASE("every part of a chunked remember cookie counts, and those of two saves do not mix")
{
    const std::string data = long_data();
    Remembered<CookieWire> world{data};
    const std::string header = header_of("remember", world.remember);
    REQUIRE(text_of(world.open_header(header).state) == data);
    CHECK(world.open_header(header).state.remember_cookies == 3);

    each_damaged(header, "remember", [&world](const std::string& damaged) { CHECK(is_refused(world, damaged)); });

    auto opened = world.return_visit();
    const std::string newer = header_of("remember", world.respond(opened.state, data + "y").remember);
    const auto head = [](const std::string& all) { return all.substr(0, all.find("; remember.3")); };
    const auto tail = [](const std::string& all) { return all.substr(all.find("; remember.3")); };
    CHECK(reason(world, head(header) + tail(newer)) == errc::missing_chunk);
    CHECK(reason(world, head(newer) + tail(header)) == errc::missing_chunk);
    CHECK(reason(world, head(header)) == errc::missing_chunk);
    CHECK(world.open_header(newer + "; " + header).state.restored);

    // The continuations of the session's own cookie are none of its
    std::string own = header_of("session", world.session);
    CHECK(reason(world, header.substr(0, header.find("; ")) + own.substr(own.find("; "))) == errc::missing_chunk);
}
