/* The static theory: exact-hat algebra of the multi-sector, input-output Ricardian model of Caliendo & Parro
 * (2015, "Estimates of the Trade and Welfare Effects of NAFTA", Review of Economic Studies 82, 1-44,
 * doi:10.1093/restud/rdu035; "CP" below), its welfare parts, and optimal and Nash tariffs in it. By switches,
 * all off at first, it has what Ignatenko, Lashkaripour, Macedoni & Simonovska (2025, "Making America great
 * again? The economic impacts of Liberation Day tariffs", Journal of International Economics; "ILMS" below)
 * add for one sector, carried over to many sectors and inputs: labour supply, income-tax relief, scale
 * economies, local sales and the pass-through of duties.
 *
 * Everything is a plain array. Flows, tariffs and trade costs are [sector][origin][destination] with the
 * destination running fastest; what belongs to a region and a sector is [region][sector] unless said
 * otherwise. Values are million USD a year, tariffs fractions ad valorem, hats ratios new / benchmark. */
#ifndef ENTREPOT_THEORY_H
#define ENTREPOT_THEORY_H

#include <entrepot/context.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Which model is solved on the given data. */
typedef enum {
    ENT_THEORY_FULL = 0,        /* Caliendo & Parro: sectors linked by input coefficients */
    ENT_THEORY_NO_INPUT_OUTPUT, /* the same sectors, value added only (CP's model without materials) */
    ENT_THEORY_ARMINGTON /* one sector, no inputs: the structural gravity model; tariffs are averaged with
                            benchmark flows as weights */
} ent_theory_variant_t;

/* Aggregate trade deficit D' of each region after the change; sums to zero over the world. */
typedef enum {
    ENT_THEORY_DEFICIT_FIXED = 0, /* benchmark D, in units of world value added (CP's fixed nominal D) */
    ENT_THEORY_DEFICIT_SHARE,     /* benchmark share of world income (value added and duties) */
    ENT_THEORY_DEFICIT_ZERO       /* none */
} ent_theory_deficit_t;

/* What has the price 1, before and after. Nothing real depends on it. */
typedef enum {
    ENT_THEORY_WORLD_VALUE_ADDED = 0, /* world value added keeps its benchmark value (CP) */
    ENT_THEORY_WORLD_INCOME,          /* world value added and duties keep their benchmark value */
    ENT_THEORY_WAGE,                  /* wage of numeraire_region */
    ENT_THEORY_CONSUMER_PRICE,        /* consumer price index of numeraire_region */
    ENT_THEORY_WORLD_CONSUMER_PRICE /* mean of all consumer price indices, benchmark incomes as weights (ILMS)
                                     */
} ent_theory_numeraire_t;

/* What a government does with its duties. Both ways all of them are spent by the region's households. */
typedef enum {
    ENT_THEORY_LUMP_SUM = 0, /* equal sums, which change no decision */
    ENT_THEORY_INCOME_TAX    /* they take the place of a tax on wages, which lowers labour supply (ILMS) */
} ent_theory_rebate_t;

typedef struct {
    ent_theory_variant_t variant;
    ent_theory_deficit_t deficit;
    ent_theory_numeraire_t numeraire;
    int numeraire_region;     /* for ENT_THEORY_WAGE and ENT_THEORY_CONSUMER_PRICE */
    int allow_zero_own_trade; /* accept sectors that sell nothing at home though they make more than 0.1 %
                                 of their region's output (in the 1993 data of CP) */
    double balance_tolerance; /* largest accepted |supply - use| / use of a cell; 1e-6. Raise it only to
                                 repair a benchmark with ent_theory_rebase */
    double armington_theta; /* elasticity of the one-sector model; 0: mean of theta weighted by absorption */
    double tolerance;       /* largest accepted log residual of any equation; 1e-12 */
    double damping;         /* wage step as a share of the Newton step in own wages; 0.7 */
    int max_iterations;     /* sweeps per attempt; 2000 */
    double
        labour_elasticity; /* kappa >= 0 of labour supply with respect to the real wage after tax; 0: fixed */
    double scale_elasticity; /* psi >= 0 of productivity with respect to a sector's employment; 0: none */
    ent_theory_rebate_t rebate;
    int memory; /* sweeps remembered by Anderson acceleration, 0 (none) to 16; 10 */
} ent_theory_options_t;

