/* From the flows of a step to the recorded quantities of the field table. */
#include "base/vmath.h"
#include "engine/exporters.h"

#include <math.h>
#include <string.h>

float *ent_record_row(const ent_model_t *model, ent_trajectory_t *trajectory, ent_field_id_t field, int step)
{
    const size_t n = ent_field_size(field, model->n_region, model->n_sector, model->config->n_flows);
    return trajectory->value[field] + (size_t)step * n;
}

static void record_flows(const ent_model_t *model, const ent_workspace_t *workspace, int step,
                         ent_trajectory_t *trajectory)
{
    const ent_config_t *config = model->config;
    float *row[ENT_N_FIELDS];
    for (int f = 0; f < ENT_N_FIELDS; f++) {
        row[f] = ent_record_row(model, trajectory, (ent_field_id_t)f, step);
    }
    for (int s = 0, i = 0; s < model->n_sector; s++) {
        for (int k = 0; k < config->n_flows; k++, i++) {
            const int m = config->flows[k].destination * model->n_sector + s;
            const int c = model->cell_of[m * model->n_region + config->flows[k].origin];
            const int none = c < 0;
            const double volume = none ? 0.0 : workspace->cell_volume[c];
            row[ENT_FIELD_exports][i] = none ? 0.0f : (float)workspace->cell_value[c];
            row[ENT_FIELD_export_quantity][i] = (float)volume;
            row[ENT_FIELD_export_price][i] = volume > 0.0 ? (float)(workspace->cell_value[c] / volume) : NAN;
            const double carried =
                none ? 0.0 : workspace->customs_per_landed[c] / model->cell[c].basic_per_landed - 1.0;
            row[ENT_FIELD_freight][i] = none ? 0.0f : (float)(workspace->cell_value[c] * carried);
            row[ENT_FIELD_imports][i] = none ? 0.0f : (float)workspace->cell_customs[c];
            row[ENT_FIELD_duty][i] = none ? 0.0f : (float)workspace->cell_duty[c];
            row[ENT_FIELD_refund][i] = none ? 0.0f : (float)workspace->cell_refund[c];
            row[ENT_FIELD_tariff_rate][i] = none ? NAN : workspace->duty_rate[c];
            row[ENT_FIELD_marginal_rate][i] = none ? NAN : workspace->marginal_rate[c];
        }
    }
}

/* What a presence shipped in this step, at basic price. */
double ent_presence_sales(const ent_model_t *model, const ent_state_t *state,
                          const ent_workspace_t *workspace, int p)
{
    const ent_cell_t *cell = &model->cell[model->presence_cell[p]];
    const int now = (state->step - model->first_step) % model->n_ages;
    return (double)workspace->order_sum[p] * model->market[cell->market].unit *
           state->price_ring[(long)now * model->n_presences + p] * cell->basic_per_landed;
}

/* Duty and imports of a region: sums in the order of its cells. */
static void record_importer(const ent_model_t *model, const ent_workspace_t *workspace, int r,
                            float *market_imports, float *tariff_revenue)
{
    double duty = 0.0;
    for (int m = r * model->n_sector; m < (r + 1) * model->n_sector; m++) {
        const ent_market_t *market = &model->market[m];
        const int own = model->cell_of[m * model->n_region + r];
        double imports = 0.0;
        for (int c = market->first_cell; c < market->first_cell + market->n_cells; c++) {
            duty += workspace->cell_duty[c] - workspace->cell_refund[c];
            imports += c != own ? workspace->cell_customs[c] : 0.0;
        }
        market_imports[m] = (float)imports;
    }
    tariff_revenue[r] = (float)duty;
}

