#pragma once

#include <sojourn/bytes.hpp>
#include <sojourn/concepts.hpp>
#include <sojourn/error.hpp>

#include <sodium/randombytes.h>

#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

/// The laws of `ServerStorage` that one thread can try.
namespace sojourn::inline v0::testing::detail {

template <class Trial>
void missing_is_no_error(Trial& t)
{
    const auto k = t.new_key();
    t.expect(!t.load(k), "load found something under a new key");
    t.expect(!t.store(k, "v"), "store said true of a new key");
    t.expect(!t.expire(k, t.long_life), "expire said true of a new key");
    t.expect(!t.erase(k), "erase said true of a new key");
}

template <class Trial>
void expired_is_missing(Trial& t)
{
    const auto k = t.new_key();
    const auto began = Trial::Clock::now();
    t.create(k, "v", t.brief);
    const auto lived = t.until_gone(k, began);
    t.expect(lived >= t.brief, "it was gone before its time");
    t.expect(lived <= t.at_most_brief(), "it did not expire");
    t.expect(!t.store(k, "v"), "store said true of an expired record");
    t.expect(!t.expire(k, t.long_life), "expire said true of an expired record");
    t.expect(!t.erase(k), "erase said true of an expired record");
    t.expect(!t.load(k), "an expired record came back");
    t.expect(t.create(k, "new"), "create said false over an expired record");
    t.expect(t.holds(k, "new"), "what was created over an expired record is not there");
    t.erase(k);
}

/// A time that a protocol counts, as seconds, as a date, in 32 bits, may turn into another: 31 days are a date in 1970 to
/// memcached, and 0 is for ever.
template <class Trial>
void any_time_is_lawful(Trial& t)
{
    const auto each_call = [&](TimeToLive ttl, auto&& then) {
        const auto created = t.new_key();
        t.create(created, "v", ttl);
        then(created, "create");
        const auto stored = t.new_key();
        t.create(stored, "old");
        t.store(stored, "v", ttl);
        then(stored, "store");
        const auto renewed = t.new_key();
        t.create(renewed, "v");
        t.expire(renewed, ttl);
        then(renewed, "expire");
        if constexpr (VersionedStorage<std::remove_reference_t<decltype(t.storage())>>) {
            const auto compared = t.new_key();
            t.create(compared, "old");
            t.store_if(compared, t.get(compared).version, "v", ttl);
            then(compared, "store_if");
        }
    };
    using std::chrono::hours;
    for (const TimeToLive ttl : {TimeToLive{hours{24 * 31}}, TimeToLive{hours{24 * 366 * 100}}, TimeToLive::max()})
        each_call(ttl, [&](std::string_view k, const char* call) {
            t.expect(t.holds(k, "v"), std::string{call} + " made a long time to live a short one");
            t.erase(k);
        });
    for (const TimeToLive ttl : {TimeToLive{0}, TimeToLive{-1}, TimeToLive::min()})
        each_call(ttl, [&](std::string_view k, const char* call) {
            t.expect(t.until_gone(k, Trial::Clock::now()) <= t.at_most_brief(),
                     std::string{call} + " with no time to live left it alive");
            t.erase(k);
        });
}

template <class Trial>
void values_are_bytes(Trial& t)
{
    std::string every;
    for (int c = 0; c < 256; ++c)
        every += static_cast<char>(c);
    std::string largest(t.options().largest_value, '\0');
    randombytes_buf(largest.data(), largest.size());
    for (const auto& value : {std::string{}, std::string(1, '\0'), std::string("\0\0\r\n\0", 5), every, largest}) {
        const auto k = t.new_key();
        const auto size = std::to_string(value.size()) + " bytes";
        t.expect(t.create(k, value) && t.holds(k, value), size + " that were created came back as others");
        t.expect(t.store(k, "x") && t.holds(k, "x"), size + " were not replaced by one");
        t.expect(t.store(k, value) && t.holds(k, value), size + " that were stored came back as others");
        t.erase(k);
    }
}

template <class Trial>
void create_never_overwrites(Trial& t)
{
    const auto k = t.new_key();
    t.expect(t.create(k, "first", t.brief), "create said false of a new key");
    const auto began = Trial::Clock::now();
    const auto before = t.load(k);
    const bool created = t.create(k, "second", t.long_life);
    const auto after = t.load(k);
    if (before && after) { // else the machine was too slow for a brief life
        t.expect(!created, "create said true where something lives");
        t.expect(after->value == before->value, "create overwrote a value");
        t.expect(after->version == before->version, "create that was refused changed the version");
    }
    t.expect(t.until_gone(k, began) <= t.at_most_brief(), "create that was refused changed the time to live");
}

template <class Trial>
void store_never_creates(Trial& t)
{
    const auto k = t.new_key();
    t.expect(!t.store(k, "v") && !t.load(k), "store created a record");
    t.create(k, "v");
    t.expect(t.store(k, "w") && t.holds(k, "w"), "store did not replace the value");
    const auto began = Trial::Clock::now();
    t.expect(t.store(k, "x", t.brief), "store said false of what lives");
    t.expect(t.until_gone(k, began) <= t.at_most_brief(), "store did not shorten the life");

    t.create(k, "v", t.brief);
    if (t.store(k, "w")) { // else the machine was too slow for a brief life
        std::this_thread::sleep_for(t.outlive_brief());
        t.expect(t.holds(k, "w"), "store did not lengthen the life");
    }
    t.erase(k);
    t.expect(!t.store(k, "late") && !t.load(k), "store brought an erased record back");
}

template <class Trial>
void expire_sets_the_time(Trial& t)
{
    const auto k = t.new_key();
    t.create(k, "v", t.brief);
    if (t.expire(k, t.long_life)) { // else the machine was too slow for a brief life
        std::this_thread::sleep_for(t.outlive_brief());
        t.expect(t.holds(k, "v"), "expire did not lengthen the life, or changed the value");
    }
    t.erase(k);
    t.create(k, "v");
    t.expect(t.expire(k, t.long_life), "expire said false of what lives");
    const auto began = Trial::Clock::now();
    t.expect(t.expire(k, t.brief), "expire said false of what lives");
    const auto lived = t.until_gone(k, began);
    t.expect(lived >= t.brief, "expire ended the life too early");
    t.expect(lived <= t.at_most_brief(), "expire did not shorten the life");
}

template <class Trial>
void erased_is_gone(Trial& t)
{
    const auto k = t.new_key();
    t.create(k, "v");
    t.expect(t.erase(k), "erase said false of what lives");
    t.expect(!t.load(k), "load found what was erased");
    t.expect(!t.erase(k), "erase said true a second time");
    t.expect(!t.expire(k, t.long_life) && !t.load(k), "expire brought an erased record back");
    t.expect(t.create(k, "w") && t.holds(k, "w"), "create said false of what was erased");
    t.erase(k);
}

template <class Trial>
void storage_is_a_handle(Trial& t)
{
    const auto k = t.new_key();
    t.create(k, "v");
    if constexpr (std::copy_constructible<std::remove_reference_t<decltype(t.storage())>>) {
        auto copy = t.beside(t.storage());
        t.expect(copy.holds(k, "v"), "a copy does not see the record");
        t.expect(copy.store(k, "w") && t.holds(k, "w"), "the original does not see what a copy stored");
        t.store(k, "v");
    }
    auto moved = t.beside(std::move(t.storage()));
    t.expect(moved.holds(k, "v"), "a moved storage does not see the record");
    t.expect(moved.erase(k), "a moved storage does not erase the record");
}

template <class Trial>
void keys_are_told_apart(Trial& t)
{
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const auto base = t.new_key();
    std::vector<std::string> keys{base, base + std::string(128 - base.size(), 'x')};
    for (const char c : alphabet) {
        keys.push_back(base + c);
        keys.push_back(c + base);
    }
    for (const auto& k : keys)
        t.expect(t.create(k, k), "create said false of the new key " + k);
    for (const auto& k : keys)
        t.expect(t.holds(k, k), "something else lives under the key " + k);
    for (const auto& k : keys)
        t.expect(t.erase(k), "erase did not find the key " + k);
    for (const char c : alphabet) // whatever lives there: it may be somebody's
        t.load({&c, 1});
}

template <class Trial>
void unlawful_keys_are_refused(Trial& t)
{
    using namespace std::string_view_literals;
    const std::string too_long(129, 'a');
    for (const std::string_view k :
         {""sv, std::string_view{too_long}, "."sv, ".."sv, "../x"sv, "a/b"sv, "/etc/passwd"sv, "a b"sv, "a.b"sv,
          "a\0b"sv, "a\r\nb"sv, "*"sv, "a:b"sv, "a'b"sv, "a\\b"sv, "~"sv, "%2e"sv, "\xc3\xa4"sv}) {
        const auto refused = [&](const auto& answer, const char* call) {
            t.expect(answer.has_error() && answer.error() == errc::unlawful_option,
                     std::string{call} + " did not answer unlawful_option to an unlawful key");
        };
        refused(t.wait(t.storage().load(k)), "load");
        refused(t.wait(t.storage().create(k, as_bytes("v"), t.long_life)), "create");
        refused(t.wait(t.storage().store(k, as_bytes("v"), t.long_life)), "store");
        refused(t.wait(t.storage().expire(k, t.long_life)), "expire");
        refused(t.wait(t.storage().erase(k)), "erase");
        if constexpr (VersionedStorage<std::remove_reference_t<decltype(t.storage())>>)
            refused(t.wait(t.storage().store_if(k, 1, as_bytes("v"), t.long_life)), "store_if");
    }
}

} // namespace sojourn::inline v0::testing::detail
