/* Names of regions, sectors, measures and the like. */
#ifndef ENTREPOT_BASE_NAMES_H
#define ENTREPOT_BASE_NAMES_H

/* Characters of a name at most. */
enum { ENT_MAX_NAME = 64 };

#endif
