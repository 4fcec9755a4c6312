/* Two governments that bargain: how fast each gives way, and when their offers meet. Plain numbers in, plain
 * numbers out. */
#ifndef ENTREPOT_AGENTS_NEGOTIATION_H
#define ENTREPOT_AGENTS_NEGOTIATION_H

/* What moves one side. */
typedef struct {
    double speed;    /* a year: concession on the day of the deadline when nothing presses */
    double pressure; /* a year and unit of loss */
    double exports;  /* weight of the lost share of exports to the other side */
    double prices;   /* weight of the rise of its consumers' prices */
} ent_side_t;

/* Urgency: exp(-days left / days), 0 without a deadline (days_left infinite). */
double ent_urgency(double days_left, double days);

/* Loss of a side as the simulation has it: weights times the lost share of its exports and the rise of its
 * consumers' prices, each against the year before the talks, gains counted as none. */
double ent_side_loss(const ent_side_t *side, double exports, double exports_before, double prices,
                     double prices_before);

/* Concession after a step of `years`, from 0 (nothing) to 1 (all that is asked):
 *   x' = min(1, x + haste [speed urgency + pressure loss] years). */
double ent_concede(const ent_side_t *side, double concession, double urgency, double loss, double haste,
                   double years);

/* Offers meet when together the sides have conceded the whole distance. */
int ent_offers_meet(double a, double b);

#endif
