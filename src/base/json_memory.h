/* Memory of the JSON library. Jansson's builders pass a NULL on in silence: without this, a document made
 * while memory is short would lack some of its parts and nobody would know. */
#ifndef ENTREPOT_BASE_JSON_MEMORY_H
#define ENTREPOT_BASE_JSON_MEMORY_H

#include <entrepot/context.h>

/* Watch every allocation of the JSON library until ent_json_check; calls may overlap, each with a check of
 * its own. The caller's allocation functions go on doing the work. */
void ent_json_watch(void);

/* End the watch: 0 when every allocation worked, else ENT_ERR_NO_MEMORY with a fault about `place`. To be
 * called once a document is built or written. Documents built by several threads at once share one answer:
 * all of them fail. */
int ent_json_check(ent_context_t *ctx, const char *place);

#endif
