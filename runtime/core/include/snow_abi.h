/* Generated from runtime/snowrt/abi.py by `python -m snowrt.abi_gen --write`; do not edit. */
#ifndef SNOW_ABI_H
#define SNOW_ABI_H
#include <stdint.h>

#define SNOW_API __attribute__((visibility("default")))
#define SNOW_ABI_VERSION 1u
#define SNOW_NEEDS_SERVICES 1u
#define SNOW_DESC_STRING 1u
#define SNOW_DESC_LIST 2u
#define SNOW_DESC_SLICE 7u
#define SNOW_DESC_ASCII 12u
#define SNOW_DESC_OPTION 16u
#define SNOW_DESC_RESULT 32u
#define SNOW_DESC_ORDERING 96u
#define SNOW_FIRST_PROGRAM_DESC 128u

SNOW_API void snow_println(void *);
SNOW_API void snow_print(void *);
SNOW_API void snow_io_eprintln(void *);
SNOW_API void snow_io_eprint(void *);
SNOW_API void snow_io_flush(void);
SNOW_API void *snow_io_read_line(void);
SNOW_API void *snow_io_read_line_opt(void);
SNOW_API void *snow_io_read_all(void);
SNOW_API void *snow_file_read(void *);
SNOW_API void *snow_file_read_lines(void *);
SNOW_API void *snow_file_write(void *, void *);
SNOW_API void *snow_file_append(void *, void *);
SNOW_API int8_t snow_file_exists(void *);
SNOW_API void *snow_file_delete(void *);
SNOW_API void *snow_env_get(void *);
SNOW_API void *snow_env_args(void);
SNOW_API _Noreturn void snow_system_exit(int64_t);
SNOW_API _Noreturn void snowi_panic_string(void *, int64_t);
SNOW_API int64_t snow_string_length(void *);
SNOW_API void *snow_string_slice(void *, int64_t, int64_t);
SNOW_API int8_t snow_string_contains(void *, void *);
SNOW_API int8_t snow_string_starts_with(void *, void *);
SNOW_API int8_t snow_string_ends_with(void *, void *);
SNOW_API void *snow_string_trim(void *);
SNOW_API void *snow_string_trim_start(void *);
SNOW_API void *snow_string_trim_end(void *);
SNOW_API void *snow_string_to_upper(void *);
SNOW_API void *snow_string_to_lower(void *);
SNOW_API void *snow_string_replace(void *, void *, void *);
SNOW_API void *snow_string_split(void *, void *);
SNOW_API void *snow_string_join(void *, void *);
SNOW_API void *snow_string_lines(void *);
SNOW_API void *snow_string_words(void *);
SNOW_API void *snow_string_chars(void *);
SNOW_API void *snow_string_repeat(void *, int64_t, int64_t);
SNOW_API void *snow_string_to_int(void *);
SNOW_API void *snow_string_to_float(void *);
SNOW_API void *snow_string_concat(void *, void *);
SNOW_API int8_t snow_string_eq(void *, void *);
SNOW_API int64_t snow_string_compare(void *, void *);
SNOW_API int64_t snow_string_hash(void *);
SNOW_API int64_t snow_string_byte_length(void *);
SNOW_API int64_t snow_string_byte_at(void *, int64_t);
SNOW_API void *snow_string_byte_slice(void *, int64_t, int64_t);
SNOW_API int64_t snow_string_find(void *, void *, int64_t);
SNOW_API int64_t snow_string_find_last(void *, void *);
SNOW_API int64_t snow_string_count_chars(void *, int64_t, int64_t);
SNOW_API int64_t snow_string_code_at(void *, int64_t);
SNOW_API int64_t snow_string_next(void *, int64_t);
SNOW_API void *snow_string_from_code(int64_t);
SNOW_API void *snow_string_from_bytes(void *);
SNOW_API void *snow_int_to_string(int64_t);
SNOW_API void *snow_float_to_string(double);
SNOW_API void *snow_bool_to_string(int8_t);
SNOW_API void *snow_float_to_fixed(double, int64_t);
SNOW_API int64_t snow_hash_int(int64_t);
SNOW_API int64_t snow_hash_float(double);
SNOW_API int64_t snow_hash_bool(int8_t);
SNOW_API int64_t snow_hash_string(void *);
SNOW_API int64_t snow_hash_combine(int64_t, int64_t);
SNOW_API int64_t snow_hash_seed(void);
SNOW_API void *snow_list_new(int64_t);
SNOW_API void *snow_list_fill(int64_t, int64_t, int64_t);
SNOW_API void *snow_list_reserve(int64_t, void *, int64_t);
SNOW_API int64_t snow_list_length(void *);
SNOW_API int64_t snow_list_get(void *, int64_t);
SNOW_API void *snow_list_push(int64_t, void *, int64_t);
SNOW_API void *snow_list_set(int64_t, void *, int64_t, int64_t);
SNOW_API void *snow_list_tail(int64_t, void *, int64_t);
SNOW_API void *snow_list_take(int64_t, void *, int64_t);
SNOW_API void *snow_list_concat(int64_t, void *, void *);
SNOW_API int8_t snow_list_is_scalar(int64_t, void *);
SNOW_API int64_t snow_list_zero(int64_t, void *);
SNOW_API int8_t snow_list_is_unique(void *);
SNOW_API int64_t snow_math_floor(double);
SNOW_API int64_t snow_math_ceil(double);
SNOW_API int64_t snow_math_round(double);
SNOW_API double snow_float_floor(double);
SNOW_API double snow_float_ceil(double);
SNOW_API double snow_float_round(double);
SNOW_API double snow_float_trunc(double);
SNOW_API double snow_math_pow(double, double);
SNOW_API double snow_math_atan2(double, double);
SNOW_API double snow_math_hypot(double, double);
SNOW_API double snow_math_log(double, double);
SNOW_API double snow_math_sin(double);
SNOW_API double snow_math_cos(double);
SNOW_API double snow_math_tan(double);
SNOW_API double snow_math_asin(double);
SNOW_API double snow_math_acos(double);
SNOW_API double snow_math_atan(double);
SNOW_API double snow_math_sinh(double);
SNOW_API double snow_math_cosh(double);
SNOW_API double snow_math_tanh(double);
SNOW_API double snow_math_exp(double);
SNOW_API double snow_math_ln(double);
SNOW_API double snow_math_log2(double);
SNOW_API double snow_math_log10(double);
SNOW_API double snow_math_cbrt(double);
SNOW_API int64_t snow_actor_spawn(void *, void *, int64_t, void *);
SNOW_API void snow_actor_send(int64_t, int64_t, int64_t);
SNOW_API void snow_actor_send_untyped(int64_t, int64_t, int64_t, int64_t, void *);
SNOW_API int8_t snow_actor_receive(int64_t);
SNOW_API int64_t snow_actor_message(void);
SNOW_API int8_t snow_actor_may_rest(void);
SNOW_API _Noreturn void snow_actor_rest(void *);
SNOW_API void snow_actor_nest(void);
SNOW_API int8_t snow_actor_accepts(int64_t);
SNOW_API int64_t snow_actor_self(void);
SNOW_API int64_t snow_service_start(void *, void *, void *, int64_t);
SNOW_API void snow_service_ready(void);
SNOW_API int64_t snow_service_next(void);
SNOW_API void snow_service_reply(int64_t, int64_t);
SNOW_API void snow_service_cast(int64_t, int64_t, void *, int64_t, int64_t);
SNOW_API void snow_service_call(int64_t, int64_t, void *, void *, int64_t, int64_t, int64_t);
SNOW_API int8_t snow_service_try(int64_t, int64_t, void *, void *, int64_t, int64_t, int64_t);
SNOW_API int8_t snow_process_is_alive(int64_t);
SNOW_API int64_t snow_process_count(void);
SNOW_API void snow_timer_sleep(int64_t);
SNOW_API int64_t snow_timer_now(void);
SNOW_API void snow_ws_serve(void *, void *, void *, void *, void *, void *, int64_t);
SNOW_API void snow_ws_serve_tls(void *, void *, void *, void *, void *, void *, int64_t, void *, void *);
SNOW_API void *snow_ws_serve_with(void *, void *, void *, void *, void *, void *, void *, void *, void *, void *, void *, int64_t);
SNOW_API void *snow_ws_start_with(void *, void *, void *, void *, void *, void *, void *, void *, void *, void *, void *, int64_t);
SNOW_API void snow_ws_stop(int64_t, int64_t);
SNOW_API int64_t snow_ws_send(void *, void *);
SNOW_API int64_t snow_ws_send_binary(void *, void *, int64_t);
SNOW_API int64_t snow_ws_reply(void *, void *);
SNOW_API int64_t snow_ws_join(void *, void *);
SNOW_API int64_t snow_ws_leave(void *, void *);
SNOW_API int64_t snow_ws_broadcast(void *, void *);
SNOW_API int64_t snow_ws_broadcast_except(void *, void *, void *);
SNOW_API int64_t snow_ws_members(void *);
SNOW_API void *snow_ws_rooms(void *);
SNOW_API int64_t snow_ws_ping(void *);
SNOW_API int64_t snow_ws_close(void *, int64_t, void *);
SNOW_API int8_t snow_ws_is_open(void *);
SNOW_API int8_t snow_ws_is_binary(void *);
SNOW_API int64_t snow_ws_buffered(void *);
SNOW_API void snow_ws_reject(void *, void *);
SNOW_API void *snow_ws_path(void *);
SNOW_API void *snow_ws_header(void *, void *);
SNOW_API void *snow_ws_query(void *, void *);
SNOW_API void *snow_ws_peer(void *);
SNOW_API void *snow_ws_subprotocol(void *);
SNOW_API int64_t snow_ws_pid(void *);
SNOW_API int64_t snow_ws_id(void *);
SNOW_API void snow_host_attach(void);
SNOW_API void *snow_host_next(int64_t);
SNOW_API int8_t snow_host_ending(void);
SNOW_API int32_t snow_host_fd(void);
SNOW_API int32_t snow_host_hangup_fd(void);
SNOW_API void snow_host_flush_crashes(void);
SNOW_API void snow_host_done(void *, int64_t);
SNOW_API void snow_host_done_string(void *, void *, int64_t);
SNOW_API void snow_host_fail(void *, void *, int64_t);
SNOW_API void *snow_host_region(void);
SNOW_API void *snow_host_keep(void *, void *);
SNOW_API void snow_host_region_close(void *);
SNOW_API void snow_host_hold(void);
SNOW_API void snow_host_release(void);
SNOW_API void snow_host_stopped(void);
SNOW_API void *snowi_alloc_slow(void *, int64_t);
SNOW_API void *snowi_alloc_large(void *, int64_t);
SNOW_API void snowi_free(void *, void *);
SNOW_API void *snowi_freeze(void *, void *);
SNOW_API _Noreturn void snowi_panic(void *, int64_t);
SNOW_API void snowi_stack_slow(void *, int64_t);
SNOW_API void *snowi_current(void);
SNOW_API int32_t snow_rt_start(void *, int32_t, void *);
SNOW_API void *snow_source_hash(void);

#endif
