// Precompiled for the unit tests: what nearly all of them include, and what takes longest to read. A test still includes
// what it uses; that the library's headers do is checked apart (alone_… in meson.build).

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>
#include <vector>
