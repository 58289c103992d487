# usage: Rscript reference.R FOLDER TABLE [--record]
# Works out with R every figure the report engine gives about the data sets in FOLDER (print.c), compares them with
# FOLDER/engine.csv, and with the recorded TABLE, or with --record writes TABLE. Ends with 1 when a figure differs by
# more than 1e-9, is defined on one side only, or is missing on either.
# Sources: packages psych and multilevel; where they do not apply (see each place), the published formula over R's
# var, cov and median. Two sources of the same statistic must agree with each other.
suppressPackageStartupMessages({
    library(psych)
    library(multilevel)
})
TOLERANCE <- 1e-9
GROUPS <- c(peer = 3, report = 4, other = 5)
THRESHOLD <- 4
TAIL_LOW <- 1
NUMBER <- 2:4 # kinds of figure: 1 hidden, 2 exact, 3 at most, 4 at least, 5 not seen

figures <- new.env()
tell <- function(value, ...) {
    name <- paste0(...)
    stopifnot(!exists(name, figures))
    assign(name, if (is.finite(value)) as.numeric(value) else NA_real_, figures)
}
differs <- function(a, b) is.na(a) != is.na(b) | (!is.na(a) & !is.na(b) & abs(a - b) > TOLERANCE)
witness <- function(what, ...) {
    values <- c(...)
    if (any(differs(values, values[1]))) stop(what, ": R disagrees with itself: ", paste(values, collapse = " "))
    values[1]
}
is_zero <- function(x) is.na(x) || abs(x) < 1e-12

# ---- framework quality ----

# Cronbach 1951 over covariances that leave out missing answers pair by pair, as psych does.
alpha_of <- function(x) {
    k <- ncol(x)
    if (k < 2 || nrow(x) < 2) return(NA)
    C <- cov(x, use = "pairwise.complete.obs")
    if (is_zero(sum(C))) NA else k / (k - 1) * (1 - sum(diag(C)) / sum(C))
}
item_total_of <- function(x, i) {
    if (ncol(x) < 2 || nrow(x) < 2) return(NA)
    C <- cov(x, use = "pairwise.complete.obs")
    rest <- sum(C[-i, -i])
    if (is_zero(C[i, i]) || is_zero(rest)) NA else sum(C[i, -i]) / sqrt(C[i, i] * rest)
}
# psych drops items without variance from k, Cronbach does not: it is asked only when there are none. For the one item
# that is left of two it gives a regression weight; alpha is not defined there.
reliability <- function(name, x) {
    k <- ncol(x)
    alpha <- alpha_of(x)
    dropped <- sapply(seq_len(k), function(i) alpha_of(x[, -i, drop = FALSE]))
    item_total <- sapply(seq_len(k), function(i) item_total_of(x, i))
    defined <- all(is.finite(c(alpha, item_total)))
    if (defined) {
        a <- suppressWarnings(suppressMessages(psych::alpha(x, warnings = FALSE)))
        alpha <- witness(name, a$total$raw_alpha, alpha)
        for (i in seq_len(k)) {
            item_total[i] <- witness(name, a$item.stats$r.drop[i], item_total[i])
            if (k > 2) dropped[i] <- witness(name, a$alpha.drop$raw_alpha[i], dropped[i])
        }
    }
    if (defined && !anyNA(x)) {
        alpha <- witness(name, multilevel::cronbach(x)$Alpha, alpha)
        if (k > 2) {
            items <- multilevel::item.total(x)
            for (i in seq_len(k)) {
                item_total[i] <- witness(name, items$Item.Total[i], item_total[i])
                dropped[i] <- witness(name, items$Alpha.Without[i], dropped[i])
            }
        }
    }
    tell(alpha, name, "/alpha")
    for (i in seq_len(k)) {
        tell(dropped[i], name, "/i", i - 1, "/alpha_dropped")
        tell(item_total[i], name, "/i", i - 1, "/item_total")
    }
}

