/* Memory of the JSON library. Jansson's builders pass a NULL on in silence: without this, a document made
 * while memory is short would lack some of its parts and nobody would know. */
#ifndef ENTREPOT_BASE_JSON_MEMORY_H
#define ENTREPOT_BASE_JSON_MEMORY_H

#include <entrepot/context.h>

/* Watch every allocation of the JSON library from now on. */
void ent_json_watch(void);

/* 0 when all of them worked since the last call, else ENT_ERR_NO_MEMORY with a fault about `place`. To be
 * asked once a document is built or written. Documents built by several threads at once share one answer: all
 * of them fail. */
int ent_json_check(ent_context_t *ctx, const char *place);

#endif
