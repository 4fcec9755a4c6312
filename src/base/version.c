#include <entrepot/context.h>
#include <entrepot/version.h>

const char *ent_version(void)
{
    return ENT_VERSION;
}
