#include "static/benchmark_view.h"

#include "base/memory.h"
#include "economy/content.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const dimension_name[] = {"origin", "destination", "sector"};
static const char *const dimension_title[] = {"Origin", "Destination", "Sector"};

static int size_of(const ent_benchmark_t *b, int dimension)
{
    return dimension == ENT_VIEW_SECTOR ? b->n_sector : b->n_region;
}

static char *const *labels_of(const ent_benchmark_t *b, int dimension)
{
    return dimension == ENT_VIEW_SECTOR ? b->sector : b->region;
}

int ent_view_init(ent_view_t *view, const ent_benchmark_t *benchmark, ent_context_t *ctx)
{
    memset(view, 0, sizeof *view);
    for (int k = 0; k < ENT_VIEW_N; k++) {
        size_t n = (size_t)size_of(benchmark, k);
        view->selected[k] = ent_calloc(ctx, n, 1);
        if (view->selected[k] == NULL) {
            ent_view_free(view);
            return ENT_ERR_NO_MEMORY;
        }
        memset(view->selected[k], 1, n);
    }
    return ENT_OK;
}

void ent_view_free(ent_view_t *view)
{
    for (int k = 0; k < ENT_VIEW_N; k++) {
        free(view->selected[k]);
    }
    free(view->content);
    memset(view, 0, sizeof *view);
}

int ent_view_select(ent_view_t *view, const ent_benchmark_t *benchmark, int dimension, const char *codes,
                    ent_context_t *ctx)
{
    const int n = size_of(benchmark, dimension);
    char *const *labels = labels_of(benchmark, dimension);
    int code = ENT_OK;
    char *copy = ent_strdup(ctx, codes), *rest = NULL;
    if (copy == NULL) {
        return ENT_ERR_NO_MEMORY;
    }
    memset(view->selected[dimension], 0, (size_t)n);
    for (char *word = strtok_r(copy, ",", &rest); word != NULL; word = strtok_r(NULL, ",", &rest)) {
        int found = -1;
        for (int i = 0; i < n && found < 0; i++) {
            found = strcmp(labels[i], word) == 0 ? i : -1;
        }
        if (found >= 0) {
            view->selected[dimension][found] = 1;
            continue;
        }
        char key[32];
        snprintf(key, sizeof key, "--%s", dimension_name[dimension]);
        code = ent_fault(ctx, ENT_ERR_USAGE, NULL, 0, 0, key, word,
                         ent_nearest(word, (const char *const *)labels, (size_t)n),
                         "no such %s in the benchmark", dimension == ENT_VIEW_SECTOR ? "sector" : "region");
    }
    free(copy);
    return code;
}

int ent_view_set_content(ent_view_t *view, const ent_benchmark_t *benchmark, const char *code,
                         ent_context_t *ctx)
{
    const size_t n = (size_t)benchmark->n_sector, cells = (size_t)benchmark->n_region * n;
    int region = 0;
    while (region < benchmark->n_region && strcmp(benchmark->region[region], code) != 0) {
        region++;
    }
    if (region == benchmark->n_region) {
        return ent_fault(
            ctx, ENT_ERR_USAGE, NULL, 0, 0, "--content", code,
            ent_nearest(code, (const char *const *)benchmark->region, (size_t)benchmark->n_region),
            "no such region in the benchmark");
    }
    double *own = ent_calloc(ctx, cells, sizeof *own);
    view->content_of = region;
    view->content = ent_calloc(ctx, cells, sizeof *view->content);
    int status = own == NULL || view->content == NULL ? ENT_ERR_NO_MEMORY : ENT_OK;
    if (status == ENT_OK) {
        memcpy(own + (size_t)region * n, benchmark->value_added_share + (size_t)region * n, n * sizeof *own);
        status = ent_input_content(benchmark, own, view->content, ctx);
    }
    free(own);
    return status;
}

/* ---- flows ---- */

typedef struct {
    double flow, freighted, landed; /* basic price; with freight; with freight and tariff */
    double content;                 /* value added of the region asked about */
    double bought, sold;            /* by the destinations from all, landed; by the origins to all, basic */
} sums_t;

/* Does entry i of a dimension belong to the row whose own entry is `row` (-1: all selected)? */
static int in_row(const ent_view_t *view, int dimension, int row, int i)
{
    return view->listed[dimension] ? i == row : view->selected[dimension][i];
}

static void add_cell(sums_t *sums, const ent_benchmark_t *b, size_t cell, double content, int is_origin,
                     int is_destination)
{
    double freighted = b->flow[cell] * (1.0 + b->freight[cell]);
    double landed = freighted * (1.0 + b->tariff[cell]);
    if (is_origin && is_destination) {
        sums->flow += b->flow[cell];
        sums->freighted += freighted;
        sums->landed += landed;
        sums->content += freighted * content;
    }
    sums->bought += is_destination ? landed : 0.0;
    sums->sold += is_origin ? b->flow[cell] : 0.0;
}

