#!/usr/bin/python3
"""What a call of Model.simulate costs against the engine's own time: processor time in the model's steps.

    ENTREPOT_LIBRARY=build/release/libentrepot.so bench/python_overhead.py [CALLS]

On configs/two-by-two.yaml; a new rate every call, one thread. The engine's time is that of the same replications under
settings that stay, asked for nothing."""
import os
import sys
import time

SOURCE = os.path.abspath(os.path.join(os.path.dirname(__file__), ".."))
sys.path.insert(0, os.path.join(SOURCE, "python"))
os.environ.setdefault("ENTREPOT_LIBRARY", os.path.join(SOURCE, "build/release/libentrepot.so"))

import entrepot  # noqa: E402  pylint: disable=wrong-import-position

RATE = "regimes.tariff.measures[0].rate"


def seconds(call, n):
    """Processor time of one call, the least of three rounds of n."""
    rounds = []
    for _ in range(3):
        begin = time.process_time()
        for i in range(n):
            call(i)
        rounds.append((time.process_time() - begin) / n)
    return min(rounds)


def main():
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    model = entrepot.Model(os.path.join(SOURCE, "configs/two-by-two.yaml"))
    model.simulate()
    whole = seconds(lambda i: model.simulate({RATE: 0.01 * (i + 1)}, base="no-tariff", partner="WORLD"), n)
    engine = seconds(lambda i: model._play([]), n)  # pylint: disable=protected-access
    print(f"simulate {1e3 * whole:.1f} ms, engine {1e3 * engine:.1f} ms, ratio {whole / engine:.3f}")


if __name__ == "__main__":
    main()
