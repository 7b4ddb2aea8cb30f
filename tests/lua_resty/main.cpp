// Carries out the cases of a file of golden vectors (VECTORS.md) and compares all that it records.
//
//     lua_resty_vectors FILE [--tap]

#include "file_store.hpp"
#include "step.hpp"
#include "stores.hpp"

#include <fstream>
#include <iostream>
#include <set>
#include <string>
#include <string_view>

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
    if constexpr (std::is_same_v<Store, InCookie>)
        if (storage != "cookie") { // any will do that is no cookie storage
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
    if (count < 2) {
        std::cerr << "usage: lua_resty_vectors FILE [--tap]\n";
        return 2;
    }
    return lua_resty_vectors::run(arguments[1], count > 2 && std::string_view{arguments[2]} == "--tap");
}
