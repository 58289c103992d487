# What the reports of a round must say, computed from the answers alone: plainly, once, and by nobody else's code. The
# rules are those of the disclosure design: cells, tails, thresholds, competencies, likely ranges, bands, comments.
# usage: awk -v threshold=4 -v pooled=4 -v split_min=5 -f csv.awk -f round_figures.awk FRAMEWORK.csv CASTS ANSWERS
# ANSWERS: file, then ratings separated by spaces ("x" unanswered), then three comments; separated by tabs. Prints lines
# as round_report.jq does. Scale 1..5, tail_low 1, tail_high 0, spread 1.0.

function say(words) { print leader "\t" words }
function rounded(sum, n) { return int(10 * sum / n + 0.5 + 1e-9) }              # tenths, half up
# kind tenths ballots low high
function number(kind, tenths, ballots,    half, low, high) {
    half = int(19.6 / sqrt(ballots) + 0.5)
    low = kind == "at_most" || tenths - half < 10 ? 10 : tenths - half
    high = kind == "at_least" || tenths + half > 50 ? 50 : tenths + half
    return kind " " tenths " " ballots " " low " " high
}
# One item in one cell, given as a list of group letters.
function item_figure(i, cell,    n, s, seen_not, ballots, b, r) {
    for (b = 1; b <= count; b++) {
        if (!index(cell, letter[b])) continue
        ballots++
        r = answer[b, i]
        if (r == "0") seen_not++
        else if (r != "x") { n++; s += r }
    }
    answers_in[i, cell] = n + 0
    if (2 * seen_not > ballots) return "not_seen"
    if (n < threshold || n + 5 >= 5 * n - 1) return "hidden"
    if (s <= n + 5) return number("at_most", rounded(n + 5, n), ballots)
    if (s >= 5 * n - 1) return number("at_least", rounded(5 * n - 1, n), ballots)
    return number("exact", rounded(s, n), ballots)
}
# Mean of figures, each with a weight; at least `least` of them must be numbers.
function mean(figures, weights, m, least, pooled_ballots,    j, part, sum, weight, numbers, not_seen, kinds, ballots) {
    for (j = 1; j <= m; j++) {
        if (figures[j] == "not_seen") not_seen++
        if (split_words(figures[j], part) < 2) continue
        numbers++
        sum += part[2] * weights[j]
        weight += weights[j]
        ballots = part[3]
        if (!index(kinds, part[1])) kinds = kinds part[1]
    }
    if (numbers < least || !numbers) return m > 0 && not_seen == m ? "not_seen" : "hidden"
    if (kinds != "at_most" && kinds != "at_least") kinds = "exact"
    return number(kinds, int(sum / weight + 0.5 + 1e-9), pooled_ballots ? weight : ballots)
}
function split_words(text, part) { return split(text, part, " ") }
function fits(partition,    cells, m, j) {
    m = split(partition, cells, " ")
    for (j = 1; j <= m; j++)
        if (size(cells[j]) > 0 && size(cells[j]) < threshold) return 0
    return 1
}
function size(cell) { return (cell ~ /p/) * N["p"] + (cell ~ /r/) * N["r"] + (cell ~ /o/) * N["o"] }
function asked_in(cell) { return (cell ~ /p/) * asked[leader, "p"] + (cell ~ /r/) * asked[leader, "r"] + (cell ~ /o/) * asked[leader, "o"] }

