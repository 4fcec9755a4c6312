/* Give each file named, or each file of a folder named, or standard input, to the target once. */
#include "fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static long n_played;

static void play(FILE *file)
{
    enum { MOST = 8 << 20 };
    uint8_t *data = malloc(MOST);
    if (data == NULL || file == NULL)
        exit(71);
    size_t size = fread(data, 1, MOST, file);
    LLVMFuzzerTestOneInput(data, size);
    free(data);
    n_played++;
}

static void play_named(const char *name)
{
    struct stat status;
    if (stat(name, &status) == 0 && S_ISDIR(status.st_mode)) {
        struct dirent **entries = NULL;
        int n = scandir(name, &entries, NULL, alphasort);
        for (int i = 0; i < n; i++) {
            char path[4096];
            snprintf(path, sizeof path, "%s/%s", name, entries[i]->d_name);
            if (entries[i]->d_name[0] != '.')
                play_named(path);
            free(entries[i]);
        }
        free(entries);
        return;
    }
    FILE *file = fopen(name, "rb");
    play(file);
    fclose(file);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        play_named(argv[i]);
    if (argc == 1)
        play(stdin);
    printf("%ld inputs played\n", n_played);
    return n_played > 0 ? 0 : 1;
}
