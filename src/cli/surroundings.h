/* What the program is started in: descriptors that are closed, numbers of threads that cannot be. */
#ifndef ENTREPOT_CLI_SURROUNDINGS_H
#define ENTREPOT_CLI_SURROUNDINGS_H

/* Before anything else is opened or played. Standard streams that are closed become ones that fail, so that
 * no file opened later takes their place and receives what is printed. More threads than libgomp can begin,
 * which OMP_NUM_THREADS may ask for, become as many as there are processors, with a line on standard error.
 */
void ent_cli_settle(void);

#endif
