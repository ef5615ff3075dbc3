/* What `snowc build` puts into an executable whose program needs services, and its start. */
#ifndef SNOW_LAUNCH_H
#define SNOW_LAUNCH_H

#include <stdint.h>

/* Defined by the link of such an executable only. */
#pragma GCC visibility push(hidden)
extern const uint8_t snow_launch_image[] __attribute__((weak)); /* a shared library with `snow_program` */
extern const uint8_t snow_launch_image_end[] __attribute__((weak));
extern const char snow_launch_python[] __attribute__((weak));  /* path of the interpreter */
extern const char snow_launch_library[] __attribute__((weak)); /* folder that holds snowrt */

/* Continues as an interpreter; comes back only with the status of a failure. */
int snowi_launch(int argc, char **argv);
#pragma GCC visibility pop

#endif
