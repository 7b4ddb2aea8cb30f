#include <sojourn/cookie/jar.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace sojourn;
using cookie::Jar;

namespace {

using Values = std::vector<std::string_view>;

Jar jar_of(std::string_view header)
{
    Jar jar{"session"};
    jar.add(header);
    return jar;
}

/// The header has cookies of ours with these values, in this order.
void ok(std::string_view header, const Values& values)
{
    CAPTURE(header);
    const auto jar = jar_of(header);
    CHECK(Values(jar.candidates().begin(), jar.candidates().end()) == values);
    CHECK(jar.chunks().empty());
    CHECK(jar.highest_chunk() == 1);
}

/// The header has no cookie of ours.
void none(std::string_view header)
{
    CAPTURE(header);
    const auto jar = jar_of(header);
    CHECK(jar.candidates().empty());
    CHECK(jar.chunks().empty());
    CHECK(jar.highest_chunk() == 0);
}

/// The header has a cookie of our name and number that cannot be ours: nothing to open, but something to expire.
void foreign(std::string_view header, unsigned number)
{
    CAPTURE(header);
    const auto jar = jar_of(header);
    CHECK(jar.candidates().empty());
    CHECK(jar.chunks().empty());
    CHECK(jar.highest_chunk() == number);
}

void removed(std::string_view header, std::string_view rest)
{
    CAPTURE(header);
    CHECK(cookie::remove(header, "session") == rest);
    CHECK(cookie::remove(rest, "session") == rest);
}

/// The members of a flat JSON object of strings without escapes other than \".
std::map<std::string, std::string> read_object(const std::string& path)
{
    std::ifstream file{path};
    REQUIRE(file.is_open());
    const std::string json{std::istreambuf_iterator<char>{file}, {}};
    std::vector<std::string> strings;
    bool inside = false;
    for (std::size_t i = 0; i != json.size(); ++i)
        if (json[i] == '"') {
            inside = !inside;
            if (inside)
                strings.emplace_back();
        } else if (inside) {
            if (json[i] == '\\')
                ++i;
            strings.back() += json[i];
        }
    std::map<std::string, std::string> object;
    for (std::size_t i = 0; i + 1 < strings.size(); i += 2)
        object[strings[i]] = strings[i + 1];
    return object;
}

} // namespace

TEST_CASE("finds the cookie of our name")
{
    ok("session=abc", {"abc"});
    ok("a=1; session=abc; b=2", {"abc"});
    ok("a=1;session=abc;b=2", {"abc"});
    ok(" \t a=1 ;\t session=abc \t", {"abc"});
    ok("session=abc;", {"abc"});
    ok("session=a=b==", {"a=b=="});
    ok("session=abc; session=def", {"abc", "def"});
}

TEST_CASE("other names are not ours")
{
    none("");
    none("a=1");
    none("Session=abc");
    none("sessio=abc; sessions=abc; xsession=abc; __Host-session=abc");
    none("a=session=abc");
    none("a=1, session=abc");
    none("session =abc");
    none("session\t=abc");
    none("session.1=a; session.0=a; session.10=a; session.02=a; session.=a; session.a=a; session.2x=a");
}

TEST_CASE("prior art 23: a continuation cookie is not confused with another session's cookie")
{
    none("session2=a; session_2=a; session-2=a");

    Jar other{"session2"};
    other.add("session=a; session.2=b; session2=c; session2.3=d");
    REQUIRE(other.candidates().size() == 1);
    CHECK(other.candidates()[0] == "c");
    REQUIRE(other.chunks().size() == 1);
    CHECK(other.chunks()[0].value == "d");
    CHECK(other.highest_chunk() == 3);
}

TEST_CASE("prior art 23: junk does not hide a good cookie behind it")
{
    for (const std::string_view junk :
         {";", "=", "==", "=x", "x", "session", "\"", "a=\"", "\x01", "a\x7f=\x1f", "a b=c d", "\xff\xfe=\x80", ",",
          "session =x", "session\n=x", "{}", "a=1;;; ;\t;"}) {
        ok(std::string{junk}.append("; session=abc"), {"abc"});
        ok(std::string{junk}.append(";session=abc; ").append(junk), {"abc"});
    }
    ok(std::string_view{"\0=\0; session=abc", 16}, {"abc"});
    ok("session=; session=\"\"; session=\"abc\"; session=abc", {"abc"});
}

