#include "sessions.hpp"

void bench::add_file() { add_suites<sojourn::storage::File>(); }