/* The benchmark, owned by the caller and only read. */
typedef struct {
    int n_region, n_sector;
    const char *const *region;       /* [region] names for messages; NULL: "region 0", ... */
    const char *const *sector;       /* [sector] names for messages; NULL: "sector 0", ... */
    const double *flow;              /* [sector][origin][destination] value on which duty is levied, domestic
                                        flows included; their sum over destinations is gross output */
    const double *tariff;            /* [sector][origin][destination] */
    const double *input_coefficient; /* [region][input][using sector] per unit of gross output; NULL: none */
    const double *value_added_share; /* [region][sector]; NULL: one minus the input coefficients */
    const double *final_demand;      /* [region][sector]; NULL: expenditure less intermediate use */
    const double *theta;             /* [sector] trade elasticity, of spending with respect to landed cost */
    const double *local_share; /* [region] nu in [0, 1): share of the price before duty of what comes from
                                  abroad that is paid to the same sector of the destination (marketing,
                                  distribution); NULL: 0 */
    const double
        *duty_exponent; /* [region] phi > 0: spending falls with (1 + tariff)^(-theta phi), and a market
                           that spends more per wage has lower prices, (X / w)^(1 - phi); NULL: 1 */
} ent_theory_input_t;

/* A benchmark in the solver's own layout. All arrays are owned; the fields may be read. */
typedef struct {
    int n_region, n_sector; /* of the model solved: n_sector is 1 for ENT_THEORY_ARMINGTON */
    int n_input_sector;     /* sectors of the data and of the tariffs given to ent_theory_solve */
    int has_inputs;
    int balanced; /* 0 when only a raised balance_tolerance let the data in */
    ent_theory_options_t options;
    double imbalance;                       /* largest |supply - use| / use found in the data ... */
    int imbalance_region, imbalance_sector; /* ... and where */
    char **region, **sector;                /* names */
    double *theta;                          /* [sector] */
    double *flow, *tariff;                  /* [sector][origin][destination] */
    double *weight;            /* [input sector][origin][destination] share of a flow's cell in its aggregate;
                                  NULL but for ENT_THEORY_ARMINGTON */
    double *expenditure;       /* [sector][region] duty paid */
    double *output;            /* [sector][region] gross, local sales of foreign goods among it */
    double *input;             /* [input sector][using sector][region] coefficients */
    double *value_added_share; /* [sector][region] */
    double *final_share;       /* [sector][region] alpha: share of a sector in final demand */
    double *value_added, *revenue, *deficit, *income; /* [region]; income is their sum */
    double *wage_step;                   /* [region] 1 / own-wage elasticity of exports / imports */
    double *local_share, *duty_exponent; /* [region] or NULL: off */
} ent_theory_t;

/* One counterfactual. Arrays are owned; zero the struct before its first use. */
typedef struct {
    int n_region, n_sector;
    double *tariff;             /* [sector][origin][destination] in force */
    double *trade_cost_hat;     /* [sector][origin][destination] */
    double *flow;               /* [sector][origin][destination] before duty */
    double *price_hat;          /* [region][sector] price index of the composite good */
    double *cost_hat;           /* [region][sector] unit cost of producers */
    double *expenditure;        /* [region][sector] duty paid */
    double *output;             /* [region][sector] gross */
    double *wage_hat;           /* [region] */
    double *consumer_price_hat; /* [region] */
    double *income;             /* [region] value added, duties and deficit: final expenditure */
    double *welfare_hat;        /* [region] real income: income hat / consumer price hat */
    double *utility_hat; /* [region] real income less the disutility of work, exact; welfare_hat when labour
                            supply is fixed; NaN where the benchmark's work outweighs its income */
    double
        *published_welfare_hat; /* [region] the same with the weights that ILMS print (docs/theory.md, 10) */
    double *employment_hat;     /* [region] */
    double *real_wage_hat;      /* [region] */
    double *revenue;            /* [region] duties collected, all rebated */
    double *deficit; /* [region] payments to foreigners less receipts from them, before duty: without
                        local sales imports less exports */
    double *exports, *imports; /* [region] before duty, without domestic flows */
    double *effective_tariff;  /* [region] revenue / imports */
    double numeraire_scale;    /* nominal values here / nominal values with world value added as numeraire */
    double residual;           /* certificate: largest relative residual of any equation, recomputed from the
                                  arrays above by other code than the solver's */
    int residual_region, residual_sector; /* where; sector -1: labour market or trade balance */
    int iterations;                       /* sweeps, all attempts together */
    int n_path_steps; /* 1, or the number of pieces into which the change had to be cut to be solved */
} ent_theory_result_t;

