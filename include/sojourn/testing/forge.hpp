#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace sojourn::inline v0::testing {

/// The Cookie header of a client that has a session with this data and subject: for tests of handlers that need somebody
/// logged in. The session is made as a program makes one and lies in the manager's own storage. Throws std::runtime_error
/// if it cannot be saved.
///
///     request.headers.emplace("Cookie", sojourn::testing::forge(sessions, Cart{.items = {"bread"}}, "ann"));
template <class Manager>
std::string forge(const Manager& sessions, typename Manager::Session::Data data, std::string subject = {})
{
    auto session = sessions.open("");
    session.set_data(std::move(data));
    session.set_subject(std::move(subject));
    session.csrf_token(); // stored even if the data is that of a new session
    const auto saved = session.save();
    std::string header;
    for (const std::string_view line : saved.value())
        header.append(header.empty() ? "" : "; ").append(line.substr(0, line.find(';')));
    return header;
}

} // namespace sojourn::inline v0::testing
