// Carries out the cases of a file of golden vectors (VECTORS.md) and compares all that it records.
//
//     lua_resty_vectors FILE [--tap] [--redis HOST:PORT] [--memcached HOST:PORT]
//
// Cases of a networked storage need a server whose keys are all theirs: a private one that is started here, unless an option
// tells of another, which is emptied. The last line is `N passed, N failed`.

#define DOCTEST_CONFIG_IMPLEMENT // for what starts the servers, elsewhere a part of tests

#include "file_store.hpp"
#include "memcached_store.hpp"
#include "redis_store.hpp"
#include "step.hpp"
#include "stores.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace lua_resty_vectors {
namespace {

struct Tally {
    int passed = 0;
    int failed = 0;
    bool tap = false; ///< in the words that a test runner understands
};

void tell(const Report& report, const std::string& where, Tally& tally)
{
    ++(report.good() ? tally.passed : tally.failed);
    if (tally.tap)
        std::cout << (report.good() ? "ok " : "not ok ") << tally.passed + tally.failed << " - " << where << "\n";
    if (!report.good())
        std::cout << (tally.tap ? "# " : "FAILED ") << where << ": " << report.difference() << "\n";
}

/// What this library does otherwise, name by name; the documentation has the reasons.
bool opens_here(const Json& negative)
{
    static const std::set<std::string> refused{"payload_inserted", "noncanonical_header", "name_case"};
    static const std::set<std::string> accepted{"two_cookies_bad_first", "space_before_semicolon"};
    const auto name = negative.at("name").get<std::string>();
    return accepted.contains(name) || (negative.at("accepted").get<bool>() && !refused.contains(name));
}

template <class Store, class Suite>
void run_negative(const Json& negative, Store& store, Report& report)
{
    const auto storage = text_or(negative.at("config"), "storage", "cookie");
    if constexpr (!std::is_same_v<Store, InCookie>) {
        if (storage == "cookie") {
            InCookie cookies{negative};
            return run_negative<InCookie, Suite>(negative, cookies, report);
        }
    } else if (storage != "cookie") { // any will do that is no cookie storage
        InFiles files{Json{{"steps", Json::array({Json{{"config", Json::object()}}})}}};
        return run_negative<InFiles, Suite>(negative, files, report);
    }
    if (negative.contains("store_setup"))
        store.set_up(negative.at("store_setup"));
    Json step = negative;
    const bool opens = opens_here(negative);
    if (opens != negative.at("accepted").get<bool>()) { // what is recorded is what happens there
        step["ops"] = Json::array({Json::array({"open"})});
        step["results"] = Json::array({Json{{"op", "open"}, {"ret", opens}}});
    }
    Step<Store, Suite> run{step, store, report};
    run.run();
    if (!run.restored())
        report.check(run.response().lines().size() == negative.value("set_cookie", Json::array()).size(),
                     "how many cookies it sets");
}

template <class Store, class Suite>
void run_case(const Json& one, Tally& tally)
{
    const auto id = one.at("id").get<std::string>();
    Store store{one};
    for (const auto& step : one.at("steps")) {
        Report report;
        try {
            Step<Store, Suite> run{step, store, report};
            run.run();
            run.compare();
        } catch (const std::exception& failure) {
            report.fail("exception", failure.what());
        }
        tell(report, id + ", " + text_or(step, "label"), tally);
    }
    for (const auto& negative : one.value("negatives", Json::array())) {
        Report report;
        try {
            const bool fips = text_or(negative, "name").starts_with("opened_with_fips") ? !one.value("fips", false)
                              : text_or(negative, "name") == "opened_without_fips"      ? false
                                                                                        : one.value("fips", false);
            if (fips)
                run_negative<Store, cipher::LuaRestyFips>(negative, store, report);
            else
                run_negative<Store, cipher::LuaResty>(negative, store, report);
        } catch (const std::exception& failure) {
            report.fail("exception", failure.what());
        }
        tell(report, id + ", negative " + text_or(negative, "name"), tally);
    }
}

template <class Store>
void run_case(const Json& one, Tally& tally)
{
    if (one.value("fips", false))
        run_case<Store, cipher::LuaRestyFips>(one, tally);
    else
        run_case<Store, cipher::LuaResty>(one, tally);
}

/// A storage that is not ours is no reason to say that all is well.
void tell_unknown(const Json& one, Tally& tally)
{
    Report report;
    report.fail("storage", text_or(one, "storage") + ", which this program does not know");
    tell(report, text_or(one, "id"), tally);
}

int run(const std::string& path, bool tap)
{
    std::ifstream file{path};
    const auto vectors = Json::parse(file, nullptr, false);
    if (vectors.is_discarded() || !vectors.contains("cases") || vectors.value("schema", 0) != 1) {
        std::cerr << path << ": not a file of vectors of schema 1\n";
        return 2;
    }
    Tally tally{.tap = tap};
    for (const auto& one : vectors.at("cases")) {
        const auto storage = one.at("storage").get<std::string>();
        if (storage == "cookie")
            run_case<InCookie>(one, tally);
        else if (storage == "file")
            run_case<InFiles>(one, tally);
        else if (storage == "redis")
            run_case<InRedis>(one, tally);
        else if (storage == "memcached")
            run_case<InMemcached>(one, tally);
        else
            tell_unknown(one, tally);
    }
    if (tap)
        std::cout << "1.." << tally.passed + tally.failed << "\n";
    else
        std::cout << tally.passed << " passed, " << tally.failed << " failed\n";
    return tally.failed == 0 ? 0 : 1;
}

} // namespace
} // namespace lua_resty_vectors

int main(int count, char** arguments)
{
    doctest::Context context;
    context.setAsDefaultForAssertsOutOfTestCases();

    const std::vector<std::string_view> words{arguments + 1, arguments + count};
    std::string file;
    bool tap = false;
    bool good = true;
    for (std::size_t i = 0; i != words.size(); ++i) {
        const auto address = [&]() -> std::pair<std::string, std::uint16_t> {
            const auto text = ++i < words.size() ? words[i] : "";
            const auto colon = std::min(text.rfind(':'), text.size());
            const int port = std::atoi(std::string{text.substr(std::min(colon + 1, text.size()))}.c_str());
            good = good && colon != 0 && port > 0 && port < 65536;
            return {std::string{text.substr(0, colon)}, static_cast<std::uint16_t>(port)};
        };
        if (words[i] == "--tap")
            tap = true;
        else if (words[i] == "--redis")
            std::apply(lua_resty_vectors::InRedis::use, address());
        else if (words[i] == "--memcached")
            std::apply(lua_resty_vectors::InMemcached::use, address());
        else if (file.empty() && !words[i].starts_with("-"))
            file = words[i];
        else
            good = false;
        if (i >= words.size())
            break;
    }
    if (!good || file.empty()) {
        std::cerr << "usage: lua_resty_vectors FILE [--tap] [--redis HOST:PORT] [--memcached HOST:PORT]\n";
        return 2;
    }
    return lua_resty_vectors::run(file, tap);
}
