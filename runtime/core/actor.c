/* Processes, timers and services: what of their interface has no definition elsewhere. */
#include "snow_process.h"

int64_t snow_actor_spawn(void *a0, void *a1, int64_t a2, void *a3) {
    (void)a0; (void)a1; (void)a2; (void)a3;
    snowi_service_missing("snow_actor_spawn");
}

void snow_actor_send(int64_t a0, int64_t a1, int64_t a2) {
    (void)a0; (void)a1; (void)a2;
    snowi_service_missing("snow_actor_send");
}

void snow_actor_send_untyped(int64_t a0, int64_t a1, int64_t a2, int64_t a3, void *a4) {
    (void)a0; (void)a1; (void)a2; (void)a3; (void)a4;
    snowi_service_missing("snow_actor_send_untyped");
}

int8_t snow_actor_receive(int64_t a0) {
    (void)a0;
    snowi_service_missing("snow_actor_receive");
}

int64_t snow_actor_message(void) {
    snowi_service_missing("snow_actor_message");
}

int8_t snow_actor_accepts(int64_t a0) {
    (void)a0;
    snowi_service_missing("snow_actor_accepts");
}

int64_t snow_actor_self(void) {
    snowi_service_missing("snow_actor_self");
}

int8_t snow_process_is_alive(int64_t a0) {
    (void)a0;
    snowi_service_missing("snow_process_is_alive");
}

int64_t snow_process_count(void) {
    snowi_service_missing("snow_process_count");
}

void snow_timer_sleep(int64_t a0) {
    (void)a0;
    snowi_service_missing("snow_timer_sleep");
}

int64_t snow_timer_now(void) {
    snowi_service_missing("snow_timer_now");
}

void snow_host_attach(void) {
    snowi_service_missing("snow_host_attach");
}

void *snow_host_next(int64_t a0) {
    (void)a0;
    snowi_service_missing("snow_host_next");
}

int8_t snow_host_ending(void) {
    snowi_service_missing("snow_host_ending");
}

int32_t snow_host_fd(void) {
    snowi_service_missing("snow_host_fd");
}

void snow_host_done(void *a0, int64_t a1) {
    (void)a0; (void)a1;
    snowi_service_missing("snow_host_done");
}

void snow_host_done_string(void *a0, void *a1, int64_t a2) {
    (void)a0; (void)a1; (void)a2;
    snowi_service_missing("snow_host_done_string");
}

void snow_host_fail(void *a0, void *a1, int64_t a2) {
    (void)a0; (void)a1; (void)a2;
    snowi_service_missing("snow_host_fail");
}

void *snow_host_region(void) {
    snowi_service_missing("snow_host_region");
}

void *snow_host_keep(void *a0, void *a1) {
    (void)a0; (void)a1;
    snowi_service_missing("snow_host_keep");
}

void snow_host_region_close(void *a0) {
    (void)a0;
    snowi_service_missing("snow_host_region_close");
}

void snow_host_hold(void) {
    snowi_service_missing("snow_host_hold");
}

void snow_host_release(void) {
    snowi_service_missing("snow_host_release");
}

void snow_host_stopped(void) {
    snowi_service_missing("snow_host_stopped");
}
