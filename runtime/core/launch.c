/* The start of a built executable whose program needs services: it hands its image to an interpreter.
 *
 * Services are Python, and one process has one core: that of the interpreter, which loads the program's image
 * as `snowc run` does. The image lies in the executable; it is passed on in memory, by the number of a
 * descriptor. The interpreter is the one that $SNOW_PYTHON names, else the one that the executable was built
 * with, else the python3 on PATH. Only in the static library.
 */
#define _GNU_SOURCE
#include "launch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { FAILED = 1, OWN_ARGUMENTS = 5 };

/* The folder of the library that the program was built with is the last place to look in. */
static const char bootstrap[] =
    "import sys\n"
    "if sys.path[:1] == ['']: del sys.path[0]\n"
    "sys.path.append(sys.argv[1])\n"
    "if sys.version_info < (3, 11):\n"
    "    sys.exit('error: this program needs Python 3.11 or later for its services; '\n"
    "             + sys.executable + ' is ' + sys.version.split()[0])\n"
    "try:\n"
    "    from snowrt.launch import main\n"
    "except ImportError as error:\n"
    "    sys.exit('error: this program needs the run-time library of Snow for its services, which '\n"
    "             + sys.executable + ' lacks (' + str(error) + '): install snowc there, or set SNOW_PYTHON')\n"
    "main(sys.argv[2:])\n";

static int fail(const char *what, const char *name, const char *advice) {
    fprintf(stderr, "error: %s%s: %s%s\n", what, name, strerror(errno), advice);
    return FAILED;
}

/* A descriptor of memory that holds the image; -1 on an error. */
static int image_in_memory(void) {
    const uint8_t *at = snow_launch_image;
    int fd = memfd_create("snow-program", 0);
    while (fd >= 0 && at < snow_launch_image_end) {
        ssize_t n = write(fd, at, (size_t)(snow_launch_image_end - at));
        if (n < 0 && errno != EINTR) return -1;
        if (n > 0) at += n;
    }
    return fd;
}

static int start(char **command) {
    const char *wish = getenv("SNOW_PYTHON");
    if (wish != NULL && *wish != '\0') {
        command[0] = (char *)wish;
        execvp(wish, command);
        return fail("cannot start the interpreter that SNOW_PYTHON names, ", wish, "");
    }
    command[0] = (char *)snow_launch_python;
    execv(snow_launch_python, command);
    command[0] = (char *)"python3";
    execvp("python3", command);
    return fail("this program needs Python for its services, and there is none: cannot start ", "python3",
                "; install Python 3.11 or later with snowc, or set SNOW_PYTHON");
}

int snowi_launch(int argc, char **argv) {
    char number[16];
    int fd = image_in_memory();
    if (fd < 0) return fail("cannot pass the program on", "", "");
    snprintf(number, sizeof number, "%d", fd);
    char **command = calloc(OWN_ARGUMENTS + (size_t)argc + 1, sizeof *command);
    if (command == NULL) return fail("cannot pass the program on", "", "");
    command[1] = (char *)"-c";
    command[2] = (char *)bootstrap;
    command[3] = (char *)snow_launch_library;
    command[4] = number;
    memcpy(command + OWN_ARGUMENTS, argv, (size_t)argc * sizeof *argv);
    return start(command);
}
