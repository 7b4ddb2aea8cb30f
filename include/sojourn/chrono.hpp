#pragma once

// The clocks, durations and points in time of <chrono>. With g++, <chrono> is its calendar and the streams, too, which no
// session needs and every program's unit would wait a tenth of a second for (-O0): the clocks lie in a header of their own.

#include <version>

#if defined __GLIBCXX__ && __has_include(<bits/chrono.h>)
#include <bits/chrono.h>
#else
#include <chrono>
#endif
