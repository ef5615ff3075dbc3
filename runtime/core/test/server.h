/* A WebSocket server whose callbacks are C: what its clients say is what it does. */
#ifndef SNOW_TEST_SERVER_H
#define SNOW_TEST_SERVER_H

#include "processes.h"

/* What the callbacks have seen since `run_server` began. */
typedef struct server_log {
    _Atomic int64_t connected, accepted, closed; /* calls of on_connect; those that agreed; calls of on_close */
    _Atomic int64_t last_code;                   /* of on_close */
    _Atomic int64_t flooded;                     /* sends of all floods that succeeded */
} server_log;

extern server_log served;

/* Runs a program on `n` workers that serves connections; `clients` runs on the loop's thread with the server's
 * word, and leaves connections to be closed if it likes. Checks that every connection that was accepted, and no
 * other, was told of its end, and that nothing is left behind.
 *
 * Requests: a path of "/reject" is refused, "/crash" panics. Messages: "crash" panics, "flood" sends 64 messages
 * of 64 KiB, "tell" starts an actor that sends 20 times "told", "close" closes with 4000, "sleep" takes 3 ms,
 * "work" as long but is busy; any other comes back. An ending with code 3999 panics. */
void run_server(void (*clients)(uint64_t word), int n);

#endif
