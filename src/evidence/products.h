/* Products of an office's classification and what they are of a config: groups that both can see. */
#ifndef ENTREPOT_EVIDENCE_PRODUCTS_H
#define ENTREPOT_EVIDENCE_PRODUCTS_H

#include "evidence/observations.h"

#include "io/csv_whole.h"
#include <entrepot/benchmark.h>
#include <entrepot/config.h>

/* Put the members in place of the names of groups: those of the column `group` of the table, and `goods` for
 * every product that is in one. */
int ent_products_expand(ent_combination_t *list, int n, const ent_csv_whole_t *products, ent_context_t *ctx);

/* A total less the sectors that are named beside it. */
#define ENT_OTHER_GOODS "other_goods"

/* Groups of goods, made of whole sectors of a config and of whole products, as fine as both allow; the last
 * is `total`, all of them. */
typedef struct {
    int n, n_sector;
    ent_combination_t *product; /* [n] name and codes of products */
    unsigned char *sector;      /* [n][n_sector] flags */
} ent_goods_t;

/* From a table with the columns product and sectors (of the benchmark, with spaces between). Where a file's
 * products are named like the config's sectors, they are taken as they are, with what a total is beside them.
 * Free with ent_goods_free. */
int ent_goods_init(ent_goods_t *self, const ent_csv_whole_t *products, const ent_observations_t *observations,
                   const ent_config_t *config, const ent_benchmark_t *fine, ent_context_t *ctx);
void ent_goods_free(ent_goods_t *self);

/* The codes of the file that make up each region of the config [n_region], those of `destination` empty. A
 * region is the sum of its economies that have series of their own, EU27 for the European Union's members;
 * that which holds the benchmark's rest of the world is what all others leave of WLD. A region that is not
 * observed has no codes. `*n_unseen` counts economies without a series. Free each with ent_combination_free.
 */
int ent_partners_of_config(ent_combination_t **partner, int *n_unseen, const ent_observations_t *observations,
                           const char *measure, int destination, const ent_config_t *config,
                           const ent_benchmark_t *fine, ent_context_t *ctx);

#endif
