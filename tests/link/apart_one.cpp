// Uses sessions that another unit compiles: what is left in this one is looked at (tools/link_check.py).

#include "apart.hpp"

#include <string>
#include <string_view>

namespace {

/// What the session of this Cookie header counts, after this visit; its new header takes the place of `header`.
template <class Session>
int visit(const typename Session::Manager& sessions, std::string& header)
{
    auto session = sessions.start(header);
    ++session->visits;
    const auto lines = session.save();
    if (!lines)
        return -1;
    const std::string_view line = *lines->begin();
    header = line.substr(0, line.find(';'));
    return session->visits;
}

template <class Session>
bool counts()
{
    const typename Session::Manager sessions{{.secret = "the secret of a linked program"}};
    std::string header;
    return visit<Session>(sessions, header) == 1 && visit<Session>(sessions, header) == 2;
}

} // namespace

int main() { return counts<InCookie>() && counts<InMemory>() ? 0 : 1; }