score_of <- function(x) ifelse(2 * rowSums(!is.na(x)) >= ncol(x), rowMeans(x, na.rm = TRUE), NA)

icc <- function(name, scores, subjects) {
    subjects <- subjects[!is.na(scores)]
    scores <- scores[!is.na(scores)]
    groups <- length(unique(subjects))
    tell(length(scores), name, "/scores")
    icc1 <- icc2 <- NA
    if (groups > 1 && length(scores) > groups) {
        model <- aov(scores ~ factor(subjects))
        squares <- suppressWarnings(summary(model))[[1]][["Mean Sq"]]
        if (!is_zero(squares[1]) || !is_zero(squares[2])) {
            icc1 <- suppressWarnings(multilevel::ICC1(model))
        }
        if (!is_zero(squares[1])) icc2 <- suppressWarnings(multilevel::ICC2(model))
        sizes <- table(subjects)
        if (all(sizes == sizes[1]) && is.finite(icc2)) {
            both <- suppressWarnings(psych::ICC(do.call(rbind, split(scores, subjects)), lmer = FALSE)$results$ICC)
            icc1 <- witness(name, icc1, both[1])
            icc2 <- witness(name, icc2, both[4])
        }
    }
    tell(icc1, name, "/icc1")
    tell(icc2, name, "/icc2")
}

tell_agreement <- function(name, values) {
    tell(values[1], name)
    tell(mean(values, na.rm = TRUE), name, "/mean")
    tell(sum(!is.na(values)), name, "/subjects")
}
# One value per subject, 0 and up; a subject without answers has none.
by_subject <- function(d, count) {
    value <- rep(NA_real_, count)
    value[as.integer(as.character(d$grpid)) + 1] <- d[[2]]
    value
}
# multilevel leaves out every rater with a gap; the formula takes each item's variance over those who answered it.
rwg_j_of <- function(x, null) {
    v <- apply(x, 2, var, na.rm = TRUE)
    v <- v[!is.na(v)]
    share <- min(mean(v), null) / null
    J <- length(v)
    if (J == 0) NA else J * (1 - share) / (J * (1 - share) + share)
}
agreement <- function(name, x, subjects, count, null) {
    for (i in seq_len(ncol(x))) {
        of <- function(f, ...) if (all(is.na(x[, i]))) rep(NA, count) else by_subject(f(x[, i], subjects, ...), count)
        item <- paste0(name, "/i", i - 1)
        tell_agreement(paste0(item, "/rwg"), of(multilevel::rwg, null))
        tell_agreement(paste0(item, "/ad_mean"), of(multilevel::ad.m))
        tell_agreement(paste0(item, "/ad_median"), of(multilevel::ad.m, "median"))
    }
    values <- sapply(seq_len(count) - 1, function(s) {
        rows <- x[subjects == s, , drop = FALSE]
        value <- rwg_j_of(rows, null)
        if (ncol(x) > 1 && nrow(rows) > 0 && !anyNA(rows))
            witness(name, multilevel::rwg.j(rows, rep(s, nrow(rows)), null)$rwg.j, value)
        else value
    })
    tell_agreement(paste0(name, "/i0/rwg_j"), values)
}

quality <- function(set, d, answers, competencies) {
    colleagues <- d$group %in% GROUPS
    for (c in unique(competencies)) {
        name <- paste0(set, "/c", c)
        raw <- answers[colleagues, competencies == c, drop = FALSE]
        x <- as.data.frame(replace(raw, raw == 0 | raw == 255, NA))
        reliability(name, x)
        for (i in seq_len(ncol(raw)))
            tell(sum(raw[, i] == 255) / sum(raw[, i] != 0), name, "/i", i - 1, "/not_observed")
        icc(name, score_of(x), d$subject[colleagues])
        agreement(name, x, d$subject[colleagues], max(d$subject) + 1, (d$scale[1]^2 - 1) / 12)
    }
}

# ---- published figures ----

