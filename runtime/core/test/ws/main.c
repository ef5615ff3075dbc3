/* Runs the suite named by the first argument; the status is 1 if a check failed. */
#include "peer.h"

int failures;

static const struct {
    const char *name;
    void (*run)(void);
} suites[] = {
    {"frame", suite_frame},         {"fragment", suite_fragment}, {"utf8", suite_utf8},   {"close", suite_close},
    {"heartbeat", suite_heartbeat}, {"protocol", suite_protocol}, {"timer", suite_timer}, {"deflate", suite_deflate},
    {"table", suite_table},         {"codec", suite_codec},       {"threads", suite_threads},
    {"room", suite_room},           {"room_threads", suite_room_threads},
};

int main(int argc, char **argv) {
    for (size_t i = 0; argc == 2 && i < sizeof suites / sizeof *suites; i++) {
        if (strcmp(suites[i].name, argv[1]) != 0) continue;
        suites[i].run();
        return failures > 0;
    }
    fprintf(stderr, "usage: %s SUITE\n", argv[0]);
    return 2;
}