/* Parts of the welfare change; every part is a fraction of income, [region][partner][sector] where three
 * indices are given. Arrays are owned; zero the struct before its first use. */
typedef struct {
    int n_region, n_sector;
    int n_step;              /* 0: CP's first-order formula; else pieces of the path integral */
    double *terms_of_trade;  /* [region][partner][sector] */
    double *volume_of_trade; /* [region][partner][sector] */
    double *trade_cost;      /* [region][partner][sector] iceberg costs */
    double *terms_of_trade_sum, *volume_of_trade_sum, *trade_cost_sum; /* [region] over partners, sectors */
    double *transfer;                                                  /* [region] change of the deficit */
    double *employment;  /* [region] more or less work, at its wage */
    double *scale;       /* [region] productivity of larger or smaller sectors */
    double *local_sales; /* [region] local sellers' prices against those of what they sell */
    double *market_size; /* [region] duties that prices do not bear in full, and entry where more is spent */
    double *first_order; /* [region] sum of the parts above: CP's printed "welfare" when n_step is 0 */
    double *remainder;   /* [region] total less first_order: what the parts leave out */
    double *total;       /* [region] change of real income: hat - 1 (n_step 0) or log hat (n_step > 0) */
} ent_theory_welfare_t;

/* Defaults: full model, fixed deficits, world value added, tolerance 1e-12. */
ENT_API void ent_theory_options_init(ent_theory_options_t *options);

/* Derive the model from a benchmark. All faults of the data are recorded, at most 20.
 * `options` NULL: defaults. The caller frees with ent_theory_free, also after a failure.
 * Errors: ENT_ERR_USAGE (sizes, options, missing arrays); ENT_ERR_DATA naming the cell: value not finite,
 * negative flow, tariff <= -100 %, elasticity <= 0, input coefficient below -0.01, value-added share not in
 * [0, 1] or not one minus the inputs, producing sector without own trade, sector or region without output,
 * cell whose supply and use differ; ENT_ERR_NO_MEMORY. Cost: O(cells + regions x sectors^2). */
ENT_API int ent_theory_init(ent_theory_t *model, const ent_theory_input_t *input,
                            const ent_theory_options_t *options, ent_context_t *ctx);

/* Release; safe on a zeroed model, after a failed init, and twice. */
ENT_API void ent_theory_free(ent_theory_t *model);

/* Replace the benchmark by the equilibrium at unchanged tariffs under the model's deficit rule and final
 * shares: CP's "baseline with zero aggregate deficits", and the repair of an unbalanced benchmark.
 * Errors: those of ent_theory_solve. Cost: one solve. */
ENT_API int ent_theory_rebase(ent_theory_t *model, ent_context_t *ctx);

/* Solve the equilibrium in relative changes, CP equations (10)-(14):
 *
 *     c[s,n]  = w[n]^va[s,n] prod_k P[k,n]^a[k,s,n]                                       (10)
 *     P[s,n]  = { sum_i pi[s,i,n] (kappa[s,i,n] c[s,i])^-theta[s] }^(-1/theta[s])         (11)
 *     pi'     = pi (kappa c / P)^-theta                                                   (12)
 *     X'[s,n] = sum_k a[s,k,n] sum_i pi'[k,n,i] X'[k,i] / (1 + tau'[k,n,i]) + alpha[s,n] I'[n]  (13)
 *     sum of imports - D' = sum of exports                                                (14)
 *
 * with kappa = trade_cost_hat (1 + tau') / (1 + tau). `tariff` [input sector][origin][destination] replaces
 * the benchmark's (NULL: unchanged); `trade_cost_hat`, same shape, is the change of iceberg costs (NULL: 1).
 * A change that changes nothing returns the benchmark bit by bit.
 * Errors: ENT_ERR_USAGE (model not balanced and not rebased); ENT_ERR_DATA (tariff <= -100 %, cost <= 0, not
 * finite; names the cell); ENT_ERR_CONVERGENCE (names region, sector and residual; `result` is emptied);
 * ENT_ERR_NO_MEMORY. Cost: about 50 sweeps over the flows; 0.03 s for 81 x 28. */
