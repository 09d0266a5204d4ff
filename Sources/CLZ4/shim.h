// LZ4's blocks as one module. Imported by Compression alone.
#pragma once
#include <lz4.h>
