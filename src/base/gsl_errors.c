/* GSL's error handler ends the program by default. The library checks what GSL returns, so that the handler
 * is switched off when the library is loaded; one that the caller has set already stays. */
#include <gsl/gsl_errno.h>

__attribute__((constructor)) static void leave_errors_to_the_caller(void)
{
    gsl_error_handler_t *set = gsl_set_error_handler_off();
    if (set != NULL) {
        gsl_set_error_handler(set);
    }
}
