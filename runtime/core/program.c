/* Running a program: start, end, and the ends in between.
 *
 * The thread that calls snow_rt_start never runs Snow code. It makes a worker with a stack of its own,
 * then waits for the first of: the worker's status, SIGINT, SIGTERM. A worker that ends the program in
 * the middle of something (a panic, an exit) reports its status and sleeps for ever: nothing is unwound,
 * and the caller is expected to end the operating system's process without further ado.
 */
#include "snow_internal.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define MAIN_STACK ((size_t)8 << 20)

static const snow_program *program;
static int done_event = -1;
static int final_status;
static bool ran_to_end; /* main returned, and the worker's thread ends */

/* ---- the worker ---- */

static void report(int status) {
    uint64_t one = 1;
    __atomic_store_n(&final_status, status, __ATOMIC_RELEASE);
    (void)!write(done_event, &one, sizeof one);
}

void snowi_finish(int status) {
    snowi_output_flush();
    report(status);
    for (;;) pause();
}

static bool leak_check_wanted(void) {
    const char *wish = getenv("SNOW_LEAK_CHECK");
    return wish != NULL && strcmp(wish, "1") == 0;
}

static void *run_main(void *stack) {
    snow_ctx ctx;
    snowi_heap_open(&ctx);
    ctx.stack_limit = snowi_stack_limit(stack);
    snowi_set_current(&ctx);
    snowi_faults_catch(stack);
    if (program->init != NULL) program->init(&ctx);
    program->main(&ctx);
    snow_io_flush();
    int status = leak_check_wanted() && snowi_report_leaks(&ctx) > 0 ? SNOWI_STATUS_LEAK : 0;
    snowi_faults_release();
    snowi_set_current(NULL);
    snowi_heap_close(&ctx);
    ran_to_end = true;
    report(status);
    return NULL;
}

static bool start_worker(pthread_t *thread, struct snowi_stack *stack) {
    pthread_attr_t attributes;
    sigset_t all, before;
    sigfillset(&all);
    sigdelset(&all, SIGSEGV);
    sigdelset(&all, SIGBUS);
    sigdelset(&all, SIGILL);
    sigdelset(&all, SIGFPE);
    pthread_attr_init(&attributes);
    pthread_attr_setstack(&attributes, stack->base, stack->size);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(thread, &attributes, run_main, stack);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return error == 0;
}

/* ---- the thread that waits ---- */

/* The signals that end a program, but for those that are ignored (as under nohup). */
static sigset_t ending_signals(void) {
    static const int candidates[] = {SIGINT, SIGTERM};
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < 2; i++) {
        struct sigaction action;
        if (sigaction(candidates[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN)
            sigaddset(&set, candidates[i]);
    }
    return set;
}

/* Waits for the end; whether the worker itself came to one. */
static bool wait_for_end(int signals, int *status) {
    struct pollfd events[2] = {{.fd = done_event, .events = POLLIN}, {.fd = signals, .events = POLLIN}};
    while (poll(events, 2, -1) < 0 && errno == EINTR) {}
    struct signalfd_siginfo info;
    if (!(events[0].revents & POLLIN) && read(signals, &info, sizeof info) == sizeof info) {
        snowi_output_flush_in_handler();
        *status = 128 + (int)info.ssi_signo;
        return false;
    }
    *status = __atomic_load_n(&final_status, __ATOMIC_ACQUIRE);
    return true;
}

static SNOWI_COLD int refuse(const char *reason) {
    char text[200];
    snowi_complain(text, (size_t)snprintf(text, sizeof text, "error: cannot start the program: %s\n", reason));
    return SNOWI_STATUS_FAILED;
}

int32_t snow_rt_start(void *image, int32_t argc, void *argv) {
    program = image;
    if (program->abi_version != SNOW_ABI_VERSION) return refuse("it belongs to another version of Snow");
    ran_to_end = false;
    snowi_set_args(argc, argv);
    snowi_set_program_descs(program->descs, program->n_descs);
    snowi_output_open();
    sigset_t ending = ending_signals(), before;
    pthread_sigmask(SIG_BLOCK, &ending, &before);
    int signals = signalfd(-1, &ending, SFD_CLOEXEC);
    done_event = eventfd(0, EFD_CLOEXEC);
    struct snowi_stack stack;
    pthread_t worker;
    int status;
    if (signals < 0 || done_event < 0) return refuse("no file descriptors are left");
    if (!snowi_stack_open(&stack, MAIN_STACK)) return refuse("no memory for its stack");
    if (!start_worker(&worker, &stack)) return refuse("no thread for it");
    bool ended = wait_for_end(signals, &status);
    close(signals);
    /* A worker that ended the program in the middle of something still sleeps on its stack. */
    if (ended && ran_to_end) {
        pthread_join(worker, NULL);
        snowi_stack_close(&stack);
        snowi_frozen_close();
        close(done_event);
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return status;
}

/* ---- what other files ask ---- */

const char *snowi_file_name(int64_t loc) {
    if (loc < 0 || program == NULL || (uint64_t)loc >> 32 >= program->n_files) return NULL;
    return program->files[loc >> 32];
}

SNOWI_COLD void snowi_service_missing(const char *name) {
    char text[200];
    snowi_output_flush();
    static const char missing[] = "error: `%s` needs a service that this version of Snow does not have yet\n";
    snowi_complain(text, (size_t)snprintf(text, sizeof text, missing, name));
    snowi_finish(SNOWI_STATUS_FAILED);
}

void snow_system_exit(int64_t status) { snowi_finish((int)(status & 255)); }
