#pragma once

/// The library's version, for `#if` and for the tests that compare every copy of it.
#define SOJOURN_VERSION_MAJOR 0
#define SOJOURN_VERSION_MINOR 1
#define SOJOURN_VERSION_PATCH 0
#define SOJOURN_VERSION "0.1.0"
