#include "shared.hpp"

std::string visit_in_two(const odr::Sessions::Manager& sessions, const std::string& cookie);
std::string visit_in_two(const odr::Sessions::Manager& sessions, const std::string& cookie)
{
    return odr::visit(sessions, cookie);
}
