// Opening, saving and touching a session in each storage, with each suite and codec.

#include "sessions.hpp"

void bench::add_cookie() { add_suites<sojourn::storage::Cookie>(); }

void bench::add_all()
{
    add_cookie();
    add_memory();
    add_file();
}
