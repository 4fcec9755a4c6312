/* Numbers written as text. */
#ifndef ENTREPOT_BASE_NUMBER_H
#define ENTREPOT_BASE_NUMBER_H

/* The number a plain decimal text stands for, with a point for the fraction whatever the locale; 1 when it is
 * one. */
int ent_number_parse(const char *text, double *out);

#endif
