#include "cli/crash.h"

#include <entrepot/context.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What argp and the commands themselves never use: HDF5 leaves by -1, OpenMP's run-time library by 1. */
enum { EXIT_HDF5 = 255, EXIT_OPENMP = 1 };

static volatile sig_atomic_t watching;

static void say(const char *what, const char *then)
{
    static const char outputs[] = " No output has taken its name; the same command may be given again.\n";
    if (write(STDERR_FILENO, what, strlen(what)) < 0 || write(STDERR_FILENO, then, strlen(then)) < 0 ||
        write(STDERR_FILENO, outputs, sizeof outputs - 1) < 0) {
        return;
    }
}

/* The handler is gone when this returns: the instruction that failed, or the signal raised again, ends the
 * program as it would have without. */
static void answer(int signal_number)
{
    say(signal_number == SIGSEGV  ? "entrepot: a segmentation fault"
        : signal_number == SIGBUS ? "entrepot: a bus error"
        : signal_number == SIGFPE ? "entrepot: an arithmetic exception"
        : signal_number == SIGILL ? "entrepot: an unknown instruction"
                                  : "entrepot: an abort",
        ". This is a crash, and a bug of the program or of a library under it: please report it with the "
        "command "
        "and its inputs.");
    raise(signal_number);
}

static void at_exit(int status, void *data)
{
    (void)data;
    if (!watching || ((status & 255) != EXIT_HDF5 && (status & 255) != EXIT_OPENMP)) {
        return;
    }
    say("entrepot: a library under the program has ended it",
        "; its own words, if it had any, stand above. Fewer threads (--threads) may help where it could not "
        "make "
        "more.");
    _exit(ent_exit_code(ENT_ERR_BUG));
}

void ent_crash_watch(void)
{
    static char stack[65536]; /* the program's own may have ended */
    static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
    const stack_t place = {.ss_sp = stack, .ss_size = sizeof stack};
    struct sigaction action = {.sa_handler = answer, .sa_flags = SA_ONSTACK | (int)SA_RESETHAND}, old;

    watching = 1;
    on_exit(at_exit, NULL);
    if (sigaltstack(&place, NULL) != 0) {
        return;
    }
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        if (sigaction(signals[i], NULL, &old) == 0 && old.sa_handler == SIG_DFL) {
            sigaction(signals[i], &action, NULL);
        }
    }
}

int ent_crash_unwatch(int code)
{
    watching = 0;
    return code;
}
