// A C++ program: a run into a results file, read back with labels and an error.
#include <entrepot/numbers.h>
#include <entrepot/run.h>

#include <cstdio>
#include <new>
#include <vector>

// Mean and error of what the tariff does to exports, printed.
static int tell(ent_reading_t *reading, ent_context_t *ctx)
try {
    ent_query_t query = {};
    query.size = sizeof query;
    query.outcome = "exports";
    query.base = "no-tariff";
    std::vector<double> values(static_cast<size_t>(ent_reading_replications(reading)));
    ent_summary_t summary;
    int code = ent_reading_values(reading, &query, values.data(), ctx);
    code = code == 0 ? ent_reading_summary(reading, values.data(), 0.9, &summary, ctx) : code;
    if (code == 0) {
        std::printf("%s of %d scenarios: %.0f (error %.0f) %s\n", query.outcome,
                    ent_reading_count(reading, ENT_LABEL_SCENARIO), summary.mean, summary.error,
                    ent_reading_unit(reading, query.outcome));
    }
    return code;
} catch (const std::bad_alloc &) {
    return ent_fail(ctx, ENT_ERR_NO_MEMORY, "back", "out of memory");
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        return 64;
    }
    const ent_setting_t settings[] = {{"replications", "3"}, {"repeats", "2"}, {"slots", "2000"}};
    ent_context_t ctx;
    ent_config_t config;
    ent_benchmark_t benchmark;
    ent_model_t *model = nullptr;
    ent_results_t *results = nullptr;
    ent_reading_t *reading = nullptr;
    ent_context_init(&ctx);
    int code = ent_config_read(&config, &benchmark, argv[1], 3, settings, &ctx);
    if (code == 0) {
        code = ent_model_init(&model, &config, &benchmark, &ctx);
        code = code == 0 ? ent_results_create(&results, argv[2], 1, &config, ent_model_benchmark(model), &ctx)
                         : code;
        if (code == 0) {
            code = ent_run(model, nullptr, results, &ctx);
            code == 0 ? void(code = ent_results_finish(results, 0.0, 0, &ctx)) : ent_results_abandon(results);
        }
        code = code == 0 ? ent_reading_open(&reading, argv[2], &ctx) : code;
    }
    code = code == 0 ? tell(reading, &ctx) : code;
    ent_context_print(&ctx, stderr);
    ent_reading_close(reading);
    ent_model_free(model);
    ent_config_free(&config);
    ent_benchmark_free(&benchmark);
    ent_context_free(&ctx);
    return ent_exit_code(code);
}
