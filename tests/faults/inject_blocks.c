/* Blocks of memory that the objects under test asked for and have not given back, by their addresses. */
#include "inject.h"

#include <stdatomic.h>
#include <stdint.h>

#define PLACES (1u << 21) /* a power of two, several times the blocks a small run holds or has given back */
#define GONE 1u           /* a place whose block was given back: the search goes on behind it */

static uintptr_t blocks[PLACES];
static long n_blocks;
static atomic_flag busy = ATOMIC_FLAG_INIT;

static unsigned place_of(uintptr_t block)
{
    return (unsigned)((block >> 4) * 0x9E3779B97F4A7C15u >> 40) & (PLACES - 1);
}

static void take_turn(void)
{
    while (atomic_flag_test_and_set_explicit(&busy, memory_order_acquire)) {
    }
}

void inject_remember(const void *memory)
{
    unsigned place = place_of((uintptr_t)memory);
    if (memory == 0)
        return;
    take_turn();
    while (blocks[place] > GONE)
        place = (place + 1) & (PLACES - 1);
    blocks[place] = (uintptr_t)memory;
    n_blocks++;
    atomic_flag_clear_explicit(&busy, memory_order_release);
}

void inject_forget(const void *memory)
{
    unsigned place = place_of((uintptr_t)memory);
    take_turn();
    while (blocks[place] != 0 && blocks[place] != (uintptr_t)memory)
        place = (place + 1) & (PLACES - 1);
    if (blocks[place] != 0) {
        blocks[place] = GONE;
        n_blocks--;
    }
    atomic_flag_clear_explicit(&busy, memory_order_release);
}

long inject_blocks(void)
{
    return n_blocks;
}
