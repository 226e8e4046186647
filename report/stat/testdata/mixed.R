# Reference cases of the mixed model by lmerTest: Rscript mixed.R FOLDER
library(lmerTest); library(jsonlite)
make <- function(name, seed, blocks, level1, whole, sdBoot, sdUnit, drop, carry) {
  set.seed(seed)
  rows <- list(); boot <- 0
  for (b in seq_len(blocks)) {
    shift <- rnorm(1, 0, 2)
    boot <- boot + 1; own <- rnorm(1, 0, sdBoot)
    for (a in sample(level1)) {
      if (runif(1) < drop) next
      x <- if (carry) round(runif(2), 1) else numeric(0)
      rows[[length(rows) + 1]] <- list(arm = a, boot = boot, block = b, x = I(x), y = 900 + match(a, level1) + shift + own + sum(x) + rnorm(1, 0, sdUnit))
    }
    for (a in whole) {
      boot <- boot + 1
      if (runif(1) < drop) next
      rows[[length(rows) + 1]] <- list(arm = a, boot = boot, block = b, x = I(if (carry) c(0, 0) else numeric(0)), y = 903 + shift + rnorm(1, 0, sdBoot) + rnorm(1, 0, sdUnit))
    }
  }
  d <- data.frame(arm = sapply(rows, `[[`, "arm"), boot = factor(sapply(rows, `[[`, "boot")), block = factor(sapply(rows, `[[`, "block")), y = sapply(rows, `[[`, "y"))
  formula <- "y ~ 0 + arm + block"
  if (carry) { d$x1 <- sapply(rows, function(r) r$x[1]); d$x2 <- sapply(rows, function(r) r$x[2]); formula <- paste(formula, "+ x1 + x2") }
  fit <- lmer(as.formula(paste(formula, "+ (1 | boot)")), d, REML = TRUE, control = lmerControl(optCtrl = list(xtol_rel = 1e-14, ftol_abs = 1e-14, maxeval = 1e5), optimizer = "nloptwrap"))
  arms <- sort(unique(d$arm)); contrasts <- list()
  for (i in seq_along(arms)) for (j in seq_len(i - 1)) {
    L <- setNames(rep(0, length(fixef(fit))), names(fixef(fit)))
    L[paste0("arm", arms[i])] <- 1; L[paste0("arm", arms[j])] <- -1
    c1 <- contest1D(fit, L)
    contrasts[[length(contrasts) + 1]] <- list(arm = arms[i], against = arms[j], estimate = c1$Estimate, se = c1$`Std. Error`, df = c1$df)
  }
  vc <- as.data.frame(VarCorr(fit))
  list(name = name, rows = rows, boot_variance = vc$vcov[1], unit_variance = vc$vcov[2], contrasts = contrasts)
}
cases <- list(
  make("one whole plot, 6 blocks", 1, 6, c("a", "b", "c", "d"), "w", 2, 1, 0, FALSE),
  make("two whole plots, missing cells", 2, 8, c("a", "b", "c"), c("v", "w"), 2, 1.5, 0.1, FALSE),
  make("after-effects", 3, 7, c("a", "b", "c", "d", "e"), c("v", "w"), 1.5, 1, 0.05, TRUE),
  make("no variance of boots", 7, 6, c("a", "b", "c", "d"), c("v", "w"), 0, 2, 0, TRUE),
  make("boots alone vary", 5, 9, c("a", "b", "c"), c("u", "v", "w"), 5, 0.2, 0.05, FALSE))
out <- list(made_by = paste("R", getRversion(), "lmerTest", packageVersion("lmerTest"), "- testdata/mixed.R"), cases = cases)
writeLines(toJSON(out, auto_unbox = TRUE, digits = 14), file.path(commandArgs(TRUE)[1], "mixed.json"))
