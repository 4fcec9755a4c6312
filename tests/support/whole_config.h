/* A small config with every section, for tests that want all branches of a reader or of the engine. */
#ifndef ENT_TEST_WHOLE_CONFIG_H
#define ENT_TEST_WHOLE_CONFIG_H

/* Write FOLDER/whole.yaml and the calibration FOLDER/cal.yaml; the benchmark is that of the fuzz targets. */
void ent_whole_config_write(const char *folder);

#endif
