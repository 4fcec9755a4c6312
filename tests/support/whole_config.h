/* A small config with every section, for tests that want all branches of a reader or of the engine. */
#ifndef ENTREPOT_TESTS_SUPPORT_WHOLE_CONFIG_H
#define ENTREPOT_TESTS_SUPPORT_WHOLE_CONFIG_H

/* Write FOLDER/whole.yaml and the calibration FOLDER/cal.yaml; the benchmark is that of the fuzz targets. */
void ent_whole_config_write(const char *folder);

#endif
