/* Which sources this library was built from; the loader compares. */
#include "snow_internal.h"

#ifndef SNOW_SOURCE_HASH
#define SNOW_SOURCE_HASH "unknown"
#endif

static char marker[] = "snow-source-hash:" SNOW_SOURCE_HASH;

void *snow_source_hash(void) { return marker + sizeof "snow-source-hash:" - 1; }