# To the nearest integer, half up; whole numbers divided, or a root that rounding must not push below an edge.
half_up <- function(numerator, denominator) (2 * numerator + denominator) %/% (2 * denominator)
root_half_up <- function(x) floor(x + 0.5 + 1e-12)
half_width <- function(s0, n) root_half_up(1.96 * s0 / sqrt(n))

no_figure <- function(kind) list(kind = kind, tenths = 0, ballots = 0)
is_number <- function(f) f$kind %in% NUMBER

cells_of <- function(counts) {
    partitions <- list(list(1, 2, 3), list(c(1, 3), 2), list(1, c(2, 3)), list(c(1, 2), 3), list(1:3))
    for (p in partitions) {
        p <- Filter(function(cell) sum(counts[cell]) > 0, p)
        if (all(sapply(p, function(cell) sum(counts[cell])) >= THRESHOLD)) return(p)
    }
    list()
}
cell_figure <- function(raw, scale) {
    given <- raw[raw != 0 & raw != 255]
    n <- length(given)
    if (2 * sum(raw == 255) > length(raw)) return(no_figure(5))
    lo <- n + (scale - 1) * TAIL_LOW + 1
    hi <- scale * n - 1
    if (n < THRESHOLD || lo >= hi) return(no_figure(1))
    s <- sum(given)
    kind <- if (s <= lo) 3 else if (s >= hi) 4 else 2
    list(kind = kind, tenths = half_up(10 * min(max(s, lo), hi), n), ballots = length(raw))
}
known_figure <- function(raw) {
    given <- raw[raw != 0 & raw != 255]
    if (2 * sum(raw == 255) > length(raw)) return(no_figure(5))
    if (length(given) == 0) return(no_figure(1))
    list(kind = 2, tenths = half_up(10 * sum(given), length(given)), ballots = length(raw))
}
blend <- function(fs, weights, least, ballots) {
    numbers <- sapply(fs, is_number)
    if (sum(numbers) < max(least, 1))
        return(no_figure(if (length(fs) > 0 && all(sapply(fs, `[[`, "kind") == 5)) 5 else 1))
    kinds <- unique(sapply(fs[numbers], `[[`, "kind"))
    tenths <- sapply(fs[numbers], `[[`, "tenths")
    w <- weights[numbers]
    list(kind = if (length(kinds) == 1) kinds else 2, tenths = half_up(sum(tenths * w), sum(w)), ballots = ballots)
}
mean_figure <- function(fs) {
    blend(fs, rep(1, length(fs)), length(fs) / 2, max(sapply(fs, `[[`, "ballots")))
}
pool_figure <- function(fs) {
    n <- sapply(fs, `[[`, "ballots")
    blend(fs, n, 1, sum(n))
}
range_of <- function(f, s0, scale) {
    if (!is_number(f)) return(c(0, 0))
    half <- half_width(s0, f$ballots)
    low <- if (f$kind == 3) 10 else max(10, f$tenths - half)
    high <- if (f$kind == 4) 10 * scale else min(10 * scale, f$tenths + half)
    c(low, high)
}

# Everything published about one subject, before ranges.
publish <- function(rows, groups, competencies, scale) {
    has_rating <- apply(rows, 1, function(r) any(r != 0 & r != 255))
    rows <- rows[has_rating, , drop = FALSE]
    groups <- groups[has_rating]
    counts <- sapply(GROUPS, function(g) sum(groups == g))
    members <- cells_of(counts)
    in_cell <- lapply(members, function(m) groups %in% GROUPS[m])
    items <- lapply(in_cell, function(w) lapply(seq_along(competencies), function(i) cell_figure(rows[w, i], scale)))
    sorted <- function(fs) lapply(sort(unique(competencies)), function(c) mean_figure(fs[competencies == c]))
    known <- function(g) sorted(lapply(seq_along(competencies), function(i) {
        raw <- rows[groups == g, i]
        if (length(raw) == 0) no_figure(1) else known_figure(raw)
    }))
    list(rows = rows, in_cell = in_cell, items = items, competencies = lapply(items, sorted), self = known(1),
        manager = known(2), ballots = sapply(in_cell, sum))
}

