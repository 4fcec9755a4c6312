/* What sets configs apart from one another. */
#ifndef ENTREPOT_COMPARE_CONFIG_DIFFERENCES_H
#define ENTREPOT_COMPARE_CONFIG_DIFFERENCES_H

#include <entrepot/context.h>

/* Of `n` configs as text (YAML), words[i]: the keys that have not the same value in all of them, with those
 * of config i, "calibration static, mechanisms.x true"; after the third "and N more". The caller frees words
 * [n], also after failure, when they may be NULL. ENT_ERR_CONFIG for a text that is no YAML,
 * ENT_ERR_NO_MEMORY. Cost: sorts all values. */
int ent_config_differences(const char *const *text, int n, char **words, ent_context_t *ctx);

#endif
