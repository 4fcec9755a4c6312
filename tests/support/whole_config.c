#include "whole_config.h"

#include "ent_test.h"

#include <stdio.h>
#include <string.h>

/* Every section of a config, on the small benchmark of the fuzz targets. */
static const char whole_config[] =
    "name: whole\n"
    "title: All sections\n"
    "benchmark: ../tests/fuzz/data/small.h5\n"
    "calibration: FOLDER/cal.yaml\n"
    "start: 2025-01-01\n"
    "steps: 12\n"
    "replications: 2\n"
    "repeats: 1\n"
    "slots: 500\n"
    "slot_focus: {USA: 3}\n"
    "home: KOR\n"
    "regions: {KOR: [KOR], USA: [USA], JPN: JPN, ROW: rest}\n"
    "sectors: {services: [SERVICES], cars: [C29], goods: rest}\n"
    "neighbours: [[USA, JPN]]\n"
    "parameters: {absorption: 0.3}\n"
    "sector_parameters: {cars: {absorption: 0.4}}\n"
    "mechanisms: {entry: true, captive: true, plants: true, tariff_jumping: true}\n"
    "exporters: {firms: 100, per_agent: 1}\n"
    "captive: [{origins: [KOR], destinations: [USA], sectors: [cars], share: 0.5}]\n"
    "plants: [{id: p, owner: KOR, host: USA, sector: cars, opened: 2025-03-01, share: 0.1}]\n"
    "tariff_jumping: {owners: [KOR], hosts: [USA], sectors: [cars]}\n"
    "measures:\n"
    "  - {id: autos, legal: a law, set: cars, importer: USA, except: [JPN], sectors: {cars: 1, goods: 0.1},\n"
    "     rate: 0.25, announced: 2025-03-26, effective: 2025-04-03, anticipated: {from: 2025-01-20, "
    "probability: "
    "0.5}}\n"
    "  - {id: free, set: cars, kind: exemption, importer: USA, rates: {KOR: 0.2}, sectors: [cars],\n"
    "     except_sectors: [], announced: 2025-05-01, effective: 2025-05-01}\n"
    "  - {id: quota, kind: quota, importer: USA, partners: [KOR], sectors: [goods], rate: 0, volume: 100,\n"
    "     out_rate: 0.3, effective: 2025-02-01}\n"
    "  - {id: some-day, importer: JPN, partners: [KOR], rate: 0.1, effective: 2025-02-01, hazard: 1}\n"
    "regimes:\n"
    "  deal:\n"
    "    measures: [{id: deal, set: cars, kind: floor, importer: USA, partners: [KOR], sectors: [cars],\n"
    "      rate: 0.15, announced: 2025-07-30, effective: 2025-08-01}]\n"
    "    purchases: [{id: wine, origin: USA, destination: KOR, sector: goods, value: 10, from: 2025-08-01,\n"
    "      until: 2025-10-01}]\n"
    "    investment: [{id: works, home: KOR, host: USA, sectors: [cars], value: 10, from: 2025-08-01,\n"
    "      until: 2026-08-01, moved: 0.1}]\n"
    "    paths: [{kind: demand, region: USA, sectors: [cars], points: [{date: 2025-01-01, log_change: "
    "0.1}]}]\n"
    "  no-deal: {}\n"
    "  both: {include: [deal, no-deal]}\n"
    "beliefs:\n"
    "  signals: [{date: 2025-04-09, deal: 0.5, no-deal: 0.5}]\n"
    "  resolved: 2025-07-30\n"
    "retaliation:\n"
    "  - {region: KOR, against: USA, kind: reciprocal, from: 2025-04-01, delay: 10, regimes: [no-deal]}\n"
    "  - {region: JPN, against: USA, kind: list, from: 2025-04-01, rates: {goods: 0.1}}\n"
    "  - {region: ROW, against: USA, kind: best_response, from: 2025-04-01, choices: [0.05, 0.1]}\n"
    "negotiation: {sides: {KOR: {speed: 3}, USA: {pressure: 2}}, from: 2025-04-09, deadline: 2025-09-01,\n"
    "  deal: deal, snap_back: no-deal}\n"
    "scenarios: [deal, {name: none, regime: no-deal}, {name: all, regime: both},\n"
    "  {name: talks, negotiated: true}]\n"
    "decomposition: {base: none, parts: [deal], together: all}\n"
    "uncertainty:\n"
    "  parameters: [{name: theta, parameter: trade_elasticity, sectors: [cars], scale: true,\n"
    "    distribution: {kind: discrete, values: [0.9, 1.1], weights: [0.5, 0.5]}}]\n"
    "  elasticity_set: {values: [CP, BSY], weights: [0.25, 0.75]}\n"
    "  beliefs: {kind: normal, mean: 0, sigma: 0.5}\n"
    "  dates: [{measure: autos, distribution: {kind: triangular, low: -10, mode: 0, high: 30}}]\n"
    "  shocks: [{name: boom, kind: demand, regions: [USA], sectors: [goods], from: 2025-06-01,\n"
    "     log_change: {kind: uniform, low: 0, high: 0.1}}]\n"
    "paths: [{kind: exchange_rate, region: KOR, points: [{date: 2025-01-01, log_change: 0},\n"
    "  {date: 2025-12-01, log_change: -0.05}]}]\n"
    "record: {flows: {origins: [KOR], destinations: [USA]}}\n"
    "theory: {labour_elasticity: 0.5, duties: income_tax, scale_elasticity: 0.01, firm_elasticity: 6,\n"
    "  local_share: {default: 0.1, USA: 0.2}, pass_through: 0.9, numeraire: home_wage}\n";

static const char calibration[] =
    "name: cal\n"
    "parameters: {renewal_rate: 0.5}\n"
    "sector_parameters: {default: {stock_adjustment: 5}, C29: {renewal_rate: 0.25}}\n"
    "reasons: {renewal_rate: because}\n";

static void put_text(const char *folder, const char *name, const char *text)
{
    char path[160];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    for (const char *mark; (mark = strstr(text, "FOLDER")) != NULL; text = mark + strlen("FOLDER")) {
        fprintf(file, "%.*s%s", (int)(mark - text), text, folder);
    }
    fputs(text, file);
    fclose(file);
}

void ent_whole_config_write(const char *folder)
{
    put_text(folder, "whole.yaml", whole_config);
    put_text(folder, "cal.yaml", calibration);
}