ENT_API int ent_theory_solve(const ent_theory_t *model, const double *tariff, const double *trade_cost_hat,
                             ent_theory_result_t *result, ent_context_t *ctx);

ENT_API void ent_theory_result_free(ent_theory_result_t *result);

/* Split the welfare change of a solved counterfactual into terms of trade, volume of trade, trade costs and
 * transfers, by region, partner and sector. With E and M the exports to and imports from the partner, I
 * income, at the margin (CP equation (15), with trade costs and deficits added)
 *
 *     d ln W = 1/I sum { E d ln c[n] - M d ln c[i] }       terms of trade
 *            + 1/I sum tau M { d ln M - d ln c[i] }        volume of trade
 *            - 1/I sum M (1 + tau) d ln kappa              trade costs
 *            + 1/I dD                                      transfer
 *
 * With the switches on, L employment, l that of a sector and X[s] spending on it, E and M lose their local
 * shares in the terms of trade, and there are
 *
 *            + 1/I w L d ln L                                              employment
 *            + 1/I psi sum Y[s] d ln l[s]                                  scale
 *            + 1/I sum nu M { d ln c[n] - d ln c[i] }                      local sales
 *            + 1/I (1 - phi) { sum M d tau - sum X[s] d ln (X[s] / w) }    market size
 *
 * n_step 0: as CP print it, E, M, tau and I from the benchmark and hats less one for the differentials. It is
 * a first-order formula: what it leaves out is the remainder, large for large tariff cuts.
 * n_step > 0: the integral of these differentials along the straight path of tariffs, log trade costs
 * and deficits in n_step pieces by the trapezoid rule; the remainder falls as 1 / n_step^2.
 * Either way all parts + remainder = total, to rounding. The total is real income's: of utility, the
 * disutility of work is to be taken off. Errors: those of ent_theory_solve. Cost: n_step - 1 further solves,
 * O(cells) each piece. */
ENT_API int ent_theory_welfare(const ent_theory_t *model, const ent_theory_result_t *result, int n_step,
                               ent_theory_welfare_t *welfare, ent_context_t *ctx);

ENT_API void ent_theory_welfare_free(ent_theory_welfare_t *welfare);

/* Check the model's invariants: adding-up of shares, supply = use, world deficits zero. ENT_ERR_BUG names
 * what is broken. Cost: O(cells). */
ENT_API int ent_theory_verify(const ent_theory_t *model, ent_context_t *ctx);

/* Describe the model's state to `stream`, a few lines and one per region. */
ENT_API void ent_theory_print_state(const ent_theory_t *model, FILE *stream);

/* ---- Optimal and Nash tariffs ---- */

/* Which tariffs a government chooses. Every chosen rate replaces the applied tariff on all flows it covers.
 */
typedef struct {
    int by_sector;                 /* 0: one rate; 1: one rate per sector covered */
    const unsigned char *sectors;  /* [input sector] 1: covered; NULL: all */
    const unsigned char *partners; /* [region] 1: hit; NULL: all. Own trade is never hit */
    double lower, upper;           /* bounds of a rate, e.g. 0 and 2 */
    double tolerance;              /* of a rate; 1e-6 */
    int max_evaluations;           /* welfare evaluations of one best response; 0: 200 + 60 x rates */
    int max_rounds;                /* rounds of best responses (Nash); 0: 200 */
} ent_theory_policy_t;

