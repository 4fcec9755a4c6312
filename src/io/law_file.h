/* Reading a law: the compact file the program ships, and folders of CSV tables of one's own. */
#ifndef ENTREPOT_IO_LAW_FILE_H
#define ENTREPOT_IO_LAW_FILE_H

#include "policy/law.h"

/* Read a law into a zeroed struct, finish it (ent_law_finish) and check it whole. `name` is a file *.h5 as
 * scripts/build_law.py makes it, a folder of tables (docs/law.md), or the name of a shipped law such as "us".
 * `more` (may be NULL) is a folder with measures, lists, conditions and shares on top of it. All faults are
 * reported. ENT_ERR_NO_INPUT, ENT_ERR_DATA, ENT_ERR_NO_MEMORY. Free with ent_law_free also after a fault.
 * Cost: about 50 ms for the shipped law of the United States. */
int ent_law_read(ent_law_t *law, const char *name, const char *more, ent_context_t *ctx);

/* The same without finishing it, so that rows can still be added: ent_law_finish is the caller's. */
int ent_law_open(ent_law_t *law, const char *name, const char *more, ent_context_t *ctx);

#endif
