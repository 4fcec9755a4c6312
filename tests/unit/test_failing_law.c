/* The law by product line short of memory, HDF5 and files: every fault is told, nothing stays open. */
#include "ent_test.h"

#include "failing.h"
#include "io/law_file.h"
#include "policy/lines.h"
#include "words.h"

#include <stdlib.h>
#include <sys/stat.h>

/* Read a law and work out a day; what is left is freed whatever happened. */
static int read_and_move(void *data, ent_context_t *ctx)
{
    const ent_day_t on = ent_day_of(2025, 6, 1);
    const ent_lines_when_t when = {on, on, ENT_DAY_NEVER, 0, NULL};
    ent_law_t law;
    ent_lines_t lines = {0};
    ent_lines_day_t day = {0};
    int code = ent_law_read(&law, data, NULL, ctx);

    code = code != ENT_OK ? code : ent_lines_init(&lines, &law, ctx);
    code = code != ENT_OK ? code : ent_lines_day_init(&day, &lines, 1, ctx);
    if (code == ENT_OK) {
        int *class = malloc((size_t)lines.n_cells * sizeof *class);

        ent_lines_move(&day, &when);
        if (class != NULL) {
            const int n = ent_lines_classes(&lines, class, ctx);

            code = n < 0 ? n : ENT_OK;
        }
        free(class);
    }
    ent_lines_day_free(&day);
    if (lines.law != NULL) {
        ent_lines_free(&lines);
    }
    ent_law_free(&law);
    return code;
}

static void make_law(char folder[FOLDER_NAME])
{
    static const struct {
        const char *name, *text;
    } files[] = {{"partners.csv", "partner,name,group\nAAA,Aland,G\nBBB,Beland,\n"},
                 {"conditions.csv",
                  "condition,question,form,share\nusmca_claim,claimed?,no,0.5\nus_content,own?,no,0.4\n"},
                 {"lists/metal.csv", "prefix,share\n72,1\n8450,0.5\n"},
                 {"shares.csv", "condition,partner,prefix,share\nusmca_claim,BBB,72,0.3\n"},
                 {"sectors.csv", "prefix,sector\n72,steel\n"},
                 {"measures.csv",
                  "id,set,kind,legal,partners,lists,rate,announced,effective,usmca,yields_to,replaces\n"
                  "a,s,additive,x,all,metal,0.25,2024-01-01,2024-02-01,exempt,,\n"
                  "b,s,additive,x,G,metal,0.5,2025-01-01,2025-02-01,content,,a\n"
                  "c,t,floor,x,all,all,0.1,2025-01-01,2025-02-01,,s,\n"},
                 {"weights.csv",
                  "line,partner,imports_usd,duty_usd,year\n72081000,AAA,10,1,2024\n84501100,BBB,5,0,2024\n"}};
    char path[256];

    make_folder(folder);
    snprintf(path, sizeof path, "%s/lists", folder);
    assert_int_equal(mkdir(path, 0777), 0);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, files[i].name);
        put(path, files[i].text);
    }
}

static void a_folder_short_of_memory(void **state)
{
    char folder[FOLDER_NAME];

    (void)state;
    make_law(folder);
    assert_true(failing_each_new(FAILING_MEMORY, read_and_move, folder) > 20);
    remove_folder(folder);
}

static void the_shipped_file_with_calls_that_fail(void **state)
{
    (void)state;
    failing_some(FAILING_HDF5, 400, read_and_move, "data/law-us.h5", 4, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_folder_short_of_memory),
        cmocka_unit_test(the_shipped_file_with_calls_that_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