TEST_CASE("prior art 23: bad cookies of our name do not hide a good one")
{
    ok("session=not/base64; session=abc", {"not/base64", "abc"});

    std::string header;
    for (int i = 0; i != 100; ++i)
        header += "session=; session=\"quoted\"; ";
    ok(header + "session=abc", {"abc"});
}

TEST_CASE("an empty or a quoted value is not ours, but is seen")
{
    foreign("session=", 1);
    foreign("session=   ", 1);
    foreign("session=\"abc\"", 1);
    foreign("session=\"", 1);
    foreign("session.4=", 4);
    foreign("session.5=\"abc\"", 5);
}

TEST_CASE("finds continuation cookies, in order of appearance")
{
    const auto jar = jar_of("session.3=c; a=1; session=a; session.2=b; session.3=d");
    REQUIRE(jar.chunks().size() == 3);
    CHECK(jar.chunks()[0].number == 3);
    CHECK(jar.chunks()[0].value == "c");
    CHECK(jar.chunks()[1].number == 2);
    CHECK(jar.chunks()[1].value == "b");
    CHECK(jar.chunks()[2].number == 3);
    CHECK(jar.chunks()[2].value == "d");
    CHECK(jar.highest_chunk() == 3);
}

TEST_CASE("the highest chunk is seen without a first cookie too")
{
    for (unsigned number = 2; number <= 9; ++number)
        CHECK(jar_of("session." + std::to_string(number) + "=x").highest_chunk() == number);
}

TEST_CASE("a jar is filled from several headers")
{
    Jar jar{"session"};
    jar.add("a=1");
    jar.add("session=x");
    jar.add("session.2=y; session=z");
    jar.add("");
    REQUIRE(jar.candidates().size() == 2);
    CHECK(jar.candidates()[0] == "x");
    CHECK(jar.candidates()[1] == "z");
    CHECK(jar.highest_chunk() == 2);
    CHECK(jar.name() == "session");
}

TEST_CASE("values are views of the caller's text")
{
    const std::string_view header = "a=1; session=abc";
    const auto jar = jar_of(header);
    REQUIRE(jar.candidates().size() == 1);
    CHECK(jar.candidates()[0].data() == header.data() + 13);
}

TEST_CASE("a flood is cut off: the first ones are kept, the highest number is still told")
{
    std::string header;
    for (int i = 0; i != 1000; ++i)
        header += "session=" + std::to_string(i) + "; session.2=" + std::to_string(i) + "; ";
    const auto jar = jar_of(header += "session.9=x");
    REQUIRE(jar.candidates().size() == Jar::max_candidates);
    CHECK(jar.candidates().back() == "7");
    REQUIRE(jar.chunks().size() == Jar::max_chunks);
    CHECK(jar.chunks().back().value == "63");
    CHECK(jar.highest_chunk() == 9);
}

TEST_CASE("cookies that sites set stay out of the way, and stay as they are")
{
    const auto headers = read_object(SOJOURN_TEST_VECTORS "/cookies/top-cookie.json");
    CHECK(headers.size() == 17);
    for (const auto& [site, header] : headers) {
        CAPTURE(site);
        none(header);
        removed(header, header);

        ok(header + "; session=abc", {"abc"});
        ok("session=abc; " + header, {"abc"});
        removed(header + "; session=abc; session.2=def", header);
        removed("session=abc; session.2=def; " + header, header);
        removed("session.9=; " + header + "; session=abc", header);

        const auto first = header.substr(0, header.find('='));
        Jar theirs{first};
        theirs.add(header);
        REQUIRE(theirs.candidates().size() == 1);
        CHECK(header.starts_with(first + "=" + std::string{theirs.candidates()[0]}));
    }
}

TEST_CASE("remove takes out our cookies only")
{
    removed("", "");
    removed(" ; ;", "");
    removed("session=abc", "");
    removed("session=abc; session.2=d; session=\"x\"; session=", "");
    removed("a=1; session=abc; b=2", "a=1; b=2");
    removed("session=abc; a=1", "a=1");
    removed("a=1; session.9=x", "a=1");
    removed("a=1; session.1=x; session2=y; Session=z", "a=1; session.1=x; session2=y; Session=z");
    removed("a=\"1  2\";  b =\t2 ;c;=d;session=x", "a=\"1  2\"; b =\t2; c; =d");
}

static_assert(noexcept(Jar{""}) && noexcept(std::declval<Jar&>().add("")));
static_assert(cookie::chunk_number("s", "s") == 1 && cookie::chunk_number("s.9", "s") == 9 &&
              cookie::chunk_number("s.1", "s") == 0);
