"""Entrepot in the process: trade policy simulated firm by firm, from a notebook or an optimiser.

    import entrepot
    table = entrepot.compare("korea-us-2025.yaml", outcomes=["exports", "duty"], base="no-deal")
    data = entrepot.run("two-by-two.yaml", slots=5000)
    data.exports.sel(origin="KOREA", destination="WORLD")

Values are those of the program `entrepot` to the bit."""
from ._library import lib as _lib
from ._model import EntrepotError, Fault, Model, compare, run
from ._program import Figure, figures, forecast, save, tables, tariffs, theory

__version__ = _lib.ent_version().decode()
__all__ = ["EntrepotError", "Fault", "Figure", "Model", "compare", "figures", "forecast", "run", "save", "tables",
           "tariffs", "theory"]
