// The same sessions with another server: Boost.Beast, one coroutine a connection. Counts a client's visits.
//
//     beast --port 8080        then open http://127.0.0.1:8080 in a browser

#include <sojourn/http/beast.hpp>
#include <sojourn/sojourn.hpp>
#include <sojourn/storage/memory.hpp>

#include <boost/asio.hpp>
#include <boost/beast.hpp>

#include <iostream>
#include <string>

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;

struct Visitor {
    int visits = 0;
};
BOOST_HANA_ADAPT_STRUCT(Visitor, visits);

using Session = sojourn::Session<sojourn::storage::Memory, sojourn::cipher::XChaCha20Poly1305,
                                 sojourn::codec::MessagePack<Visitor>>;

using Request = http::request<http::string_body>;
using Response = http::response<http::string_body>;

Response answer(const Session::Manager& sessions, const Request& request)
{
    Response response{http::status::ok, request.version()};
    response.set(http::field::cache_control, "no-store");
    response.keep_alive(request.keep_alive());
    auto session = sessions.start(request);
    if (session && request.target() == "/")
        ++session->visits;
    if (const auto saved = session.save(response)) {
        response.body() = "Visits: " + std::to_string(session->visits) + "\n";
    } else {
        response.result(http::status::service_unavailable);
        response.body() = "The sessions cannot be reached just now.\n";
    }
    response.prepare_payload();
    return response;
}

asio::awaitable<void> converse(tcp::socket socket, const Session::Manager& sessions)
try {
    boost::beast::flat_buffer buffer;
    for (bool more = true; more;) {
        Request request;
        co_await http::async_read(socket, buffer, request, asio::use_awaitable);
        const Response response = answer(sessions, request);
        co_await http::async_write(socket, response, asio::use_awaitable);
        more = response.keep_alive();
    }
} catch (const boost::system::system_error&) { // the client has gone
}

asio::awaitable<void> listen(tcp::acceptor acceptor, const Session::Manager& sessions)
{
    for (;;)
        co_spawn(acceptor.get_executor(), converse(co_await acceptor.async_accept(asio::use_awaitable), sessions),
                 asio::detached);
}

int main(int argc, char** argv)
try {
    const auto port = static_cast<unsigned short>(argc > 1 ? std::stoi(argv[argc - 1]) : 8080);
    const Session::Manager sessions{{}}; // no secret: a random one, and the log says so
    asio::io_context context{1};
    tcp::acceptor acceptor{context, {asio::ip::address_v4::loopback(), port}};
    std::cout << "listening on http://" << acceptor.local_endpoint() << std::endl;
    co_spawn(context, listen(std::move(acceptor), sessions), asio::detached);
    context.run();
} catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
