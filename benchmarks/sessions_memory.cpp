#include "sessions.hpp"

void bench::add_memory() { add_suites<sojourn::storage::Memory>(); }
