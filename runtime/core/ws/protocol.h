/* What protocol.c and timer.c share. */
#ifndef SNOW_WS_PROTOCOL_H
#define SNOW_WS_PROTOCOL_H

#include "../include/snow_ws.h"

/* What a call of the interface works with. */
typedef struct snow_wspi_call {
    snow_wsp *ws;
    const snow_wsp_handler *h;
    void *user;
    uint64_t now;
} snow_wspi_call;

void snow_wspi_write_control(const snow_wspi_call *c, uint8_t opcode, const uint8_t *payload, size_t len);
/* Closes and reports it at once; the peer has `wait` to answer. */
void snow_wspi_fail(const snow_wspi_call *c, uint16_t code, const char *reason, uint64_t wait);

#endif
