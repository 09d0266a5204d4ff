// PCRE2's 8-bit library as one module. Imported by Columns alone, for the regular expressions of `split` and `RLIKE`.
#pragma once
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
