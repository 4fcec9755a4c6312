/* A posterior file: as it comes (first byte odd), or a whole one with numbers nobody has checked; its
 * particles are dealt out to worlds. */
#include "fuzz.h"

#include "evidence/calibration.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { WORLDS = 5 };
    ent_posterior_t posterior;
    ent_context_t ctx;
    ent_setting_t *settings = NULL;
    int n = 0;
    const char *path = fuzz_path("posterior.h5");

    if (size == 0)
        return 0;
    if (data[0] & 1)
        fuzz_write(path, data + 1, size - 1);
    else
        fuzz_numbers(fuzz_data("../../../data/posterior/us-2025.h5"), path, data + 1, size - 1);
    ent_context_init(&ctx);
    if (ent_posterior_read(&posterior, path, &ctx) == 0) {
        int particle[WORLDS];
        ent_posterior_resample(posterior.weight, posterior.n_particles, 1, WORLDS, particle);
        for (int i = 0; i < WORLDS; i++)
            if (particle[i] < 0 || particle[i] >= posterior.n_particles)
                __builtin_trap();
        (void)ent_posterior_settings(&posterior, path, WORLDS, 1, &settings, &n, &ctx);
        ent_posterior_settings_free(settings, n);
    }
    ent_posterior_free(&posterior);
    fuzz_report(&ctx);
    return 0;
}
