/* What a long run says while it runs: a bar with the time left on a terminal, JSON lines on request, nothing
 * in a batch log. Always on stderr. */
#ifndef ENTREPOT_CLI_PROGRESS_H
#define ENTREPOT_CLI_PROGRESS_H

typedef struct {
    int bar;            /* stderr is a terminal and nobody asked for quiet */
    int json;           /* --log-json */
    double last_shown;  /* seconds into the run; negative: not yet */
    volatile int *stop; /* set by the first interrupt; may be NULL */
} ent_progress_t;

void ent_progress_init(ent_progress_t *progress, int quiet, int json);

/* For ent_run_options_t: data is the ent_progress_t. Returns 1 once a stop is asked for. */
int ent_progress_step(void *data, int n_done, int n_total, double seconds);

/* Take the bar off the terminal. */
void ent_progress_end(ent_progress_t *progress);

/* One JSON log line with an event's name, a text and seconds (negative: none). Only with --log-json. */
void ent_progress_log(const ent_progress_t *progress, const char *event, const char *text, double seconds);

#endif
