/* Generated from runtime/snowrt/abi.py by `python -m snowrt.abi_gen --write`; do not edit. */
#include "snow_internal.h"

void snow_ws_serve(void *a0, void *a1, void *a2, void *a3, void *a4, void *a5, int64_t a6) {
    (void)a0; (void)a1; (void)a2; (void)a3; (void)a4; (void)a5; (void)a6;
    snowi_service_missing("Ws.serve");
}

void snow_ws_serve_tls(void *a0, void *a1, void *a2, void *a3, void *a4, void *a5, int64_t a6, void *a7, void *a8) {
    (void)a0; (void)a1; (void)a2; (void)a3; (void)a4; (void)a5; (void)a6; (void)a7; (void)a8;
    snowi_service_missing("Ws.serve_tls");
}

int64_t snow_ws_send(void *a0, void *a1) {
    (void)a0; (void)a1;
    snowi_service_missing("Ws.send");
}

int64_t snow_ws_send_binary(void *a0, void *a1, int64_t a2) {
    (void)a0; (void)a1; (void)a2;
    snowi_service_missing("Ws.send_binary");
}

int64_t snow_ws_join(void *a0, void *a1) {
    (void)a0; (void)a1;
    snowi_service_missing("Ws.join");
}

int64_t snow_ws_leave(void *a0, void *a1) {
    (void)a0; (void)a1;
    snowi_service_missing("Ws.leave");
}

int64_t snow_ws_broadcast(void *a0, void *a1) {
    (void)a0; (void)a1;
    snowi_service_missing("Ws.broadcast");
}

int64_t snow_ws_broadcast_except(void *a0, void *a1, void *a2) {
    (void)a0; (void)a1; (void)a2;
    snowi_service_missing("Ws.broadcast_except");
}

int64_t snow_ws_close(void *a0, int64_t a1, void *a2) {
    (void)a0; (void)a1; (void)a2;
    snowi_service_missing("Ws.close");
}

int8_t snow_ws_is_open(void *a0) {
    (void)a0;
    snowi_service_missing("Ws.is_open");
}

int64_t snow_ws_members(void *a0) {
    (void)a0;
    snowi_service_missing("Ws.members");
}
