// zstd as one module. Imported by Compression alone.
#pragma once
#include <zstd.h>
