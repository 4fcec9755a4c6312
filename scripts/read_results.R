#!/usr/bin/env Rscript
# A walk through a results file with R: deal against no-deal, paired world by world, and a picture of one flow.
#
# Usage: scripts/read_results.R results/korea-us-2025.h5 picture.png [FLOW]
#
# Needs the package ncdf4 (Debian: r-base-core r-cran-ncdf4). ncdf4 shows the dimensions of a variable in the reverse
# order of xarray: exports is [flow, sector, time, replication, scenario] here.
suppressPackageStartupMessages(library(ncdf4))

words <- commandArgs(trailingOnly = TRUE)
if (length(words) < 2) {
  cat("Usage: scripts/read_results.R RESULTS.h5 PICTURE.png [FLOW]\n", file = stderr())
  quit(status = 64)
}
file <- nc_open(words[1])
flow <- ncvar_get(file, "flow")
wanted <- if (length(words) > 2) words[3] else flow[1]
if (!wanted %in% flow) stop("no flow ", wanted, " in ", words[1])
scenario <- ncvar_get(file, "scenario")
sector <- ncvar_get(file, "sector")
first_play <- ncvar_get(file, "chance") == 0 # every world once

values <- ncvar_get(file, "exports", collapse_degen = FALSE)
values <- values[match(wanted, flow), , , first_play, , drop = FALSE] # [1, sector, time, world, scenario]
unit <- ncatt_get(file, "exports", "units")$value
steps <- dim(values)[3]
year <- seq_len(min(12, steps))

# The first year by sector: level in the last scenario, the first less the last, and its range over worlds.
total <- apply(values[1, , year, , , drop = FALSE], c(2, 4, 5), sum)
base <- total[, , length(scenario)]
difference <- total[, , 1] - base
dim(base) <- dim(difference) <- c(length(sector), sum(first_play))
result <- data.frame(
  sector = sector,
  level = round(rowMeans(base)),
  difference = round(rowMeans(difference), 1),
  low = round(apply(difference, 1, quantile, 0.05), 1),
  high = round(apply(difference, 1, quantile, 0.95), 1)
)
cat("Exports ", wanted, ", first ", length(year), " steps, ", scenario[1], " less ", scenario[length(scenario)],
    ", million USD (", unit, " summed)\n", sep = "")
print(result, row.names = FALSE)

# Goods and services together over time, median and 5-95 % of worlds.
path <- apply(values, c(3, 4, 5), sum)
colours <- c("#0072B2", "#D55E00", "#009E73", "#CC79A7") # safe for colour-blind readers
png(words[2], width = 1000, height = 600, res = 120, type = "cairo")
bands <- lapply(seq_along(scenario), function(s) apply(matrix(path[, , s], steps), 1, quantile, c(0.05, 0.5, 0.95)))
plot(NULL, xlim = c(1, steps), ylim = range(unlist(bands)), xlab = "step", ylab = unit, main = paste("Exports", wanted))
for (s in seq_along(scenario)) {
  polygon(c(1:steps, steps:1), c(bands[[s]][1, ], rev(bands[[s]][3, ])), border = NA,
          col = adjustcolor(colours[(s - 1) %% 4 + 1], 0.2))
  lines(bands[[s]][2, ], col = colours[(s - 1) %% 4 + 1], lwd = 2, lty = s)
}
legend("bottomright", legend = scenario, col = colours[seq_along(scenario)], lty = seq_along(scenario), lwd = 2, bty = "n")
invisible(dev.off())
nc_close(file)
