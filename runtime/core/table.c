/* Processes by pid.
 *
 * Pids count up and are never used again, so the table is an array of pages, indexed by the upper bits
 * of the local number; a page is there while one of its processes lives or can still be born. Looking
 * up takes no lock. A page may be reused while somebody reads it, and so may a record: the pid in the
 * record decides.
 */
#include "snow_scheduler.h"

#include <stdlib.h>
#include <sys/mman.h>

#define PAGE_BITS 10
#define PAGE_ENTRIES (1 << PAGE_BITS)
#define LOCAL_BITS 40

typedef struct page {
    _Atomic(snowi_process *) entries[PAGE_ENTRIES];
    _Atomic uint32_t n_gone;
    struct page *next; /* among the free ones, and among all */
    struct page *all;
} page;

static _Atomic(page *) *directory;
static size_t directory_pages;
static _Atomic int64_t last_pid;
static _Atomic int64_t n_processes;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static page *free_pages, *all_pages;

/* Address space for all numbers if there is so much, else for fewer. */
bool snowi_table_open(void) {
    atomic_store(&last_pid, 0);
    atomic_store(&n_processes, 0);
    for (int bits = LOCAL_BITS - PAGE_BITS; bits >= 14; bits -= 4) {
        directory_pages = (size_t)1 << bits;
        int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
        void *space = mmap(NULL, directory_pages * sizeof *directory, PROT_READ | PROT_WRITE, flags, -1, 0);
        if (space != MAP_FAILED) {
            directory = space;
            return true;
        }
    }
    return false;
}

void snowi_table_close(void) {
    munmap(directory, directory_pages * sizeof *directory);
    directory = NULL;
    atomic_store(&n_processes, 0);
    for (page *p = all_pages, *next; p != NULL; p = next) {
        next = p->all;
        free(p);
    }
    all_pages = free_pages = NULL;
}

int64_t snowi_table_next_pid(void) {
    int64_t pid = atomic_fetch_add_explicit(&last_pid, 1, memory_order_relaxed) + 1;
    if (SNOWI_UNLIKELY((size_t)pid >> PAGE_BITS >= directory_pages)) snowi_panic("out of process numbers", -1);
    return pid;
}

static SNOWI_COLD page *make_page(size_t index) {
    pthread_mutex_lock(&lock);
    page *p = atomic_load(&directory[index]);
    if (p == NULL) {
        if (free_pages != NULL) {
            p = free_pages;
            free_pages = p->next;
        } else if ((p = calloc(1, sizeof *p)) != NULL) {
            p->all = all_pages;
            all_pages = p;
        }
        if (p != NULL) {
            /* Number 0 is no pid, so it counts as gone from the start. */
            atomic_store(&p->n_gone, index == 0 ? 1 : 0);
            atomic_store_explicit(&directory[index], p, memory_order_release);
        }
    }
    pthread_mutex_unlock(&lock);
    if (p == NULL) snowi_panic("out of memory", -1);
    return p;
}

void snowi_table_enter(int64_t pid, snowi_process *process) {
    size_t index = (size_t)pid >> PAGE_BITS;
    page *p = atomic_load_explicit(&directory[index], memory_order_acquire);
    if (SNOWI_UNLIKELY(p == NULL)) p = make_page(index);
    atomic_store_explicit(&p->entries[pid & (PAGE_ENTRIES - 1)], process, memory_order_release);
    atomic_fetch_add_explicit(&n_processes, 1, memory_order_relaxed);
}

void snowi_table_remove(int64_t pid) {
    size_t index = (size_t)pid >> PAGE_BITS;
    page *p = atomic_load_explicit(&directory[index], memory_order_acquire);
    atomic_store_explicit(&p->entries[pid & (PAGE_ENTRIES - 1)], NULL, memory_order_release);
    atomic_fetch_sub_explicit(&n_processes, 1, memory_order_relaxed);
    if (atomic_fetch_add(&p->n_gone, 1) + 1 < PAGE_ENTRIES) return;
    pthread_mutex_lock(&lock);
    atomic_store(&directory[index], NULL);
    p->next = free_pages;
    free_pages = p;
    pthread_mutex_unlock(&lock);
}

snowi_process *snowi_table_find(int64_t pid) {
    size_t index = (size_t)pid >> PAGE_BITS;
    if (SNOWI_UNLIKELY(index >= directory_pages)) return NULL;
    page *p = atomic_load_explicit(&directory[index], memory_order_acquire);
    if (SNOWI_UNLIKELY(p == NULL)) return NULL;
    snowi_process *found = atomic_load_explicit(&p->entries[pid & (PAGE_ENTRIES - 1)], memory_order_acquire);
    bool same = found != NULL && atomic_load_explicit(&found->pid, memory_order_relaxed) == pid;
    return SNOWI_LIKELY(same) ? found : NULL;
}

int64_t snowi_table_count(void) { return atomic_load(&n_processes); }

void snowi_table_each(void (*visit)(void *state, snowi_process *p), void *state) {
    size_t n_pages = ((size_t)atomic_load(&last_pid) >> PAGE_BITS) + 1;
    for (size_t index = 0; index < n_pages; index++) {
        page *p = atomic_load_explicit(&directory[index], memory_order_acquire);
        for (size_t i = 0; p != NULL && i < PAGE_ENTRIES; i++) {
            snowi_process *process = atomic_load_explicit(&p->entries[i], memory_order_acquire);
            if (process != NULL) visit(state, process);
        }
    }
}