/* What every region makes of a sector: sums in the order of destinations. */
static void sum_made(const ent_model_t *model, const ent_workspace_t *workspace, int s)
{
    const int S = model->n_sector, n = model->n_markets;
    double *value = workspace->made, *volume = value + n, *abroad = volume + n;
    for (int i = s; i < n; i += S) {
        value[i] = volume[i] = abroad[i] = 0.0;
    }
    for (int m = s; m < n; m += S) {
        const ent_market_t *market = &model->market[m];
        for (int c = market->first_cell; c < market->first_cell + market->n_cells; c++) {
            const int origin = model->cell_origin[c], i = origin * S + s;
            value[i] += workspace->cell_value[c];
            volume[i] += workspace->cell_volume[c];
            abroad[i] += origin != market->destination ? workspace->cell_value[c] : 0.0;
        }
    }
}

/* Fields whose rows are sums over cells; doubles first, so that the order of a sum is that of the cells.
 * Loops that are shared by the threads of the caller's parallel region. */
static void record_cells(const ent_model_t *model, const ent_workspace_t *workspace, int step,
                         ent_trajectory_t *trajectory)
{
    float *revenue = ent_record_row(model, trajectory, ENT_FIELD_revenue, step);
    float *export_revenue = ent_record_row(model, trajectory, ENT_FIELD_export_revenue, step);
    float *output = ent_record_row(model, trajectory, ENT_FIELD_output, step);
    float *market_imports = ent_record_row(model, trajectory, ENT_FIELD_market_imports, step);
    float *tariff_revenue = ent_record_row(model, trajectory, ENT_FIELD_tariff_revenue, step);
    const double *value = workspace->made, *volume = value + model->n_markets;
#pragma omp for schedule(dynamic, 1) nowait
    for (int r = 0; r < model->n_region; r++) {
        record_importer(model, workspace, r, market_imports, tariff_revenue);
    }
#pragma omp for schedule(dynamic, 1)
    for (int s = 0; s < model->n_sector; s++) {
        sum_made(model, workspace, s);
        for (int i = s; i < model->n_markets; i += model->n_sector) {
            revenue[i] = (float)value[i];
            output[i] = (float)volume[i];
            export_revenue[i] = (float)volume[model->n_markets + i];
        }
    }
}

static void record_affiliates(const ent_model_t *model, const ent_state_t *state,
                              const ent_workspace_t *workspace, int step, ent_trajectory_t *trajectory)
{
    float *affiliate_sales = ent_record_row(model, trajectory, ENT_FIELD_affiliate_sales, step);
    memset(affiliate_sales, 0, (size_t)model->n_markets * sizeof *affiliate_sales);
    for (int i = 0; i < model->n_affiliates; i++) {
        const ent_affiliate_t *affiliate = &model->affiliate[i];
        affiliate_sales[affiliate->owner * model->n_sector + model->market[affiliate->market].sector] +=
            (float)ent_presence_sales(model, state, workspace, affiliate->presence);
    }
}

/* A good sold at landed price 1 costs 1 / (1 - phi) on the shelf of the benchmark: phi of it are local costs.
 */
static void record_markets(const ent_model_t *model, const ent_world_t *world, const ent_state_t *state,
                           const ent_workspace_t *workspace, int step, ent_trajectory_t *trajectory)
{
    float *sales = ent_record_row(model, trajectory, ENT_FIELD_sales, step);
    float *stock = ent_record_row(model, trajectory, ENT_FIELD_stock, step);
    float *transit = ent_record_row(model, trajectory, ENT_FIELD_transit, step);
    float *retail_price = ent_record_row(model, trajectory, ENT_FIELD_retail_price, step);
    float *landed_cost = ent_record_row(model, trajectory, ENT_FIELD_landed_cost, step);
    float *spending = ent_record_row(model, trajectory, ENT_FIELD_retail_spending, step);
    for (int m = 0; m < model->n_markets; m++) {
        const ent_tile_sums_t *sums = &workspace->market_sums[m];
        const double unit = model->market[m].unit;
        sales[m] = (float)((double)sums->sales * unit);
        stock[m] = (float)((double)sums->stock * unit);
        transit[m] = (float)((double)(sums->position - sums->stock) * unit);
        retail_price[m] = sums->sales > 0 ? (float)state->price_index[m] : NAN;
        const double dollars = ent_exp(
            ent_market_currency(model, world, model->market[m].destination, step - model->first_step));
        landed_cost[m] = sums->sales > 0 ? (float)(dollars * sums->sales_cost / (double)sums->sales) : NAN;
        const double imported = 1.0 - world->sector[m % model->n_sector].local_cost_share;
        spending[m] = sums->sales > 0
                          ? (float)(dollars * (double)sums->sales * unit * state->price_index[m] / imported)
                          : 0.0f;
    }
}