function report(    b, i, c, m, j, k, all, parts, cells, cell_count, figure, weight, list, q, source, is_split, hidden, tries, t, upper, lower, own) {
    split("", N)
    for (b = 1; b <= count; b++) N[letter[b]]++
    # The first partition that fits.
    tries = split("p r o,po r,p ro,pr o,pro", parts, ",")
    all = ""
    for (t = 1; t <= tries && all == ""; t++) if (fits(parts[t])) all = parts[t]
    m = split(all, list, " ")
    cell_count = 0
    for (j = 1; j <= m; j++) if (size(list[j]) > 0) cells[++cell_count] = list[j]
    for (c = 1; c <= cell_count; c++) say("source " c - 1 " " groups[cells[c]] " " asked_in(cells[c]) " " size(cells[c]))

    for (i = 1; i <= items[level]; i++) {
        for (c = 1; c <= cell_count; c++) {
            item[i, c] = figure[c] = item_figure(i, cells[c])
            weight[c] = size(cells[c])
            say("item " i " " c - 1 " " figure[c])
            if (answers_in[i, cells[c]] >= 10 && figure[c] ~ / /) {
                upper = lower = 0
                for (b = 1; b <= count; b++)
                    if (index(cells[c], letter[b]) && answer[b, i] + 0 > 0) { if (answer[b, i] > 3) upper++; else lower++ }
                say("bands " i " " c - 1 " " (upper < 2 ? "mostly_lower" : lower < 2 ? "mostly_upper" : "counts " lower " " upper))
            }
        }
        say("item " i " colleagues " (cell_count ? mean(figure, weight, cell_count, 1, 1) : "null"))
        own = "null false"
        item[i, "self"] = item[i, "manager"] = "null"
        for (b = 1; b <= count; b++) {
            if (letter[b] == "s") own = (answer[b, i] + 0 > 0 ? answer[b, i] : "null") (answer[b, i] == "0" ? " true" : " false")
            if (letter[b] == "s") item[i, "self"] = known(answer[b, i])
            if (letter[b] == "m") item[i, "manager"] = answer[b, i] == "0" ? "not_seen" : known(answer[b, i])
        }
        say("item " i " self " own)
        say("item " i " manager " item[i, "manager"])
    }
    for (k = 1; k <= competencies[level]; k++) {
        for (c = 1; c <= cell_count; c++) {
            figure[c] = competency(k, c)
            weight[c] = size(cells[c])
            say("competency " k " " c - 1 " " figure[c])
        }
        say("competency " k " colleagues " (cell_count ? mean(figure, weight, cell_count, 1, 1) : "null"))
        say("competency " k " self " without_range(competency(k, "self")))
        say("competency " k " manager " without_range(competency(k, "manager")))
    }
    # Comments: by group only when no group is merged and each that answered is large enough.
    is_split = all == "p r o"
    for (j = 1; j <= 3; j++) if (N[substr("pro", j, 1)] > 0 && N[substr("pro", j, 1)] < split_min) is_split = 0
    hidden = !cell_count || N["p"] + N["r"] + N["o"] < pooled
    say("comments_hidden " (hidden ? "true" : "false"))
    for (b = 1; b <= count; b++)
        for (q = 1; q <= 3; q++) {
            if (comment[b, q] == "" || index("pro", letter[b]) && hidden) continue
            source = index("sm", letter[b]) || is_split ? groups[letter[b]] : "null"
            say("comment " q " " source " " comment[b, q])
        }
}
# Self and manager are known by nature: one person each, no likely range.
function known(rating) { return rating + 0 > 0 ? "exact " 10 * rating " 1" : "null" }
function without_range(figure,    part) { return split_words(figure, part) < 2 ? "null" : part[1] " " part[2] " " part[3] }
function competency(k, source,    i, ones, weight, n) {
    for (i = 1; i <= items[level]; i++)
        if (of[level, i] == k) { ones[++n] = item[i, source]; weight[n] = 1 }
    return mean(ones, weight, n, n / 2, 0)
}

BEGIN {
    FS = "\t"
    groups["s"] = "self"; groups["m"] = "manager"; groups["p"] = "peer"; groups["r"] = "report"; groups["o"] = "other"
    groups["po"] = "peer+other"; groups["ro"] = "report+other"; groups["pr"] = "peer+report"; groups["pro"] = "peer+report+other"
}
FNR == 1 { file++ }
file == 1 && FNR > 1 {
    split_csv($0, cell)
    i = ++items[cell[4]]
    if (cell[2] != last[cell[4]]) competencies[cell[4]]++
    last[cell[4]] = cell[2]
    of[cell[4], i] = competencies[cell[4]]
}
file == 2 {
    asked[$3, substr($5, 1, 1)]++
    if ($6 == "silent" || $6 == "withdraw" || $6 == "empty") next # neither counts anywhere
    who[$7] = $3
    group_of[$7] = substr($5, 1, 1)
    level_of[$3] = $4
}
file == 3 && $1 in who { answers[$1] = $2; for (q = 1; q <= 3; q++) said[$1, q] = $(q + 2) }
END {
    for (leader = 1; leader <= 7; leader++) {
        level = level_of[leader]
        count = 0
        for (f in who) {
            if (who[f] != leader) continue
            letter[++count] = group_of[f]
            n = split_words(answers[f], ratings)
            if (n != items[level]) { print "answers " f " do not fit"; exit 1 }
            for (i = 1; i <= n; i++) answer[count, i] = ratings[i] # "0": not seen
            for (q = 1; q <= 3; q++) comment[count, q] = said[f, q]
        }
        report()
    }
}
