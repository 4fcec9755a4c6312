/* The report: one HTML page with everything in it, figures drawn by the reader's browser from data this
 * program aggregates. */
#ifndef ENTREPOT_PAGE_REPORT_H
#define ENTREPOT_PAGE_REPORT_H

#include "io/results_file.h"
#include <jansson.h>

typedef struct {
    const char *base, *against, *partner; /* as in ent_compare_options_t; NULL: its defaults */
    const char *language;                 /* "en" or "ko"; NULL: "en" */
} ent_report_options_t;

/* Everything the page shows, as one object. The caller decrefs. Errors as ent_compare. Cost: two passes over
 * the fields the figures need. */
int ent_report_data(json_t **data, const ent_results_file_t *file, const ent_report_options_t *options,
                    ent_context_t *ctx);

/* Dated measures that `importer` levies on `partner`, read from the config inside the results file: a list of
 * {id, legal, regime, kind, announced, effective, end, rate}. Empty when the config holds none. */
int ent_report_policies(json_t **policies, const ent_results_file_t *file, const char *importer,
                        const char *partner, ent_context_t *ctx);

/* Write the page. ENT_ERR_IO when the stream takes no more. */
int ent_report_write(const json_t *data, const char *language, FILE *stream, ent_context_t *ctx);

/* Text inside HTML, and JSON inside a script element: nothing in either can end what it stands in. */
int ent_report_put_html(const char *text, FILE *stream);
int ent_report_put_json(const char *json, FILE *stream);

#endif