/* Arrays are owned; zero the struct before its first use. */
typedef struct {
    int n_player, n_rate;        /* n_rate: rates of each player */
    int *player;                 /* [player] regions */
    int *rate_sector;            /* [rate] input sector of a rate; -1: uniform */
    double *rate;                /* [player][rate] */
    double *derivative;          /* [player][rate] d ln W / d rate at the solution, central differences */
    double *welfare_hat;         /* [player] real income against the benchmark, at the solution; less the
                                    disutility of work where labour supply answers */
    double *export_elasticity;   /* [player] of the closed form; NaN from a search */
    double *tariff;              /* [input sector][origin][destination] the whole schedule at the solution */
    double first_order_residual; /* largest |derivative| of a rate off its bounds, or pushing out of them
                                    inward */
    double last_change;          /* largest change of a rate in the last round */
    int n_rounds, n_evaluations;
} ent_theory_optimum_t;

/* Defaults: uniform rate on everything imported, bounds 0 and 3, tolerance 1e-6. */
ENT_API void ent_theory_policy_init(ent_theory_policy_t *policy);

/* Tariffs that maximise the real income of `region`, others' tariffs as in `tariff` (NULL: benchmark):
 * NLopt's BOBYQA (Powell 2009; COBYLA for a single rate), where a stop for rounding errors at the optimum is
 * success, then Newton steps on numerical derivatives for a single rate. Errors: ENT_ERR_USAGE,
 * ENT_ERR_CONVERGENCE (evaluations exhausted), those of ent_theory_solve. Cost: 30 solves for one rate, some
 * 10 per rate else. */
ENT_API int ent_theory_optimal(const ent_theory_t *model, int region, const double *tariff,
                               const ent_theory_policy_t *policy, ent_theory_optimum_t *optimum,
                               ent_context_t *ctx);

/* Nash equilibrium in tariffs of `n_player` regions by iterated best responses in turn, until no rate moves
 * by more than the tolerance. Errors: as ent_theory_optimal; ENT_ERR_CONVERGENCE when rounds are exhausted.
 */
ENT_API int ent_theory_nash(const ent_theory_t *model, int n_player, const int *player, const double *tariff,
                            const ent_theory_policy_t *policy, ent_theory_optimum_t *optimum,
                            ent_context_t *ctx);

/* One rate on everything from everybody that is best for each player by the closed form of Gros (1987) and
 * Lashkaripour (2021, "The cost of a global tariff war: a sufficient statistics approach", Journal of
 * International Economics 131, doi:10.1016/j.jinteco.2020.103419), with local sales and exponents of duties
 * as in ILMS:
 *
 *     t = 1 / ((1 + e) phi - 1),   e = sum_n,s (1 - nu[n]) X[s,i,n] e[s,n] / ((1 - nu[i]) M[i]),
 *
 * X the player's exports to n, M its imports, e[s,n] = theta[s] (1 - share of i in n) and what n's duties
 * lose as the player's goods leave it (docs/theory.md, section 5), all before any change when max_rounds is
 * 1; else of the equilibrium that the rates bring about, round after round until no rate moves by more than
 * policy->tolerance: with several players a Nash equilibrium of the formula. Neither inputs nor scale
 * economies are in it. `tariff` [input sector][origin][destination] holds for all other flows (NULL: the
 * benchmark's); of `policy` only tolerance and max_rounds count. optimum->derivative has the slope that is
 * left in the model itself, export_elasticity the players' e. Errors: ENT_ERR_USAGE (players, a benchmark not
 * balanced, a policy that spares sectors or partners); ENT_ERR_CONVERGENCE (no finite rate, no fixed point);
 * those of ent_theory_solve. Cost: a solve a round and three a player. */
ENT_API int ent_theory_closed_form(const ent_theory_t *model, int n_player, const int *player,
                                   const double *tariff, const ent_theory_policy_t *policy,
                                   ent_theory_optimum_t *optimum, ent_context_t *ctx);

/* Reciprocal tariffs as one rule: every partner adds to its tariff on `region`'s goods, sector by sector,
 * what `region` added in `tariff` to the benchmark's on the partner's. Cuts are not answered. `tariff` [input
 * sector][origin][destination] is changed in place. ENT_ERR_USAGE: no such region. Cost: O(cells). */
ENT_API int ent_theory_reciprocate(const ent_theory_t *model, int region, const double *benchmark_tariff,
                                   double *tariff, ent_context_t *ctx);

ENT_API void ent_theory_optimum_free(ent_theory_optimum_t *optimum);

#ifdef __cplusplus
}
#endif
#endif
