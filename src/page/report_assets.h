/* Files of src/report/ that are carried inside the library. */
#ifndef ENTREPOT_PAGE_REPORT_ASSETS_H
#define ENTREPOT_PAGE_REPORT_ASSETS_H

#include <stddef.h>

typedef struct {
    const char *data; /* no end mark */
    size_t size;
} ent_asset_t;

ent_asset_t ent_asset_page(void);
ent_asset_t ent_asset_style(void);
ent_asset_t ent_asset_script(void);

#endif