# Squared deviations and degrees of freedom of values within one cell.
squares_of <- function(v) {
    v <- v[!is.na(v)]
    if (length(v) < 2) c(0, 0) else c(var(v) * (length(v) - 1), length(v) - 1)
}
spread_of <- function(name, reports, competencies) {
    item <- competency <- c(0, 0)
    freedom <- subjects <- 0
    for (r in reports) {
        subjects <- subjects + (length(r$in_cell) > 0)
        x <- as.data.frame(replace(r$rows, r$rows == 0 | r$rows == 255, NA))
        for (cell in seq_along(r$in_cell)) {
            freedom <- freedom + r$ballots[cell] - 1
            w <- r$in_cell[[cell]]
            for (i in seq_along(competencies))
                if (is_number(r$items[[cell]][[i]])) item <- item + squares_of(x[w, i])
            for (c in unique(competencies))
                if (is_number(r$competencies[[cell]][[c + 1]]))
                    competency <- competency + squares_of(score_of(x[w, competencies == c, drop = FALSE]))
        }
    }
    pooled <- min(freedom, item[2], competency[2]) >= 100 && subjects >= 10
    s0 <- function(m, least) if (pooled) max(least, root_half_up(10 * sqrt(m[1] / m[2]))) else 10
    tell(pooled, name, "/spread/pooled")
    tell(s0(item, 6), name, "/spread/item")
    tell(s0(competency, 3), name, "/spread/competency")
    tell(freedom, name, "/spread/freedom")
    tell(item[2], name, "/spread/item_freedom")
    tell(competency[2], name, "/spread/competency_freedom")
    list(item = s0(item, 6), competency = s0(competency, 3))
}

tell_value <- function(name, f, s0, scale) {
    range <- range_of(f, s0, scale)
    tell(f$kind, name, "/kind")
    tell(f$tenths, name, "/tenths")
    tell(f$ballots, name, "/ballots")
    tell(range[1], name, "/low")
    tell(range[2], name, "/high")
}
# Figures of each cell, and all colleagues; returns the latter. Without a cell nothing is said of anybody.
tell_values <- function(name, fs, s0, scale) {
    for (cell in seq_along(fs)) tell_value(paste0(name, "/cell", cell - 1), fs[[cell]], s0, scale)
    all <- if (length(fs) == 0) no_figure(0) else pool_figure(fs)
    tell_value(paste0(name, "/all"), all, s0, scale)
    all
}
# The certain part of a - b, a bound standing for everything on its open side.
certain <- function(a, b, scale) {
    low <- function(f) if (f$kind == 3) 10 else f$tenths
    high <- function(f) if (f$kind == 4) 10 * scale else f$tenths
    if (low(a) > high(b)) low(a) - high(b) else if (high(a) < low(b)) high(a) - low(b) else 0
}
said <- function(d, is_clear) if (!is_clear) 1 else if (d > 0) 2 else 3

tell_subject <- function(name, report, competencies, s0, scale, has_items) {
    tell(length(report$in_cell), name, "/cells")
    if (has_items) for (i in seq_along(competencies))
        tell_values(paste0(name, "/i", i - 1), lapply(report$items, `[[`, i), s0$item, scale)
    lapply(sort(unique(competencies)), function(c) {
        here <- paste0(name, "/c", c)
        self <- report$self[[c + 1]]
        all <- tell_values(here, lapply(report$competencies, `[[`, c + 1), s0$competency, scale)
        tell(self$tenths, here, "/self")
        tell(report$manager[[c + 1]]$tenths, here, "/manager")
        views <- 0
        if (is_number(self) && is_number(all)) {
            d <- certain(self, all, scale)
            views <- said(d, abs(d) >= 5 && abs(d) > 1.96 * s0$competency / sqrt(all$ballots))
        }
        tell(views, here, "/views")
        all
    })
}