static sums_t sum_row(const ent_view_t *view, const ent_benchmark_t *b, const int row[ENT_VIEW_N])
{
    sums_t sums = {0};
    for (int s = 0; s < b->n_sector; s++) {
        if (!in_row(view, ENT_VIEW_SECTOR, row[ENT_VIEW_SECTOR], s)) {
            continue;
        }
        for (int o = 0; o < b->n_region; o++) {
            int is_origin = in_row(view, ENT_VIEW_ORIGIN, row[ENT_VIEW_ORIGIN], o);
            const double content = view->content != NULL ? view->content[o * b->n_sector + s] : 0.0;
            for (int d = 0; d < b->n_region; d++) {
                int is_destination = in_row(view, ENT_VIEW_DESTINATION, row[ENT_VIEW_DESTINATION], d);
                if ((is_origin || is_destination) && !(view->foreign && o == d)) {
                    add_cell(&sums, b, ent_cell(b, s, o, d), content, is_origin, is_destination);
                }
            }
        }
    }
    return sums;
}

/* "all", one code, "a+b+c", or "several" when that is too long. */
static void selection_text(const ent_view_t *view, const ent_benchmark_t *b, int dimension, char *text,
                           size_t size)
{
    const int n = size_of(b, dimension);
    int count = 0;
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; i < n; i++) {
        if (!view->selected[dimension][i]) {
            continue;
        }
        if (used < size) {
            int wrote =
                snprintf(text + used, size - used, "%s%s", count > 0 ? "+" : "", labels_of(b, dimension)[i]);
            used += wrote > 0 ? (size_t)wrote : 0;
        }
        count++;
    }
    if (count == n && n > 1) {
        snprintf(text, size, "all");
    } else if (used >= size) {
        snprintf(text, size, "several");
    }
}

static void put_row(ent_table_t *table, const ent_view_t *view, const ent_benchmark_t *b,
                    const int row[ENT_VIEW_N], const sums_t *sums)
{
    ent_table_row(table, 0);
    for (int k = 0; k < ENT_VIEW_N; k++) {
        char text[48];
        if (view->listed[k]) {
            ent_table_text(table, k, labels_of(b, k)[row[k]]);
        } else {
            selection_text(view, b, k, text, sizeof text);
            ent_table_text(table, k, text);
        }
    }
    ent_table_number(table, 3, sums->flow, 1);
    ent_table_number(table, 4, 100.0 * (sums->landed / sums->freighted - 1.0), 2);
    ent_table_number(table, 5, 100.0 * (sums->freighted / sums->flow - 1.0), 2);
    ent_table_number(table, 6, sums->landed, 1);
    ent_table_number(table, 7, 100.0 * sums->landed / sums->bought, 3);
    ent_table_number(table, 8, 100.0 * sums->flow / sums->sold, 3);
    if (view->content != NULL) {
        ent_table_number(table, 9, sums->content, 1);
        ent_table_number(table, 10, 100.0 * sums->content / sums->freighted, 2);
    }
}

void ent_view_flows(ent_table_t *table, const ent_view_t *view, const ent_benchmark_t *b)
{
    int end[ENT_VIEW_N], row[ENT_VIEW_N];
    ent_table_init(table, "flows",
                   view->foreign ? "Flows between regions, a year, all prices 1"
                                 : "Flows, domestic ones included, a year, all prices 1");
    for (int k = 0; k < ENT_VIEW_N; k++) {
        ent_table_column(table, dimension_name[k], ENT_COLUMN_TEXT, "", "%s", dimension_title[k]);
        end[k] = view->listed[k] ? size_of(b, k) : 1;
    }
    ent_table_column(table, "flow", ENT_COLUMN_NUMBER, "million USD", "Flow");
    ent_table_column(table, "tariff", ENT_COLUMN_NUMBER, "%", "Tariff");
    ent_table_column(table, "freight", ENT_COLUMN_NUMBER, "%", "Freight");
    ent_table_column(table, "landed", ENT_COLUMN_NUMBER, "million USD", "Landed");
    ent_table_column(table, "share_of_purchases", ENT_COLUMN_NUMBER, "%", "Share bought");
    ent_table_column(table, "share_of_sales", ENT_COLUMN_NUMBER, "%", "Share sold");
    if (view->content != NULL) {
        ent_table_column(table, "content", ENT_COLUMN_NUMBER, "million USD", "Value added of %s",
                         b->region[view->content_of]);
        ent_table_column(table, "content_share", ENT_COLUMN_NUMBER, "%", "Its share");
    }
    for (row[0] = 0; row[0] < end[0]; row[0]++) {
        for (row[1] = 0; row[1] < end[1]; row[1]++) {
            for (row[2] = 0; row[2] < end[2]; row[2]++) {
                int wanted = 1;
                for (int k = 0; k < ENT_VIEW_N; k++) {
                    wanted &= !view->listed[k] || view->selected[k][row[k]];
                }
                sums_t sums = wanted ? sum_row(view, b, row) : (sums_t){0};
                if (sums.flow > 0.0) {
                    put_row(table, view, b, row, &sums);
                }
            }
        }
    }
    ent_table_note(
        table, "Flow at basic price. Tariff: mean on value with freight. Share bought: of the landed "
               "purchases of the destinations in these sectors. Share sold: of the sales of the origins.");
    if (view->content != NULL) {
        ent_table_note(
            table,
            "Value added of %s: its own in what it sells, and in what others sell its part in their "
            "inputs, through all stages (Leontief), of the value with freight.",
            b->region[view->content_of]);
    }
}

