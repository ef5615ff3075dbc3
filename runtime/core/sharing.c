/* Which objects a copy has met already, so that what was shared stays shared.
 *
 * Only objects with a count above one are asked for. Most values have few of them or none, so the first
 * ones are kept in a short array and a table is made only for more.
 */
#include "snow_internal.h"

#include <stdlib.h>

static size_t slot_for(const snowi_sharing *s, const snow_object *from) {
    size_t i = ((uintptr_t)from >> 4) * 0x9E3779B97F4A7C15u >> 16;
    for (i &= s->slots - 1; s->table[i].from != NULL && s->table[i].from != from; i = (i + 1) & (s->slots - 1)) {}
    return i;
}

int64_t snowi_sharing_find(const snowi_sharing *s, const snow_object *from) {
    if (s->slots > 0) return s->table[slot_for(s, from)].to;
    for (size_t i = 0; i < s->n; i++)
        if (s->few[i].from == from) return s->few[i].to;
    return 0;
}

static SNOWI_COLD void enlarge(snowi_sharing *s) {
    snowi_shared_object *old = s->slots == 0 ? s->few : s->table;
    size_t n_old = s->slots == 0 ? s->n : s->slots;
    snowi_sharing larger = {.n = s->n, .slots = s->slots == 0 ? 64 : 2 * s->slots};
    larger.table = calloc(larger.slots, sizeof *larger.table);
    if (larger.table == NULL) snowi_panic("out of memory", -1);
    for (size_t i = 0; i < n_old; i++)
        if (old[i].from != NULL) larger.table[slot_for(&larger, old[i].from)] = old[i];
    free(s->table);
    s->slots = larger.slots;
    s->table = larger.table;
}

void snowi_sharing_enter(snowi_sharing *s, const snow_object *from, int64_t to) {
    snowi_shared_object entry = {from, to};
    if (s->slots == 0 && s->n < SNOWI_SHARED_FEW) {
        s->few[s->n++] = entry;
        return;
    }
    if (s->slots == 0 || 2 * s->n >= s->slots) enlarge(s);
    s->table[slot_for(s, from)] = entry;
    s->n++;
}

void snowi_sharing_close(snowi_sharing *s) { free(s->table); }
