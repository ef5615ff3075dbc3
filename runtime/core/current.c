/* Which process runs on this thread. */
#include "snow_internal.h"

/* initial-exec: the core is always loaded before its threads are made, and reading the variable then
 * costs no call. */
static __thread snow_ctx *current __attribute__((tls_model("initial-exec")));

__attribute__((noinline)) void *snowi_current(void) { return current; }

void snowi_set_current(snow_ctx *ctx) { current = ctx; }
