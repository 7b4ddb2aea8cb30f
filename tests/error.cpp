#include <sojourn/error.hpp>

#include <doctest/doctest.h>

#include <sstream>
#include <string>

using namespace sojourn;

TEST_CASE("each code has its own name and sentence")
{
    CHECK(code_name(errc::no_cookie) == "no_cookie");
    CHECK(code_name(errc::bad_mac) == "bad_mac");
    CHECK(code_name(errc::too_large) == "too_large");
    CHECK(code_name(errc::store_failed) == "store_failed");
    CHECK(code_name(errc::type_mismatch) == "type_mismatch");
    CHECK(message(errc::bad_mac) == "the cookie's header was not made by this configuration");
    CHECK(message(errc::type_mismatch) == "the stored value has another type");
    CHECK(code_name(errc{}) == "unknown");
    CHECK(message(static_cast<errc>(1000)) == "unknown error");
}

TEST_CASE("an error says its detail behind its sentence, and is told by its code")
{
    CHECK(Error{errc::store_failed}.message() == "the session store failed");
    CHECK(Error{errc::store_failed, "no space left"}.message() == "the session store failed: no space left");
    CHECK(Error{errc::store_failed, "no space left"} == errc::store_failed);
    CHECK((std::ostringstream{} << Error{errc::store_failed, "full"}).str() == "the session store failed: full");
    CHECK(Error{errc::store_failed, "one"} == Error{errc::store_failed, "another"});
}
