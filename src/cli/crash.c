#include "cli/crash.h"

#include <entrepot/context.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What argp and the commands themselves never use: HDF5 leaves by -1, OpenMP's run-time library by 1. */
enum { EXIT_HDF5 = 255, EXIT_OPENMP = 1 };

static volatile sig_atomic_t watching;

static void say(const char *what)
{
    static const char rest[] =
        " stopped the program, most likely for want of memory. No output has taken its name; a file ending "
        "in .tmp beside it can be removed. The same command may be given again.\n";
    if (write(STDERR_FILENO, what, strlen(what)) < 0 || write(STDERR_FILENO, rest, sizeof rest - 1) < 0)
        _exit(ent_exit_code(ENT_ERR_IO));
}

static void answer(int signal_number)
{
    say(signal_number == SIGABRT  ? "entrepot: an abort"
        : signal_number == SIGFPE ? "entrepot: an arithmetic exception"
        : signal_number == SIGILL ? "entrepot: an unknown instruction"
                                  : "entrepot: an access to memory that is not the program's");
    _exit(ent_exit_code(ENT_ERR_BUG));
}

static void at_exit(int status, void *data)
{
    (void)data;
    if (!watching || ((status & 255) != EXIT_HDF5 && (status & 255) != EXIT_OPENMP))
        return;
    say("entrepot: a library");
    _exit(ent_exit_code(ENT_ERR_BUG));
}

void ent_crash_watch(void)
{
    static char stack[65536]; /* the program's own may be what ran out */
    static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
    const stack_t place = {.ss_sp = stack, .ss_size = sizeof stack};
    struct sigaction action = {.sa_handler = answer, .sa_flags = SA_ONSTACK}, old;
    const char *core = getenv("ENTREPOT_CORE");

    watching = 1;
    on_exit(at_exit, NULL);
    if ((core != NULL && strcmp(core, "1") == 0) || sigaltstack(&place, NULL) != 0)
        return;
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
        if (sigaction(signals[i], NULL, &old) == 0 && old.sa_handler == SIG_DFL)
            sigaction(signals[i], &action, NULL);
}

int ent_crash_unwatch(int code)
{
    watching = 0;
    return code;
}
