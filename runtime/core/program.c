/* Running a program: start, end, and the ends in between.
 *
 * The thread that calls snow_rt_start never runs Snow code. It starts the workers with main as their
 * first process, then waits for the first of: the program's own end, SIGINT, SIGTERM. When no process
 * can run any more, workers and memory are taken down in order. A process that ends the program in the
 * middle of something (a panic of main, an exit) leaves its thread asleep for ever: nothing is unwound,
 * and the caller is expected to end the operating system's process without further ado.
 */
#include "snow_scheduler.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define LAST_WORDS_MS 10000

static const snow_program *program;
static int done_event = -1;
static _Atomic int final_status;
static _Atomic bool main_has_ended, has_leaked;
static _Atomic bool is_reported, is_orderly;
static bool leak_check;

/* ---- ends, reported by workers ---- */

static void report(int status) {
    uint64_t one = 1;
    atomic_store(&final_status, status);
    (void)!write(done_event, &one, sizeof one);
}

void snowi_finish(int status) {
    snowi_output_close();
    snowi_scheduler_stop();
    report(status);
    for (;;) pause();
}

void snowi_program_is_still(void) {
    if (atomic_exchange(&is_reported, true)) return;
    atomic_store(&is_orderly, true);
    if (atomic_load(&main_has_ended)) {
        report(atomic_load(&has_leaked) ? SNOWI_STATUS_LEAK : 0);
        return;
    }
    static const char deadlock[] = "Snow panic at <unknown>:0: deadlock: main waits for what cannot come\n";
    snowi_complain(deadlock, sizeof deadlock - 1);
    report(SNOWI_STATUS_PANIC);
}

bool snowi_leak_check_wanted(void) { return leak_check; }

void snowi_program_has_leaked(void) { atomic_store(&has_leaked, true); }

/* ---- main ---- */

static void run_main(snow_ctx *ctx, void *argument) {
    (void)argument;
    if (program->init != NULL) program->init(ctx);
    program->main(ctx);
    snow_io_flush();
}

static void main_ended(void *argument, int64_t pid, bool crashed) {
    (void)argument, (void)pid, (void)crashed;
    atomic_store(&main_has_ended, true);
}

static const snowi_native main_body = {run_main, main_ended, "main", "main"};

static void start_main(void) {
    snowi_process *p = snowi_process_new(NULL);
    p->native = &main_body;
    p->is_main = true;
    snowi_process_start(NULL, p);
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

/* Until one of two descriptors is readable; which of them, or -1 after `ms`. */
static int wait_for(int first, int second, int ms) {
    struct pollfd events[2] = {{.fd = first, .events = POLLIN}, {.fd = second, .events = POLLIN}};
    int n;
    do n = poll(events, 2, ms);
    while (n < 0 && errno == EINTR);
    return n <= 0 ? -1 : (events[0].revents & POLLIN) ? 0 : 1;
}

static int wait_for_end(int signals) {
    struct signalfd_siginfo info;
    if (wait_for(done_event, signals, -1) == 1 && read(signals, &info, sizeof info) == sizeof info) {
        snowi_output_try_flush();
        return 128 + (int)info.ssi_signo;
    }
    return atomic_load(&final_status);
}

/* Services close their connections meanwhile; another signal cuts that short. */
static void dismiss_services(int signals) {
    snowi_host_end();
    int stopped = snowi_host_stopped_event();
    struct signalfd_siginfo second;
    if (stopped < 0) return;
    /* It is taken, or it would end the process when signals are no longer blocked. */
    if (wait_for(stopped, signals, LAST_WORDS_MS) == 1) (void)!read(signals, &second, sizeof second);
    snowi_output_try_flush();
}

static uint32_t wanted_workers(void) {
    const char *wish = getenv("SNOW_SCHEDULERS");
    int n = wish == NULL ? 0 : atoi(wish);
    cpu_set_t cores;
    if (n <= 0) n = sched_getaffinity(0, sizeof cores, &cores) == 0 ? CPU_COUNT(&cores) : 1;
    return n > (int)SNOWI_MOST_WORKERS ? SNOWI_MOST_WORKERS : (uint32_t)n;
}

static SNOWI_COLD int refuse(const char *reason) {
    char text[200];
    snowi_complain(text, (size_t)snprintf(text, sizeof text, "error: cannot start the program: %s\n", reason));
    return SNOWI_STATUS_FAILED;
}

static void forget_earlier_program(void) {
    const char *wish = getenv("SNOW_LEAK_CHECK");
    leak_check = wish != NULL && strcmp(wish, "1") == 0;
    atomic_store(&main_has_ended, false);
    atomic_store(&has_leaked, false);
    atomic_store(&is_reported, false);
    atomic_store(&is_orderly, false);
    snowi_host_open();
    snowi_stacks_open();
    snowi_output_open();
}

static void take_down(void) {
    snowi_scheduler_stop();
    snowi_scheduler_close();
    snowi_faults_release();
    snowi_table_close();
    snowi_frozen_close();
    close(done_event);
    snowi_output_flush();
}

int32_t snow_rt_start(void *image, int32_t argc, void *argv) {
    program = image;
    if (program->abi_version != SNOW_ABI_VERSION) return refuse("it belongs to another version of Snow");
    snowi_set_args(argc, argv);
    snowi_set_program_descs(program->descs, program->n_descs);
    forget_earlier_program();
    sigset_t ending = ending_signals(), before;
    pthread_sigmask(SIG_BLOCK, &ending, &before);
    int signals = signalfd(-1, &ending, SFD_CLOEXEC);
    done_event = eventfd(0, EFD_CLOEXEC);
    if (signals < 0 || done_event < 0) return refuse("no file descriptors are left");
    if (!snowi_table_open()) return refuse("no memory for its processes");
    snowi_faults_catch();
    start_main();
    if (!snowi_scheduler_open(wanted_workers())) return refuse("no threads for it");
    int status = wait_for_end(signals);
    dismiss_services(signals);
    close(signals);
    if (atomic_load(&is_orderly)) take_down();
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
