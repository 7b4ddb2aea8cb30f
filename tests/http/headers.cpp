#include <sojourn/http/headers.hpp>

#include <doctest/doctest.h>

#include "../client.hpp"

#include <sojourn/http/beast.hpp>
#include <sojourn/http/httplib.hpp>

#include <boost/beast/http/string_body.hpp>

#include <string>

using namespace sojourn;
using http::Property;
using storage::Cookie;
using storage::File;
using storage::Memory;

TEST_CASE("no value ends its line, whatever the subject is")
{
    CHECK(http::escaped_value("ann@example.org") == "ann@example.org");
    CHECK(http::escaped_value("a b%c") == "a%20b%25c");
    CHECK(http::escaped_value("x\r\nSet-Cookie: evil=1") == "x%0D%0ASet-Cookie:%20evil=1");
    CHECK(http::escaped_value(std::string{"\0\x7F\xC3\xBC", 4}) == "%00%7F%C3%BC");
}

TEST_CASE_TEMPLATE("the properties that were asked for are told, and no others", Storage, Cookie, Memory, File)
{
    const http::PropertySet all{Property::id,
                                Property::audience,
                                Property::subject,
                                Property::timeout,
                                Property::idling_timeout,
                                Property::rolling_timeout,
                                Property::absolute_timeout};
    static_assert(!http::PropertySet{}.contains(Property::id));
    static_assert(http::PropertySet{Property::subject, Property::subject}.contains(Property::subject));
    Shop<Storage> shop{{.secret = secret,
                        .request_headers = all,
                        .response_headers = {Property::timeout, Property::subject},
                        .absolute_timeout = core::seconds{0}}};
    auto session = shop.start();
    session.set_subject("Ann Müller");
    shop.take(session.save());
    shop.world.advance(core::seconds{100});

    httplib::Request request;
    httplib::Response response;
    const auto opened = shop.open();
    opened.set_headers(request, response);
    CHECK(request.get_header_value("Session-Id") == opened.properties().id);
    CHECK(request.get_header_value("Session-Audience") == "default");
    CHECK(request.get_header_value("Session-Subject") == "Ann%20M%C3%BCller");
    CHECK(request.get_header_value("Session-Timeout") == "800");
    CHECK(request.get_header_value("Session-Idling-Timeout") == "800");
    CHECK(request.get_header_value("Session-Rolling-Timeout") == "3500");
    CHECK_FALSE(request.has_header("Session-Absolute-Timeout"));
    CHECK(response.headers.size() == 2);
    CHECK(response.get_header_value("Session-Timeout") == "800");
}

TEST_CASE("what the client sent under a property's name never gets past, with a session or without")
{
    Shop<Memory> shop{{.secret = secret, .request_headers = {Property::subject, Property::audience}}};
    const auto forged = [](auto& request) {
        request.insert("Session-Subject", "admin");
        request.insert("session-subject", "root");
        request.insert("Session-Audience", "admin");
    };
    boost::beast::http::request<boost::beast::http::string_body> request;
    forged(request);
    shop.open().set_request_headers(request);
    CHECK(request.count("Session-Subject") == 0);
    CHECK(request["Session-Audience"] == "default");

    auto session = shop.start();
    session.set_subject("ann");
    shop.take(session.save());
    forged(request);
    shop.open().set_request_headers(request);
    CHECK(request.count("Session-Subject") == 1);
    CHECK(request["Session-Subject"] == "ann");
    CHECK(request.count("Session-Audience") == 1);

    httplib::Request other;
    other.headers.emplace("session-subject", "admin");
    shop.sessions.open("").set_request_headers(other);
    CHECK_FALSE(other.has_header("Session-Subject"));

    boost::beast::http::response<boost::beast::http::string_body> response;
    response.set("Session-Subject", "stale");
    shop.open().set_response_headers(response);
    CHECK(response["Session-Subject"] == "stale"); // nothing was asked for
}
