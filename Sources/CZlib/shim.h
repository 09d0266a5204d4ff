// zlib as one module, and the calls that are macros. Imported by Compression alone.
#pragma once
#include <zlib.h>

/// Begins to read a stream: gzip's, or (where `takes_zlib` is set) zlib's, whichever it turns out to be.
static inline int czlib_begin_inflate(z_stream *stream, int takes_zlib) {
  return inflateInit2(stream, (takes_zlib ? 32 : 16) + MAX_WBITS);
}

/// Begins to write a stream of gzip.
static inline int czlib_begin_gzip(z_stream *stream, int level) {
  return deflateInit2(stream, level, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
}
