#include <sojourn/storage/memory.hpp>
#include <sojourn/testing/storage_conformance.hpp>

#include <iostream>

/// Stands for a reader's own class.
using MyStorage = sojourn::storage::Memory;

int main()
{
    // README
    return suite.run().empty() ? 0 : 1;
}