static void record_utilisation(const ent_model_t *model, const ent_state_t *state, int step,
                               ent_trajectory_t *trajectory)
{
    float *utilisation = ent_record_row(model, trajectory, ENT_FIELD_utilisation, step);
    int f = 0;
    for (int i = 0; i < model->n_region * model->n_sector; i++) {
        double output = 0.0, capacity = 0.0;
        for (; f < model->n_firms && model->firm[f].origin * model->n_sector + model->firm[f].sector == i;
             f++) {
            output += state->output[f];
            capacity += state->capacity[f];
        }
        utilisation[i] = capacity > 0.0 ? (float)(output / capacity) : NAN;
    }
}

/* Wages and real incomes as the step found them; under partial closure both stay at the benchmark by
 * assumption, and saying 1 would look like an answer. */
static void record_regions(const ent_model_t *model, const ent_state_t *state, int step,
                           ent_trajectory_t *trajectory)
{
    const ent_accounts_t *accounts = &model->accounts;
    const int general = model->config->closure == ENT_CLOSURE_GENERAL;
    float *wage = ent_record_row(model, trajectory, ENT_FIELD_wage, step);
    float *welfare = ent_record_row(model, trajectory, ENT_FIELD_welfare, step);
    for (int r = 0; r < model->n_region; r++) {
        const double log_price = ent_closure_log_consumer_price(accounts, state->log_input_price, r);
        wage[r] = general ? (float)ent_exp(state->log_wage[r]) : NAN;
        welfare[r] = general ? (float)(state->income[r] / accounts->income[r] * ent_exp(-log_price)) : NAN;
    }
}

/* Jobs that output takes: value added of the output over value added per worker, which is that of the
 * region's own workers, or at home the parameter where it is given. A loop shared like those above. */
static void record_jobs(const ent_model_t *model, const ent_world_t *world, int step,
                        ent_trajectory_t *trajectory)
{
    float *jobs = ent_record_row(model, trajectory, ENT_FIELD_jobs, step);
    const float *output = ent_record_row(model, trajectory, ENT_FIELD_output, step);
    const double per_year = model->config->calendar.steps_per_year;
#pragma omp for schedule(static)
    for (int r = 0; r < model->n_region; r++) {
        const double own = 1e3 * model->accounts.workers[r];
        for (int s = 0, i = r * model->n_sector; s < model->n_sector; s++, i++) {
            const double given = r == model->config->home ? world->sector[s].value_added_per_worker : 0.0;
            const double per_million = given > 0.0 ? 1e3 / given : own;
            jobs[i] =
                (float)((double)output[i] * per_year * model->accounts.value_added_share[i] * per_million);
        }
    }
}

void ent_record_step(const ent_model_t *model, const ent_world_t *world, const ent_state_t *state,
                     const ent_workspace_t *workspace, int step, ent_trajectory_t *trajectory)
{
    const int n_threads = ent_threads_for(workspace, model->n_cells);
#pragma omp parallel num_threads(n_threads) if (n_threads > 1)
    {
        /* what one thread does alone goes on beside the others' loops */
#pragma omp single nowait
        ent_record_exporters(model, state, workspace, step, trajectory);
#pragma omp single nowait
        {
            record_flows(model, workspace, step, trajectory);
            record_affiliates(model, state, workspace, step, trajectory);
            record_markets(model, world, state, workspace, step, trajectory);
            record_utilisation(model, state, step, trajectory);
            record_regions(model, state, step, trajectory);
        }
        record_cells(model, workspace, step, trajectory);
        record_jobs(model, world, step, trajectory);
    }
}
