/* Runs the suite named by the first argument; the status is 1 if a check failed. */
#include "peer.h"

int failures;

static const struct {
    const char *name;
    void (*run)(void);
} suites[] = {
    {"frame", suite_frame},         {"fragment", suite_fragment}, {"utf8", suite_utf8},   {"close", suite_close},
    {"heartbeat", suite_heartbeat}, {"protocol", suite_protocol}, {"timer", suite_timer}, {"table", suite_table},
    {"threads", suite_threads},
};

int main(int argc, char **argv) {
    for (size_t i = 0; argc == 2 && i < sizeof suites / sizeof *suites; i++) {
        if (strcmp(suites[i].name, argv[1]) != 0) continue;
        suites[i].run();
        return failures > 0;
    }
    fprintf(stderr, "usage: %s frame|fragment|utf8|close|heartbeat|protocol|timer|table|threads\n", argv[0]);
    return 2;
}
