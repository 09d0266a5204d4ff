// RocksDB's C interface as one module. Imported by RocksStore alone, and there only with the package trait RocksDB.
#pragma once
#include <rocksdb/c.h>
