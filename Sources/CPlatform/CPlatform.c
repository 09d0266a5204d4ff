// Compiles the header alone: nearly everything is inline in CPlatform.h.
#include "CPlatform.h"
