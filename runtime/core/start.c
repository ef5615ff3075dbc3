/* The C entry point of a built executable; only in the static library. */
#include <fcntl.h>
#include <unistd.h>

#include "include/snow.h"
#include "launch.h"

/* The program, unless it needs services and the executable holds a shared image of it instead. */
extern const snow_program snow_program_image __asm__("snow_program") __attribute__((weak));

/* A standard descriptor that is closed gets the null device, so that no file opened later lands there. */
static void hold_standard_descriptors(void) {
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0) (void)!open("/dev/null", O_RDWR);
}

int main(int argc, char **argv) {
    hold_standard_descriptors();
    if (snow_launch_image != NULL) return snowi_launch(argc, argv);
    _exit(snow_rt_start((void *)&snow_program_image, argc, argv));
}