tell_change <- function(name, before, now, s0, scale) {
    change <- c(0, 0, 0, 0)
    if (is_number(before) && is_number(now)) {
        half <- root_half_up(1.96 * s0 * sqrt(1 / before$ballots + 1 / now$ballots))
        delta <- now$tenths - before$tenths
        d <- certain(now, before, scale)
        change <- c(said(d, abs(d) > half), delta, delta - half, delta + half)
    }
    for (i in 1:4) tell(change[i], name, "/", c("kind", "delta", "low", "high")[i])
}

round_figures <- function(set, d, answers, competencies) {
    scale <- d$scale[1]
    subjects <- unique(d$subject)
    reports <- lapply(subjects, function(s) {
        publish(answers[d$subject == s, , drop = FALSE], d$group[d$subject == s], competencies, scale)
    })
    s0 <- spread_of(set, reports, competencies)
    all <- lapply(seq_len(min(2, length(reports))), function(s) {
        tell_subject(paste0(set, "/s", s - 1), reports[[s]], competencies, s0, scale, s == 1)
    })
    if (length(all) == 2) for (c in sort(unique(competencies)))
        tell_change(paste0(set, "/change/c", c), all[[1]][[c + 1]], all[[2]][[c + 1]], s0$competency, scale)
}

# ---- comparison ----

record <- function(table, names, values) {
    text <- ifelse(is.na(values), "NAN", sprintf("%.11g", values))
    lines <- strwrap(paste(paste0(text, ","), collapse = " "), 117)
    writeLines(c(
        "// R's values of the figures of tests/reference/engine.c, in order. Written by: make check-reference RECORD=1",
        "#ifndef CANDOUR_TESTS_REPORT_REFERENCE_H", "#define CANDOUR_TESTS_REPORT_REFERENCE_H", "", "#include <math.h>",
        "", "// clang-format off", "static const double reference[] = {", paste0("    ", lines), "};",
        "// clang-format on", "", "#endif"), table)
}
recorded <- function(table) {
    lines <- readLines(table)
    lines <- lines[grepl("^    ", lines)]
    text <- trimws(unlist(strsplit(lines, ",")))
    as.numeric(replace(text[text != ""], text[text != ""] == "NAN", NA))
}

arguments <- commandArgs(TRUE)
folder <- arguments[1]
table <- arguments[2]
engine <- read.csv(file.path(folder, "engine.csv"), header = FALSE, col.names = c("name", "value"))
for (set in setdiff(unique(sub("/.*", "", engine$name)), "widths")) {
    d <- read.csv(file.path(folder, paste0(set, ".csv")))
    answers <- as.matrix(d[, -(1:3)])
    competencies <- as.integer(sub("c([0-9]+).*", "\\1", colnames(answers)))
    quality(set, d, answers, competencies)
    round_figures(set, d, answers, competencies)
}
for (s0 in c(5, 10, 25)) for (n in c(3, 4, 5, 7, 10, 49, 196, 2000, 20000))
    tell(half_width(s0, n), "widths/", s0, "/", n)

ours <- ls(figures)
stray <- c(setdiff(ours, engine$name), setdiff(engine$name, ours))
if (length(stray) > 0) stop("known to one side only: ", paste(head(stray, 20), collapse = " "))
expected <- unname(unlist(mget(engine$name, figures)))
wrong <- which(differs(engine$value, expected))
for (i in head(wrong, 20)) cat(sprintf("%s: engine %.12g, R %.12g\n", engine$name[i], engine$value[i], expected[i]))
if (length(arguments) > 2) {
    record(table, engine$name, expected)
} else {
    old <- recorded(table)
    if (length(old) != length(expected) || any(differs(old, expected))) {
        cat("the recorded table is not what R gives now; write it anew with: make check-reference RECORD=1\n")
        wrong <- c(wrong, 0)
    }
}
cat(sprintf("reference: %d figures, %d undefined, %d faults\n", length(expected), sum(is.na(expected)), length(wrong)))
quit(status = length(wrong) > 0)
