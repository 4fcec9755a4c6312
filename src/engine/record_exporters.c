/* What is recorded of the exporters of the home region: by size class, and how concentrated they are. */
#include "engine/exporters.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LARGEST = 100, LARGE = 10 };
enum { CLASS_EXPORTS = 4 }; /* of the rows of size classes: the one that counts no firms */

/* Exports of followed firms; a firm that failed in this step still ships. */
static void sum_followed(const ent_model_t *model, const ent_state_t *state, const ent_workspace_t *workspace)
{
    memset(workspace->firm_exports, 0, (size_t)model->n_firms * sizeof *workspace->firm_exports);
    for (int i = 0; i < model->n_home; i++) {
        const ent_cell_t *cell = &model->cell[model->home[i]];
        for (int p = cell->first_presence; p < cell->first_presence + cell->n_presences; p++) {
            if (model->presence_kind[p] != ENT_PRESENCE_FRINGE) {
                workspace->firm_exports[model->presence_firm[p]] +=
                    ent_presence_sales(model, state, workspace, p);
            }
        }
    }
}

/* Exports of the fringe of a cell, shared out by how much its classes weigh in it. */
static void record_cell(const ent_model_t *model, const ent_state_t *state, const ent_workspace_t *workspace,
                        int c, float *const row[7])
{
    const int S = model->n_sector, s = model->market[model->cell[c].market].sector;
    const int n_places = model->place_begin[c + 1] - model->place_begin[c];
    const ent_margin_count_t *count = workspace->margin_count + 2 * model->cell[c].market;
    const double firms = model->cell_exporters[c] / (n_places > 0 ? 0.5 * n_places : 1.0);
    const double mass = state->mass[model->cell[c].fringe];
    const double sales = ent_presence_sales(model, state, workspace, model->cell[c].fringe);
    for (int k = 0; k < 2; k++) {
        const int at = (k == 0 ? ENT_CLASS_MEDIUM : ENT_CLASS_SMALL) * S + s;
        row[0][at] += (float)(firms * count[k].active);
        row[1][at] += (float)(firms * count[k].entrants);
        row[2][at] += (float)(firms * count[k].leavers);
        row[3][at] += (float)(firms * count[k].failures);
        row[4][at] += mass > 0.0 ? (float)(sales * count[k].mass / mass) : 0.0f;
        row[5][at] += (float)(firms * count[k].one_year);
        row[6][at] += (float)(firms * count[k].five_years);
    }
    row[4][ENT_CLASS_LARGE * S + s] +=
        mass > 0.0 ? (float)(sales * (1.0 - model->cell_margin[c]) / mass) : 0.0f;
}

/* The LARGEST of n values, in descending order; returns how many. */
static int keep_largest(const double *value, int n, double *kept)
{
    int n_kept = 0;
    for (int i = 0; i < n; i++) {
        if (n_kept == LARGEST && value[i] <= kept[n_kept - 1]) {
            continue;
        }
        int at = n_kept < LARGEST ? n_kept++ : n_kept - 1;
        while (at > 0 && kept[at - 1] < value[i]) {
            kept[at] = kept[at - 1];
            at--;
        }
        kept[at] = value[i];
    }
    return n_kept;
}

/* Share of goods exports of the largest exporters. Firms below those followed share the fringe by rank of
 * size. */
