/* The slot kernels: plain arrays in, plain arrays out; no allocation, no locks, no input or output. One
 * compiled version per instruction set, chosen at run time; all give the same bits. */
#ifndef ENTREPOT_ENGINE_KERNEL_H
#define ENTREPOT_ENGINE_KERNEL_H

#include "base/draws.h"

#include <stddef.h>
#include <stdint.h>

/* A slot orders, and has in stock and on its way, less than 2^30 quantity units: then no sum of two of them
 * leaves the type. A kernel takes what is more, or no number, for 2^30, and hands back the bits of all it
 * met, so that the caller sees one that was too large (engine/range.c). */
#define ENT_UNITS_END (1 << 30)

/* Importers' chokes lie within so many standard deviations of the median. */
#define ENT_CHOKE_REACH 4.0

/* Sums a tile hands back; added up in tile order by the caller. */
typedef struct {
    int64_t arrivals, sales, stock, position, shipped; /* quantity units */
    double sales_value;                                /* sum of sales * retail price, quantity units */
    double sales_cost; /* sum of sales * average landed cost, quantity units */
    double weight;     /* sum over slots of importer size * CES weight */
    double carry;      /* sum over importers of what stays unspent */
    int32_t bits;      /* of all positions of a stocked tile */
} ent_tile_sums_t;

#define ENT_BLOCK_SLOTS                                                                                      \
    8192 /* most slots of a block: a run of a market's tiles that one thread handles at once */

/* Arrays of a tile or of a block: pointers are already at its first slot or importer. */
typedef struct {
    int n_importers;
    int n_presences;     /* of the market */
    int n_ages;          /* length of the shipment rings */
    uint64_t first_slot; /* within its market: slot number of draw keys */
    uint16_t *supplier;
    int32_t *stock, *position;
    float *stock_cost, *smoothed, *retail, *log_quality, *ces_weight;
    uint16_t *reset_step, *renewal_step;
    float *carry;
    const float *weight; /* importer size, mean one */
    const uint8_t *belief;
    int32_t *ring_quantity[8]; /* by age: [0] is this step's shipment */
    uint16_t *ring_supplier[8];
} ent_tile_t;

/* What a market's slots need to know in a step. */
typedef struct {
    int lag_begin[9];  /* presences of lag a: [lag_begin[a], lag_begin[a + 1]) */
    uint16_t step;     /* from the first step */
    int32_t draw_step; /* step of the draw keys */
    uint64_t key;      /* of the market */
    ent_stream_t stream;
    int n_presences;
    int type_stride;           /* 0: beliefs do not matter, else n_presences */
    const float *target;       /* [types][n_presences] steps of sales wanted in stock and transit */
    const float *arrival_cost; /* [n_presences] landed cost of what arrives from it now, benchmark = 1 */
    const float *spot_cost;    /* [n_presences] landed cost of a contract signed now, spot */
    const float
        *choice_cost; /* [types][n_presences] x^theta, x with the expected tariff of the contract's life */
    const float *sales_ahead; /* [types][n_presences] expected over smoothed sales, or NULL: all 1 */
    const float *cost_ahead;  /* [types][n_presences] landed cost on arrival over the market's, or NULL */
    float choke_excess;       /* median of the cost beyond which an importer does not order, less 1 */
    float choke_dispersion;   /* of its log */
    const float
        *expected_cost;    /* [types][n_presences] that x itself; spot_cost where nothing else is expected */
    int expected_stride;   /* 0: the same for all types, else n_presences */
    const uint64_t *alias; /* [n_presences] threshold << 16 | alias */
    float inverse_adjustment; /* 1 / T, T in steps */
    float smoothing;          /* weight of this step's demand in smoothed demand */
    float budget;             /* nominal expenditure of a mean importer, quantity units */
    float local_cost;         /* phi times the price of local costs */
    float import_share;       /* 1 - phi */
    float one_minus_sigma;
    const float *log_inclusive_retail; /* [types] ln of phi + (1 - phi) I, I at expected costs */
    const float *inclusive_weight;     /* [types] that to the power 1 - sigma, before the logarithm */
    float log_retail_survival;         /* ln(1 - reset hazard) */
    float log_contract_survival;
    float incumbent_cost_factor; /* exp(-theta F) */
    float price_exponent;        /* 1 - eta, 0 for constant nominal expenditure */
    int candidates;
} ent_market_step_t;

/* How importers read the public signal in a step: bias of an importer and passing noise, both normal. */
typedef struct {
    ent_stream_t stream;
    int32_t step;
    float bias, noise; /* standard deviations */
    int n_edges;
    float edge[8]; /* readings that part the classes, ascending */
} ent_signal_reading_t;

typedef struct {
    const char *name;
    /* Orders of a stocked block into ring_quantity[0]; adds them to order_sum [n_presences]; returns the bits
     * of all. */
    int32_t (*order)(const ent_tile_t *block, const ent_market_step_t *market, int64_t *order_sum);
    /* Orders of an unstocked block: this step's demand at this step's prices. */
    int32_t (*demand)(const ent_tile_t *block, const ent_market_step_t *market, int64_t *order_sum);
    /* Shipment, arrival, retail prices, sales, renewals of a stocked block; sums of each of its tiles. */
    void (*settle)(const ent_tile_t *block, const ent_market_step_t *market, ent_tile_sums_t *sums);
    /* Delivery, sales, renewals of an unstocked block; sums of each of its tiles. */
    void (*deliver)(const ent_tile_t *block, const ent_market_step_t *market, ent_tile_sums_t *sums);
    /* Classes of importers by their reading of the public signal. */
    void (*read_signal)(const ent_signal_reading_t *reading, uint64_t first_agent, int n, uint8_t *belief);
    /* y[i] = ent_exp(x[i]), i < n; x and y may be the same array. */
    void (*exp)(const double *x, int n, double *y);
    /* y[i] = ent_markup_absorption of the share share * size[i] / sum of a market with so many niches, i < n.
     */
    void (*absorb)(const double *size, int n, double share, double sum, double niches, double elasticity,
                   double *y);
    /* Words of ent_draw4 for n agents, n a multiple of 16. */
    void (*draw)(ent_stream_t stream, const uint64_t *agent, int n, int32_t step, ent_purpose_t purpose,
                 uint32_t index, uint32_t *const word[4]);
} ent_kernel_t;

/* The fastest version this processor runs, or the one named by `name` ("portable", "avx2", "avx512"; NULL:
 * fastest). Returns NULL when the processor lacks it. */
const ent_kernel_t *ent_kernel_select(const char *name);

extern const ent_kernel_t ent_kernel_portable;
#if defined(__x86_64__)
extern const ent_kernel_t ent_kernel_avx2;
extern const ent_kernel_t ent_kernel_avx512;
#endif

#endif
