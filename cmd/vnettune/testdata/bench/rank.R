# The default ranking of `vnettune rank` for a complete campaign, in base R:
# boot values, block means removed, moderated variances (Smyth 2004), contrasts
# with the baseline and of all pairs under Holm's rule, Hsu's comparison with the
# best. Usage: Rscript rank.R SAMPLES.csv BASELINE
a <- commandArgs(trailingOnly = TRUE)
d <- read.csv(a[1], stringsAsFactors = FALSE)
d$y <- 100 * log(d$value)
b <- aggregate(y ~ combination + block + boot, d, mean)
m <- tapply(b$y, list(b$combination, b$block), mean)
stopifnot(!anyNA(m))
K <- nrow(m); n <- ncol(m)
mean_c <- rowMeans(m)
e <- sweep(sweep(m, 1, mean_c), 2, colMeans(m)) + mean(m)
df <- (n - 1) * (K - 1); dc <- (n - 1) * (K - 1) / K
v <- rowSums(e^2) / dc
# moderation
z <- log(pmax(v, 1e-5 * median(v))) - digamma(dc / 2) + log(dc / 2)
ev <- var(z) - trigamma(dc / 2)
if (ev <= 0) { d0 <- Inf; s0 <- exp(mean(z)); vm <- rep(s0, K) } else {
  h <- uniroot(function(x) trigamma(x) - ev, c(1e-8, 1e8), tol = 1e-12)$root
  d0 <- 2 * h; s0 <- exp(mean(z) + digamma(h) - log(h)); vm <- (d0 * s0 + dc * v) / (d0 + dc)
}
base <- which(rownames(m) == a[2])
vm[base] <- max(vm[base], v[base]) # the baseline keeps its own noise
contrast <- function(i, j) {
  se <- sqrt((vm[i] + vm[j]) / n)
  w <- (v[i] + v[j])^2 / (v[i]^2 / dc + v[j]^2 / dc)
  f <- pmin(d0 + w, df)
  dif <- mean_c[i] - mean_c[j]
  list(diff = dif, se = se, df = f, p = 2 * pt(-abs(dif / se), f))
}
o <- setdiff(seq_len(K), base)
k <- contrast(o, base)
q <- qt(1 - 0.05 / (2 * length(o)), k$df)
pairs <- which(upper.tri(matrix(0, K, K)), arr.ind = TRUE)
ap <- contrast(pairs[, 1], pairs[, 2])
differs <- p.adjust(ap$p, "holm") <= 0.05
w <- matrix(0, K, K); w[pairs] <- qt(1 - 0.05 / (K - 1), ap$df) * ap$se; w <- w + t(w)
dm <- outer(mean_c, mean_c, "-")
up <- dm + w; diag(up) <- Inf
may <- apply(up, 1, min) > 0
out <- data.frame(combination = rownames(m)[o], difference = 100 * expm1(k$diff / 100),
  lower = 100 * expm1((k$diff - q * k$se) / 100), upper = 100 * expm1((k$diff + q * k$se) / 100),
  p = k$p, p_holm = p.adjust(k$p, "holm"), may_be_best = may[o])
write.csv(out[order(-k$diff), ], stdout(), row.names = FALSE)
cat(sum(differs), "pairs differ; best set:", rownames(m)[may], "\n", file = stderr())