static void record_concentration(const ent_model_t *model, const ent_state_t *state,
                                 const ent_workspace_t *workspace, float *top10, float *top100)
{
    const int S = model->n_sector, home = model->config->home;
    double *largest = workspace->largest;
    double total = 0.0;
    int n = 0;
    memset(workspace->rank_sales, 0, (size_t)S * LARGEST * sizeof *workspace->rank_sales);
    for (int i = 0; i < model->n_home; i++) {
        const ent_cell_t *cell = &model->cell[model->home[i]];
        const int s = model->market[cell->market].sector;
        if (!model->market[cell->market].stocked) {
            continue;
        }
        total += workspace->cell_value[model->home[i]];
        const double *share = model->size_share + (size_t)s * ENT_RANKED_FIRMS;
        const int followed = cell->fringe - cell->first_presence;
        const double fringe = ent_presence_sales(model, state, workspace, cell->fringe);
        double rest = 1.0;
        for (int k = 0; k < followed; k++) {
            rest -= share[k];
        }
        for (int k = 0; k < LARGEST; k++) {
            workspace->rank_sales[s * LARGEST + k] +=
                k < followed ? ent_presence_sales(model, state, workspace, cell->first_presence + k)
                             : fringe * share[k] / rest;
        }
        if (cell->captive >= 0) {
            workspace->rank_sales[s * LARGEST] += ent_presence_sales(model, state, workspace, cell->captive);
        }
    }
    n = keep_largest(workspace->rank_sales, S * LARGEST, largest);
    double sum = 0.0;
    for (int k = 0; k < LARGEST && k < n; k++) {
        sum += largest[k];
        if (k + 1 == LARGE) {
            top10[home] = (float)(sum / total);
        }
    }
    top100[home] = (float)(sum / total);
}

/* How many exporters there are, begin and end is not known where nobody measured how long they go on, nor
 * what they sell by size where nobody measured how large they are. */
static void forget_unknown(const ent_exporters_t *exporters, float *const row[7], int n)
{
    for (int i = 0; i < 7; i++) {
        const int unknown = i == CLASS_EXPORTS ? exporters->sizes_unknown : exporters->survival_unknown;
        for (int k = 0; unknown && k < n; k++) {
            row[i][k] = NAN;
        }
    }
}

void ent_record_exporters(const ent_model_t *model, const ent_state_t *state,
                          const ent_workspace_t *workspace, int step, ent_trajectory_t *trajectory)
{
    static const ent_field_id_t fields[] = {ENT_FIELD_exporters,
                                            ENT_FIELD_entrants,
                                            ENT_FIELD_leavers,
                                            ENT_FIELD_failures,
                                            ENT_FIELD_class_exports,
                                            ENT_FIELD_survivors_one_year,
                                            ENT_FIELD_survivors_five_years};
    enum { N = sizeof fields / sizeof fields[0] };
    const int S = model->n_sector, on = model->config->mechanisms.entry;
    float *row[N];
    float *top10 = ent_record_row(model, trajectory, ENT_FIELD_top10_share, step);
    float *top100 = ent_record_row(model, trajectory, ENT_FIELD_top100_share, step);
    for (int r = 0; r < model->n_region; r++) {
        top10[r] = top100[r] = NAN;
    }
    for (int i = 0; i < N; i++) {
        row[i] = ent_record_row(model, trajectory, fields[i], step);
        for (int k = 0; k < ENT_N_CLASSES * S; k++) {
            row[i][k] = on ? 0.0f : NAN;
        }
    }
    if (!on) {
        return;
    }
    sum_followed(model, state, workspace);
    for (int i = 0; i < model->n_home; i++) {
        const ent_market_t *market = &model->market[model->cell[model->home[i]].market];
        record_cell(model, state, workspace, model->home[i], row);
        row[0][ENT_CLASS_LARGE * S + market->sector] =
            market->stocked ? (float)model->config->global.large_ranks : 0.0f;
    }
    for (int f = 0; f < model->n_firms; f++) {
        const int at = ENT_CLASS_LARGE * S + model->firm[f].sector;
        const int gone =
            model->firm[f].origin == model->config->home && state->firm_state[f] == ENT_FIRM_FAILED;
        row[4][at] += (float)workspace->firm_exports[f];
        row[3][at] += (float)(gone && workspace->firm_was[f] != ENT_FIRM_FAILED);
        /* where small exporters are not told apart (services) none are counted; more may be followed than
         * are called large */
        row[0][at] = fmaxf(0.0f, row[0][at] - (float)(gone && row[0][at] > 0.0f));
    }
    record_concentration(model, state, workspace, top10, top100);
    forget_unknown(&model->config->exporters, row, ENT_N_CLASSES * S);
    if (model->config->exporters.sizes_unknown) {
        top10[model->config->home] = top100[model->config->home] = NAN;
    }
}
