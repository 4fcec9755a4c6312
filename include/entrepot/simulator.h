/* One config simulated again and again with other settings, in memory: an optimiser's or a notebook's way.
 * What the settings have in common is read, laid out and allocated once; no file is written.
 *
 * A simulator works for one thread at a time. A call on one that another thread is using, on NULL, or from
 * within its own callback returns ENT_ERR_USAGE and changes nothing; several simulators work side by side,
 * but HDF5 lets one thread of a process read files at a time: open and set them in turn. */
#ifndef ENTREPOT_SIMULATOR_H
#define ENTREPOT_SIMULATOR_H

#include <entrepot/numbers.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ent_simulator ent_simulator_t;

/* Read a config file, or a text as ent_config_parse takes it, with no settings yet. Errors: those of
 * ent_config_read, all faults in ctx. Free with ent_simulator_close. Cost: one reading of the benchmark. */
ENT_API int ent_simulator_open(ent_simulator_t **simulator, const char *path, ent_context_t *ctx);
ENT_API int ent_simulator_parse(ent_simulator_t **simulator, const char *text, const char *name,
                                ent_context_t *ctx);

/* NULL is allowed; not while another thread works on it. */
ENT_API void ent_simulator_close(ent_simulator_t *simulator);

/* Take these settings, instead of all earlier ones. The layout stays where only parameters and measures
 * differ. After an error nothing is set: ent_simulator_play returns ENT_ERR_USAGE until a later call
 * succeeds. Errors: those of ent_config_read and ent_model_init. */
ENT_API int ent_simulator_set(ent_simulator_t *simulator, int n_settings, const ent_setting_t *settings,
                              ent_context_t *ctx);

/* Labels and units of the config that is set, and the way to values within a callback. Belongs to the
 * simulator and stays until the next ent_simulator_set; NULL where nothing is set. */
ENT_API ent_reading_t *ent_simulator_reading(ent_simulator_t *simulator);

/* Called after each replication, from one thread at a time, in no set order with more than one thread: its
 * values can be asked of `reading` until the function returns. A value other than 0 stops the run. */
typedef int (*ent_simulator_take_t)(void *data, ent_reading_t *reading, int replication);

/* Simulate every replication over n_threads threads (0: as OpenMP decides; 1: state and scratch are kept from
 * call to call). The values are those of ent_run to the bit, whatever the threads. ENT_ERR_STOPPED where
 * `take` stopped it, ENT_ERR_USAGE with nothing set, else the errors of ent_run. */
ENT_API int ent_simulator_play(ent_simulator_t *simulator, int n_threads, ent_simulator_take_t take,
                               void *data, ent_context_t *ctx);

/* Simulate, and answer n_queries questions of every replication: values [n_queries][n_replications], each in
 * its outcome's unit. `take` may be NULL; it is called after the values of the replication are there. Errors:
 * those of ent_simulator_play and ent_reading_value. */
ENT_API int ent_simulator_ask(ent_simulator_t *simulator, int n_threads, int n_queries,
                              const ent_query_t *queries, double *values, ent_simulator_take_t take,
                              void *data, ent_context_t *ctx);

#ifdef __cplusplus
}
#endif

#endif
