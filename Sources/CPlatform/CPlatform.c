// SwiftPM wants one source file in a C target; everything is inline in CPlatform.h.
#include "CPlatform.h"
