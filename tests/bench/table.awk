# usage: awk -v some=0|1 -v machine=TEXT -v commit=TEXT -v at=TIME -v json=FILE -f table.awk bars samples
# Judges samples ("NAME METRIC VALUE UNIT") by bars (tests/bench/bars): a table in Markdown here, the same as JSON in
# FILE. some: not all benchmarks ran, so bars without any sample are left out. Ends with 1 when a bar is missed.
function sort(list, count,    i, k, x) {
    for (i = 2; i <= count; i++) {
        x = list[i]
        for (k = i - 1; k > 0 && list[k] > x; k--) list[k + 1] = list[k]
        list[k + 1] = x
    }
}
# Of list[1..count], which is sorted by it.
function median(list, count) {
    sort(list, count)
    return count % 2 ? list[(count + 1) / 2] : (list[count / 2] + list[count / 2 + 1]) / 2
}
function short(x) { # no more digits than are needed
    return x == int(x) && x < 1e9 ? sprintf("%d", x) : x >= 1000 ? sprintf("%.0f", x) : x >= 100 ? sprintf("%.1f", x) : \
        sprintf("%.4g", x)
}
function of_metric(metric,    i, list) {
    for (i = 1; i <= counts[metric]; i++) list[i] = samples[metric, i]
    middle = median(list, counts[metric])
    lowest = list[1]
    highest = list[counts[metric]]
    return short(middle) " " units[metric] (counts[metric] > 1 ? " (" short(lowest) " to " short(highest) ")" : "")
}
function quoted(text) {
    gsub(/[\\"]/, "\\\\&", text)
    return "\"" text "\""
}
function judge(bar,    metric, reference, count, list, i, ratio, holds, verdict) {
    metric = metrics[bar]
    reference = references[bar]
    count = counts[metric]
    if (reference != "-" && counts[reference] < count) count = counts[reference]
    if (count == 0) {
        if (some || optional[bar]) return
        missed++
        printf "| %s | not measured | | | %s %s | **FAIL** |\n", texts[bar], orders[bar], limits[bar]
        bars_json = bars_json sprintf("%s\n    {\"metric\": %s, \"verdict\": \"FAIL\", \"measured\": false}", bars_json ? "," : "", quoted(metric))
        return
    }
    for (i = 1; i <= count; i++) {
        if (reference != "-" && samples[reference, i] + 0 == 0) list[i] = 1e9
        else list[i] = samples[metric, i] / (reference == "-" ? 1 : samples[reference, i])
    }
    ratio = median(list, count)
    holds = orders[bar] == "<=" ? ratio <= limits[bar] : ratio >= limits[bar]
    verdict = holds ? "PASS" : "FAIL"
    missed += !holds
    printf "| %s | %s | %s | %s (%s to %s) | %s %s | %s |\n", texts[bar], of_metric(metric), \
        reference == "-" ? "" : of_metric(reference), short(ratio), short(list[1]), short(list[count]), orders[bar], limits[bar], \
        holds ? "PASS" : "**FAIL**"
    bars_json = bars_json sprintf("%s\n    {\"metric\": %s, \"reference\": %s, \"rounds\": %d, \"ratio\": %.6g, \"lowest\": %.6g, \"highest\": %.6g, \"order\": \"%s\", \"limit\": %s, \"verdict\": \"%s\", \"measured\": true}", \
        bars_json ? "," : "", quoted(metric), reference == "-" ? "null" : quoted(reference), count, ratio, list[1], list[count], \
        orders[bar], limits[bar], verdict)
}
FNR == NR {
    if (/^#/ || NF == 0) next
    split($0, part, / *\| */)
    bars++
    optional[bars] = sub(/\?$/, "", part[1])
    metrics[bars] = part[1]
    references[bars] = part[2]
    orders[bars] = part[3]
    limits[bars] = part[4]
    texts[bars] = part[5]
    is_judged[part[1]] = is_judged[part[2]] = 1
    next
}
{
    if (!($2 in counts)) order[++names] = $2
    samples[$2, ++counts[$2]] = $3 + 0
    unit = $4
    for (i = 5; i <= NF; i++) unit = unit " " $i
    units[$2] = unit
}
END {
    print "# Benchmarks\n"
    print "Commit " commit ", " at ", " machine ". Medians, and in brackets the lowest and the highest; a ratio is one of a round.\n"
    print "| what; beside what | measured | reference | ratio or value | bar | |\n|---|---|---|---|---|---|"
    for (i = 1; i <= bars; i++) judge(i)
    print "\n| figures without a bar | measured |\n|---|---|"
    for (i = 1; i <= names; i++) {
        text = of_metric(order[i])
        if (!is_judged[order[i]]) printf "| %s | %s |\n", order[i], text
        list = ""
        for (k = 1; k <= counts[order[i]]; k++) list = list (k > 1 ? ", " : "") sprintf("%.9g", samples[order[i], k])
        figures_json = figures_json sprintf("%s\n    {\"metric\": %s, \"unit\": %s, \"median\": %.9g, \"samples\": [%s]}", \
            i > 1 ? "," : "", quoted(order[i]), quoted(units[order[i]]), middle, list)
    }
    printf "{\n  \"schema\": \"candour/bench-1\",\n  \"commit\": %s,\n  \"at\": %s,\n  \"machine\": %s,\n  \"bars\": [%s\n  ],\n  \"figures\": [%s\n  ]\n}\n", \
        quoted(commit), quoted(at), quoted(machine), bars_json, figures_json >json
    exit missed > 0 || names == 0
}
