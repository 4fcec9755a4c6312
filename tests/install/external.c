/* Uses the library as a stranger would: installed headers, installed library, an installed config. */
#include <entrepot/config.h>
#include <entrepot/version.h>

#include <stdio.h>

int main(int argc, char **argv)
{
    ent_context_t ctx;
    ent_config_t config;
    ent_benchmark_t benchmark;

    if (argc != 2) {
        return 64;
    }
    ent_context_init(&ctx);
    const int code = ent_config_read(&config, &benchmark, argv[1], 0, NULL, &ctx);
    if (code == 0) {
        printf("entrepot %s: %d regions, %d sectors\n", ENT_VERSION, benchmark.n_region, benchmark.n_sector);
        ent_config_free(&config);
        ent_benchmark_free(&benchmark);
    }
    ent_context_print(&ctx, stderr);
    ent_context_free(&ctx);
    return ent_exit_code(code);
}
