"""A tariff that everybody knows to end leaves no trade above free trade behind: suppliers are given quality at the cost on which they
were chosen, not at the cost of the day."""
import os
import subprocess
import tempfile
import unittest

import h5py
import numpy as np

PROGRAM, SOURCE = os.environ["ENTREPOT"], os.environ["ENTREPOT_SOURCE"]
CONFIG = """
name: known-end
benchmark: {source}/data/benchmark-2022.h5
calibration: {source}/configs/calibrations/horizon.yaml
start: 2025-01-01
steps: 78
burn_in: 18
replications: 4
slots: 8000
home: KOR
regions: {{KOR: [KOR], USA: [USA], ROW: rest}}
sectors: {{goods: rest, services: [SERVICES]}}
slot_focus: {{USA: 4}}
mechanisms: {{{mechanisms}}}
exporters: {{firms: 3000, per_agent: 5}}
regimes:
  known:
    measures:
      - {{id: levy, importer: USA, partners: [KOR], sectors: [goods], rate: 0.25, announced: 2025-06-01, effective: 2025-06-01, end: 2028-06-01}}
  none: {{}}
scenarios: [known, none]
record:
  flows: {{origins: [KOR], destinations: [USA]}}
"""
FIRST_FREE_STEP = 41  # June 2028


def log_exports_over_free(mechanisms):
    """Sum over the 36 months after the end, by world."""
    with tempfile.TemporaryDirectory() as folder:
        config, results = os.path.join(folder, "c.yaml"), os.path.join(folder, "r.h5")
        with open(config, "w", encoding="utf-8") as file:
            file.write(CONFIG.format(source=SOURCE, mechanisms=mechanisms))
        subprocess.run([PROGRAM, "run", config, "-o", results, "-q", "--no-compare"], check=True)
        with h5py.File(results) as file:
            flow = [name.decode() for name in file["flow"][()]].index("KOR-USA")
            with_, without = file["exports"][()][:, :, :, 0, flow].astype("f8")
    return np.log(with_ / without)[:, FIRST_FREE_STEP:FIRST_FREE_STEP + 36].sum(axis=1)


class KnownEnd(unittest.TestCase):
    def test_no_trade_above_free_trade_is_left_behind(self):
        for mechanisms, most in (("", 0.005), ("entry: true", 0.0)):
            with self.subTest(mechanisms):
                left = log_exports_over_free(mechanisms)
                self.assertTrue((left != 0).all())
                self.assertLessEqual(left.mean(), most)


if __name__ == "__main__":
    unittest.main()
