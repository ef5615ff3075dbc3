/* Panics: a message with the place in the user's program, and the end of the process. */
#include "snow_internal.h"

#include <stdio.h>

/* `loc` is `file index << 32 | line`; -1 when no place is known. */
static SNOWI_COLD _Noreturn void panic(const char *message, size_t len, int64_t loc) {
    char place[300];
    const char *file = snowi_file_name(loc);
    int line = file == NULL ? 0 : (int)(loc & 0xFFFFFFFF);
    int n = snprintf(place, sizeof place, "Snow panic at %s:%d: ", file == NULL ? "<unknown>" : file, line);
    snowi_output_flush();
    snowi_complain(place, (size_t)n < sizeof place ? (size_t)n : sizeof place - 1);
    snowi_complain(message, len);
    snowi_complain("\n", 1);
    snowi_finish(SNOWI_STATUS_PANIC);
}

SNOWI_COLD void snowi_panic(void *message, int64_t loc) { panic(message, strlen(message), loc); }

SNOWI_COLD void snowi_panic_string(void *message, int64_t loc) {
    const snow_string *s = message;
    panic((const char *)s->bytes, s->byte_len, loc);
}
