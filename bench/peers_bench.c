#include "bench_tools.h"
void bench_peers(const bench_options_t *options)
{
    (void)options;
}
