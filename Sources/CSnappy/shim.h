// Snappy's C interface as one module. Imported by Compression alone.
#pragma once
#include <snappy-c.h>
