/* WebSocket clients and the loop that serves them, on one thread of a test: the transport is memory. */
#ifndef SNOW_TEST_CLIENTS_H
#define SNOW_TEST_CLIENTS_H

#include "check.h"

#include "../include/snow_wsconn.h"

/* One client. What the server sent lies in `got`, from `read` on not looked at. */
typedef struct client {
    snow_wsconn conn; /* 0: not connected */
    uint8_t *got;
    size_t len, read, cap;
    bool is_paused;    /* the loop was told not to read it */
    bool has_finished; /* its ending was reported, and on_close may run */
    bool is_lost;      /* its transport is gone */
} client;

enum { MOST_CLIENTS = 200 };

/* Milliseconds, as the loop counts them. */
uint64_t loop_now(void);

/* Connects; the request is the path and an `X-Name: value` header. `word` is that of its server. */
void connect_client(client *c, uint64_t word, const char *path, const snow_wsconn_options *options);
/* Sends a frame, masked, cut into reads of `step` bytes (0: one read). */
void send_frame(client *c, uint8_t first, const void *payload, size_t len, size_t step);
void send_text(client *c, const char *payload);
void send_close(client *c, uint16_t code);
/* The transport of the client is gone. */
void cut_client(client *c);
/* Takes the next frame off what was received: its opcode and payload; 0 if there is none. */
uint8_t next_frame(client *c, const uint8_t **payload, size_t *len);
/* Waits for a frame and compares it. */
bool receives(client *c, uint8_t opcode, const char *payload);
bool receives_close(client *c, uint16_t code);
void drop_client(client *c);

/* What the loop does when it has nothing to do: waits up to `ms` for the core, then takes all its work. */
void turn_loop(int ms);
/* Turns the loop until `condition(state)`; false after 20 seconds. */
bool turn_until(bool (*condition)(void *state), void *state);
/* Turns the loop until no connection and no session is left. */
bool turn_until_empty(void);

#endif