/* ---- regions ---- */

void ent_view_regions(ent_table_t *table, const ent_view_t *view, const ent_benchmark_t *b)
{
    ent_table_init(table, "regions", "Regions, a year, million USD");
    ent_table_column(table, "region", ENT_COLUMN_TEXT, "", "Region");
    ent_table_column(table, "name", ENT_COLUMN_TEXT, "", "Name");
    ent_table_column(table, "output", ENT_COLUMN_NUMBER, "million USD", "Output");
    ent_table_column(table, "value_added", ENT_COLUMN_NUMBER, "million USD", "Value added");
    ent_table_column(table, "final_demand", ENT_COLUMN_NUMBER, "million USD", "Final demand");
    ent_table_column(table, "exports", ENT_COLUMN_NUMBER, "million USD", "Exports");
    ent_table_column(table, "imports", ENT_COLUMN_NUMBER, "million USD", "Imports");
    ent_table_column(table, "duty", ENT_COLUMN_NUMBER, "million USD", "Duty");
    for (int r = 0; r < b->n_region; r++) {
        double output = 0.0, value_added = 0.0, final_demand = 0.0, exports = 0.0, imports = 0.0, duty = 0.0;
        if (!view->selected[ENT_VIEW_ORIGIN][r]) {
            continue;
        }
        for (int s = 0; s < b->n_sector; s++) {
            double sector_output = 0.0;
            if (!view->selected[ENT_VIEW_SECTOR][s]) {
                continue;
            }
            for (int o = 0; o < b->n_region; o++) {
                size_t out = ent_cell(b, s, r, o), in = ent_cell(b, s, o, r);
                double arrived = b->flow[in] * (1.0 + b->freight[in]);
                sector_output += b->flow[out] * (1.0 + b->freight[out]);
                exports += o != r ? b->flow[out] : 0.0;
                imports += o != r ? arrived : 0.0;
                duty += arrived * b->tariff[in];
            }
            size_t cell = (size_t)r * (size_t)b->n_sector + (size_t)s;
            output += sector_output;
            value_added += sector_output * b->value_added_share[cell];
            final_demand += b->final_demand[cell];
        }
        const double values[] = {output, value_added, final_demand, exports, imports, duty};
        ent_table_row(table, 0);
        ent_table_text(table, 0, b->region[r]);
        ent_table_text(table, 1, b->region_name[r]);
        for (int k = 0; k < 6; k++) {
            ent_table_number(table, 2 + k, values[k], 0);
        }
    }
    ent_table_note(table, "Output with freight; exports at basic price; imports with freight, before duty.");
}

void ent_view_elasticities(ent_table_t *table, const ent_view_t *view, const ent_benchmark_t *b)
{
    ent_table_init(table, "elasticities", "Trade elasticities by set");
    ent_table_column(table, "sector", ENT_COLUMN_TEXT, "", "Sector");
    ent_table_column(table, "name", ENT_COLUMN_TEXT, "", "Name");
    for (int k = 0; k < b->n_elasticity_set; k++) {
        ent_table_column(table, b->elasticity_set[k], ENT_COLUMN_NUMBER, "1", "%s", b->elasticity_set[k]);
    }
    for (int s = 0; s < b->n_sector; s++) {
        if (!view->selected[ENT_VIEW_SECTOR][s]) {
            continue;
        }
        ent_table_row(table, 0);
        ent_table_text(table, 0, b->sector[s]);
        ent_table_text(table, 1, b->sector_name[s]);
        for (int k = 0; k < b->n_elasticity_set; k++) {
            ent_table_number(table, 2 + k, b->elasticity[k * b->n_sector + s], 2);
        }
    }
}
