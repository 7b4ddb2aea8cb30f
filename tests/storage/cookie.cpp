#include <sojourn/storage/cookie.hpp>

#include <sojourn/concepts.hpp>

#include <doctest/doctest.h>

TEST_CASE("the type says that an update can be lost")
{
    using sojourn::storage::Cookie;
    CHECK(sojourn::CookieStorage<Cookie>);
    CHECK(sojourn::StoragePolicy<Cookie>);
    CHECK_FALSE(sojourn::ServerStorage<Cookie>);
    CHECK_FALSE(sojourn::VersionedStorage<Cookie>);
}
