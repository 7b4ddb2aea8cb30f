#include <sojourn/core/texts.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <map>
#include <random>
#include <string>
#include <string_view>

using namespace sojourn;
using core::Texts;

namespace {

using Map = std::map<std::string, std::string>;

Map content(const Texts& texts)
{
    Map map;
    texts.for_each([&](std::string_view name, std::string_view text) { CHECK(map.emplace(name, text).second); });
    return map;
}

Texts of(const Map& map)
{
    Texts texts;
    for (const auto& [name, text] : map)
        texts.set(name, text);
    return texts;
}

} // namespace

TEST_CASE("texts are found by name, replaced and taken out")
{
    Texts texts;
    CHECK(texts.empty());
    CHECK_FALSE(texts.find("notice"));
    CHECK_FALSE(texts.erase("notice"));
    texts.set("notice", "saved");
    texts.set("error", "");
    texts.set("", "no name");
    CHECK(texts.find("notice") == "saved");
    CHECK(texts.find("error") == "");
    CHECK(texts.find("") == "no name");
    CHECK_FALSE(texts.find("noti"));
    CHECK_FALSE(texts.find("noticed"));
    texts.set("notice", std::string(300, 'n'));
    CHECK(texts.find("notice") == std::string(300, 'n'));
    CHECK(texts.erase("error"));
    CHECK(content(texts) == Map{{"", "no name"}, {"notice", std::string(300, 'n')}});
    const Texts copy{texts};
    CHECK(texts.erase(""));
    CHECK(texts.erase("notice"));
    CHECK(texts.empty());
    CHECK(content(copy).size() == 2);
}

TEST_CASE("the same texts are the same bytes, in whatever order they were put in: as of a std::map")
{
    std::mt19937 random{7};
    Texts texts;
    Map model;
    for (int i = 0; i != 2000; ++i) {
        const std::string name(random() % 3, static_cast<char>('a' + random() % 4));
        if (random() % 3 == 0)
            CHECK(texts.erase(name) == (model.erase(name) == 1));
        else {
            const auto text = std::to_string(random() % 5);
            texts.set(name, text);
            model[name] = text;
        }
        CHECK(equal(texts.bytes(), of(model).bytes()));
    }
    CHECK(content(texts) == model);
}

TEST_CASE("texts come back as they went in; what is cut short or made up is refused")
{
    const auto texts = of({{"", "no name"}, {"error", ""}, {"notice", std::string(300, 'n')}});
    Texts again;
    again.set("before", "gone");
    CHECK(again.read(texts.bytes()));
    CHECK(content(again) == content(texts));
    std::size_t whole = 0;
    for (std::size_t cut = 0; cut != texts.bytes().size(); ++cut) {
        const Bytes part(texts.bytes().begin(), texts.bytes().begin() + static_cast<std::ptrdiff_t>(cut));
        whole += again.read(part) ? 1U : 0U;
    }
    CHECK(whole == 3); // nothing, and after each but the last
    CHECK_FALSE(again.read(as_bytes("\xFF\xFF\xFF\xFF\xFF")));
    CHECK_FALSE(again.read(as_bytes("\x01")));
}

TEST_CASE("texts of anybody are put in order, and of two of one name the later one counts")
{
    Buffer bytes;
    core::append_text("z", "1", bytes);
    core::append_text("a", "2", bytes);
    core::append_text("z", "3", bytes);
    core::append_text("m", "4", bytes);
    core::append_text("a", "5", bytes);
    Texts texts;
    CHECK(texts.read(bytes));
    CHECK(content(texts) == Map{{"a", "5"}, {"m", "4"}, {"z", "3"}});
    CHECK(equal(texts.bytes(), of(content(texts)).bytes()));
}

TEST_CASE("what both changed since is merged name by name; mine where both changed one")
{
    const auto base =
        of({{"both", "0"}, {"mine", "0"}, {"theirs", "0"}, {"gone here", "0"}, {"gone there", "0"}, {"kept", "0"}});
    auto mine = base;
    mine.set("both", "1");
    mine.set("mine", "1");
    mine.erase("gone here");
    mine.set("new here", "1");
    mine.set("kept", "1");
    auto theirs = base;
    theirs.set("both", "2");
    theirs.set("theirs", "2");
    theirs.erase("gone there");
    theirs.set("new there", "2");
    theirs.erase("kept");
    core::merge(base, mine, theirs);
    CHECK(content(mine) ==
          Map{{"both", "1"}, {"mine", "1"}, {"theirs", "2"}, {"new here", "1"}, {"new there", "2"}, {"kept", "1"}});
}
