/* The last resort when a library under the program breaks down instead of returning an error: HDF5 1.10 does
 * so when memory is short. The user gets a message and exit code 70 rather than a bare signal. */
#ifndef ENTREPOT_CLI_CRASH_H
#define ENTREPOT_CLI_CRASH_H

/* Answer SIGSEGV, SIGBUS, SIGFPE, SIGILL and SIGABRT, unless somebody (a sanitizer, a debugger) answers them
 * already, and a library that ends the program. ENTREPOT_CORE=1 in the environment leaves signals to the
 * system, which may dump core. */
void ent_crash_watch(void);

/* The program ends by itself: an exit from now on is its own. Returns `code`. */
int ent_crash_unwatch(int code);

#endif
