// With two.cpp: two translation units that include everything, and use it alike, link into one program. clang-tidy reads
// this one.
#include "shared.hpp"

std::string visit_in_two(const odr::Sessions::Manager& sessions, const std::string& cookie);

int main()
{
    const odr::Sessions::Manager sessions{{.secret = "the secret of two units"}};
    const std::string cookie = visit_in_two(sessions, odr::visit(sessions, ""));
    return sessions.open(cookie)->visits == 2 ? 0 : 1;
}
