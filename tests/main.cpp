// The program of all unit tests, and a reporter that speaks the Test Anything Protocol, which Meson reads case by case.
//
//     unit                                  as doctest does it
//     unit --test-case='*base64url*'        a part
//     unit --reporters=tap                  one line a case; what went wrong goes to standard error

#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <iostream>
#include <mutex>
#include <ostream>
#include <sstream>
#include <string>
#include <string_view>

namespace {

class TapReporter : public doctest::IReporter {
public:
    explicit TapReporter(const doctest::ContextOptions& options) : out_{*options.cout} {}

    void test_case_start(const doctest::TestCaseData& test) override { test_ = &test; }
    void test_case_end(const doctest::CurrentTestCaseStats& stats) override { line(*test_, stats.testCaseSuccess, ""); }
    void test_case_skipped(const doctest::TestCaseData& test) override
    {
        if (test.m_skip) // not: left out by a filter
            line(test, true, " # SKIP");
    }
    void test_case_exception(const doctest::TestCaseException& thrown) override
    {
        comment(std::string{thrown.is_crash ? "crash: " : "exception: "} + thrown.error_string.c_str());
    }
    void log_assert(const doctest::AssertData& check) override
    {
        if (!check.m_failed)
            return;
        std::ostringstream text;
        text << check.m_file << ':' << check.m_line << ": " << doctest::assertString(check.m_at) << "( " << check.m_expr
             << " ) failed";
        if (check.m_threw)
            text << ": threw " << check.m_exception.c_str();
        else if (check.m_decomp.size() != 0)
            text << ": " << check.m_decomp.c_str();
        for (int i = 0; i < get_num_active_contexts(); ++i) {
            text << "\n  with ";
            get_active_contexts()[i]->stringify(&text);
        }
        comment(text.str());
    }
    void log_message(const doctest::MessageData& message) override { comment(message.m_string.c_str()); }
    void test_run_end(const doctest::TestRunStats&) override { out_ << "1.." << count_ << std::endl; }

    void report_query(const doctest::QueryData&) override {}
    void test_run_start() override {}
    void test_case_reenter(const doctest::TestCaseData&) override {}
    void subcase_start(const doctest::SubcaseSignature&) override {}
    void subcase_end() override {}

private:
    /// `ok 7 - wire/base64url.cpp: the name`. A `#` would start a directive.
    void line(const doctest::TestCaseData& test, bool passed, std::string_view directive)
    {
        std::string path{test.m_file.c_str()};
        if (const auto tests = path.rfind("tests/"); tests != std::string::npos)
            path.erase(0, tests + std::string_view{"tests/"}.size());
        std::string name{test.m_name};
        for (char& c : name)
            if (c == '#' || c == '\n')
                c = ' ';
        const std::lock_guard lock{mutex_};
        out_ << (passed ? "ok " : "not ok ") << ++count_ << " - " << path << ": " << name << directive << std::endl;
        if (!passed)
            std::cerr << "^ " << path << ": " << name << "\n\n";
    }

    void comment(const std::string& text)
    {
        const std::lock_guard lock{mutex_};
        std::cerr << text << std::endl;
    }

    std::ostream& out_;
    std::mutex mutex_;
    const doctest::TestCaseData* test_ = nullptr;
    int count_ = 0;
};

REGISTER_REPORTER("tap", 0, TapReporter);

} // namespace
