/* Panics: a message with the place in the user's program, and the end of the process.
 *
 * In main, and outside of any process, that is the end of the program.
 */
#include "snow_scheduler.h"

#include <stdio.h>

static SNOWI_COLD _Noreturn void end_program(const char *place, const char *message, size_t len) {
    snowi_output_flush();
    snowi_complain(place, strlen(place));
    snowi_complain(message, len);
    snowi_complain("\n", 1);
    snowi_finish(SNOWI_STATUS_PANIC);
}

/* `loc` is `file index << 32 | line`; -1 when no place is known. */
static SNOWI_COLD _Noreturn void panic(const char *message, size_t len, int64_t loc) {
    char place[300];
    const char *file = snowi_file_name(loc);
    int line = file == NULL ? 0 : (int)(loc & 0xFFFFFFFF);
    snprintf(place, sizeof place, "Snow panic at %s:%d: ", file == NULL ? "<unknown>" : file, line);
    snowi_process *p = snowi_this();
    if (p == NULL || p->worker == NULL || p->is_main) end_program(place, message, len);
    snowi_report_crash(p, place, message, len);
    if (atomic_load(&p->service) != NULL) snowi_service_crashed(p, message, len);
    snowi_process_end(p, true);
}

SNOWI_COLD void snowi_panic(void *message, int64_t loc) { panic(message, strlen(message), loc); }

SNOWI_COLD void snowi_panic_string(void *message, int64_t loc) {
    const snow_string *s = message;
    panic((const char *)s->bytes, s->byte_len, loc);
}
