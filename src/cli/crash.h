/* The last resort when the program or a library under it breaks down instead of returning an error. */
#ifndef ENTREPOT_CLI_CRASH_H
#define ENTREPOT_CLI_CRASH_H

/* A signal that ends a program that went wrong (SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT) is called a crash
 * and asked to be reported; then the system does with it what it always does, a core file included. Whoever
 * answers such signals already (a sanitizer, a debugger) goes on doing so. A library that ends the program by
 * exit is told as one, with code 70. */
void ent_crash_watch(void);

/* The program ends by itself: an exit from now on is its own. Returns `code`. */
int ent_crash_unwatch(int code);

#endif
