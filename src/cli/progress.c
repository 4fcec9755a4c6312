#include "cli/progress.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const double bar_interval = 0.1;  /* seconds between redraws */
static const double json_interval = 5.0; /* seconds between progress lines */

void ent_progress_init(ent_progress_t *progress, int quiet, int json)
{
    *progress =
        (ent_progress_t){.bar = !quiet && !json && isatty(STDERR_FILENO), .json = json, .last_shown = -1e9};
}

static void format_duration(char *text, size_t size, double seconds)
{
    long s = (long)(seconds + 0.5);
    if (s < 60)
        snprintf(text, size, "%ld s", s);
    else if (s < 3600)
        snprintf(text, size, "%ld min %02ld s", s / 60, s % 60);
    else
        snprintf(text, size, "%ld h %02ld min", s / 3600, s / 60 % 60);
}

static void draw_bar(int n_done, int n_total, double seconds)
{
    enum { width = 30 };
    char bar[width + 1], left[32];
    int filled = (int)((long)width * n_done / n_total);
    memset(bar, '.', width);
    memset(bar, '#', (size_t)filled);
    bar[width] = '\0';
    format_duration(left, sizeof left, seconds / n_done * (n_total - n_done));
    fprintf(stderr, "\r\033[K[%s] %d of %d replications, %s left", bar, n_done, n_total, left);
    fflush(stderr);
}

static void log_line(json_t *line)
{
    char *text = json_dumps(line, JSON_COMPACT);
    if (text != NULL)
        fprintf(stderr, "%s\n", text);
    free(text);
    json_decref(line);
}

int ent_progress_step(void *data, int n_done, int n_total, double seconds)
{
    ent_progress_t *progress = data;
    double interval = progress->json ? json_interval : bar_interval;
    if (seconds - progress->last_shown >= interval || n_done == n_total) {
        progress->last_shown = seconds;
        if (progress->bar)
            draw_bar(n_done, n_total, seconds);
        if (progress->json)
            log_line(json_pack("{s:s, s:i, s:i, s:f, s:f}", "event", "progress", "done", n_done, "total",
                               n_total, "seconds", seconds, "seconds_left",
                               seconds / n_done * (n_total - n_done)));
    }
    return progress->stop != NULL && *progress->stop;
}

void ent_progress_end(ent_progress_t *progress)
{
    if (progress->bar)
        fputs("\r\033[K", stderr);
}

void ent_progress_log(const ent_progress_t *progress, const char *event, const char *text, double seconds)
{
    if (!progress->json)
        return;
    json_t *line = json_pack("{s:s, s:s}", "event", event, "text", text);
    if (line != NULL && seconds >= 0.0)
        json_object_set_new(line, "seconds", json_real(seconds));
    log_line(line);
}
