#include <sojourn/core/body.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <string>
#include <vector>

using namespace sojourn;

namespace {

struct Owned {
    std::string audience, subject, data, flash, info;
    bool operator==(const Owned&) const = default;
};

std::vector<Owned> entries(BytesView body, bool& whole)
{
    std::vector<Owned> result;
    whole = core::for_each_entry(body, [&](const core::Entry& entry) {
        result.push_back({std::string{entry.audience}, std::string{entry.subject}, std::string{as_text(entry.data)},
                          std::string{as_text(entry.flash)}, std::string{as_text(entry.info)}});
    });
    return result;
}

Buffer body_of(const std::vector<Owned>& all)
{
    Buffer body;
    for (const auto& [audience, subject, data, flash, info] : all)
        core::append_entry({audience, subject, {}, as_bytes(data), as_bytes(flash), as_bytes(info)}, body);
    return body;
}

} // namespace

TEST_CASE("entries come back as they went in, whatever their lengths")
{
    for (const std::size_t size : {0U, 1U, 127U, 128U, 129U, 16383U, 16384U, 70000U}) {
        const std::vector<Owned> all{{"default", "alice", std::string(size, 'x'), "f", ""},
                                     {std::string(255, 'a'), "", "", std::string(size, 'y'), "i"}};
        bool whole = false;
        CHECK(entries(body_of(all), whole) == all);
        CHECK(whole);
    }
    bool whole = false;
    CHECK(entries({}, whole).empty());
    CHECK(whole);
}

TEST_CASE("a body cut short or made up is not a whole number of entries, and nothing is read past its end")
{
    const Buffer body = body_of({{"default", "alice", std::string(200, 'x'), "flash", "info"}});
    bool whole = true;
    for (std::size_t cut = 1; cut != body.size(); ++cut) {
        const Bytes part(body.data(), body.data() + cut); // so that a sanitizer sees the end
        entries(part, whole);
        CHECK_FALSE(whole);
    }
    for (const std::string text :
         {"\xFF\xFF\xFF\xFF\xFF", "\x80", "\xFF\xFF\xFF\x7F\x01\x01\x01\x01", "\x01\x01\x01\x01\x01"}) {
        entries(as_bytes(text), whole);
        CHECK_FALSE(whole);
    }
}
