/* The C entry point of a built executable; only in the static library. */
#include <unistd.h>

#include "include/snow.h"

extern const snow_program snow_program_image __asm__("snow_program");

int main(int argc, char **argv) { _exit(snow_rt_start((void *)&snow_program_image, argc, argv)); }
