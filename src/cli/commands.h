/* The program's commands: each takes the words from its own name on and returns the exit code. */
#ifndef ENTREPOT_CLI_COMMANDS_H
#define ENTREPOT_CLI_COMMANDS_H

int ent_cmd_backtest(int argc, char **argv);
int ent_cmd_backtest_origins(int argc, char **argv);
int ent_cmd_bench(int argc, char **argv);
int ent_cmd_benchmark(int argc, char **argv);
int ent_cmd_calibrate(int argc, char **argv);
/* `entrepot benchmark import|export|rebase`: 1 when the words are one of them, with its exit code in *code.
 */
int ent_cmd_benchmark_file(int argc, char **argv, int *code);
int ent_cmd_check(int argc, char **argv);
int ent_cmd_compare(int argc, char **argv);
int ent_cmd_decompose(int argc, char **argv);
int ent_cmd_describe(int argc, char **argv);
int ent_cmd_doctor(int argc, char **argv);
int ent_cmd_line(int argc, char **argv);
int ent_cmd_forecast(int argc, char **argv);
int ent_cmd_observed(int argc, char **argv);
int ent_cmd_score(int argc, char **argv);
int ent_cmd_explain(int argc, char **argv);
int ent_cmd_new(int argc, char **argv);
int ent_cmd_reproduce(int argc, char **argv);
int ent_cmd_figures(int argc, char **argv);
int ent_cmd_report(int argc, char **argv);
int ent_cmd_run(int argc, char **argv);
int ent_cmd_study(int argc, char **argv);
int ent_cmd_study_analyse(int argc, char **argv);
int ent_cmd_tariffs(int argc, char **argv);
int ent_cmd_theory(int argc, char **argv);

#endif
