/* How services, which live outside the core, serve Snow programs.
 *
 * A function of the table whose provider is `host` has a stub in the core. The stub packs its C
 * arguments into a `snow_host_call`, puts that into a queue and parks the calling process, so that
 * other processes run meanwhile. A service thread takes it out, does the work however long it takes,
 * and answers it exactly once. Any number of threads may take calls, several calls may be open at a
 * time, and they may be answered in any order and from any thread that is not a worker of the core.
 *
 *     snow_host_attach()                          once, before snow_rt_start; without it every host
 *                                                 function ends the program with a clear message
 *     while (call = snow_host_next(-1)) {...}     in each service thread; NULL: the program ends
 *         snow_host_done(call, word)              exactly one of these three per call; afterwards
 *         snow_host_done_string(call, p, n)       neither the call nor its arguments may be touched
 *         snow_host_fail(call, p, n)
 *     snow_host_stopped()                         after NULL, when everything is closed down
 *
 * From Python: open the library with ctypes.CDLL, which releases the interpreter's lock during each
 * call, so waiting in snow_host_next costs nothing. snow_rt_start blocks in the same way, therefore
 * service threads are started before it, with SIGINT and SIGTERM blocked in the starting thread
 * (`signal.pthread_sigmask`): the core takes these two from a descriptor. An asyncio loop can watch
 * snow_host_fd() instead, and on each wake call snow_host_next(0) until it gives NULL.
 *
 * Arguments. `args[i]` is the i-th C parameter of the row, in order: pointers, integers and Bools as
 * numbers, Floats as their bits; a closure is two of them, code and environment. Strings and other
 * objects (include/snow.h) stay alive and unchanged until the answer, and must not be counted or
 * changed. What is needed longer is copied: text by the service itself, closures and other values by
 * snow_host_keep into a region, which makes an immortal copy that every process may use.
 *
 * Life of the program. It goes on while main runs, a process can make progress, a call is open, or
 * more snow_host_hold than snow_host_release were called: hold once per listening server and once per
 * open connection. When it ends (nothing holds it, a signal, a panic of main), snow_host_ending turns 1,
 * the descriptor becomes readable and snow_host_next returns NULL in every thread. On a normal end and
 * on a signal the core waits for snow_host_stopped, but no longer than 10 seconds; processes go on
 * running meanwhile, so that a handler for a closed connection is still called.
 *
 * Messages to processes, and processes for connections, come from C (core/snow_process.h): snowi_post,
 * snowi_spawn_native.
 */
#ifndef SNOW_HOST_H
#define SNOW_HOST_H

#include <stdint.h>

#include "snow_abi.h"

/* A call in progress, as snow_host_next returns it. It belongs to the core. */
typedef struct snow_host_call {
    const char *symbol;  /* of the function: "snow_ws_serve_tls" */
    int64_t pid;         /* of the caller */
    int64_t n_args;
    const int64_t *args; /* one word per C parameter */
} snow_host_call;

#endif
