# A small round that has every kind of cell. usage: awk -v out=DIR -v seed=N -f csv.awk -f round_data.awk FRAMEWORK.csv
# Writes people.csv, raters.csv, answers/*.json and casts: rater e-mail, leader's name, leader's number, level, group,
# what the rater does, answers file; separated by tabs. What raters do: give; later: without --now; revise: after other
# answers; restore: the same, from another computer; withdraw; empty: no rating at all; silent: nothing.

function email(i) { return sprintf("%s.%s@council.example", tolower(given[i]), tolower(family[i])) }
function name(i) { return given[i] " " family[i] }
function pick(n) { return int(rand() * n) + 1 }

# What one rater says about one item. The first items are alike for everybody, so that every kind of figure comes up.
function rating(i, items, group, k,    x) {
    if (i == 1) return 1                                    # or below
    if (i == 2) return 5                                    # or above
    if (i == 3) return 0                                    # nobody has seen it
    if (i == 4) return k <= 3 ? pick(5) : "null"            # too few answers, in groups that are not merged
    if (i == 5) return k % 2 ? 0 : pick(5)                  # half of the group, or more, has not seen it
    if (i == 6) return k == 1 ? 4 : 5
    if (i == 7) return k == 1 ? 2 : 1
    if (i > items - 5 && k > 2) return "null"               # a whole competency with too few answers
    x = rand()
    if (x < 0.08) return 0
    if (x < 0.14) return "null"
    return pick(5)
}

function write_answers(file, leader, group, k, is_empty, word,    i, line, said, q) {
    for (i = 1; i <= items[level[leader]]; i++)
        line = line (i > 1 ? ", " : "") (is_empty ? (i % 2 ? 0 : "null") : rating(i, items[level[leader]], group, k))
    for (q = 1; q <= 3; q++)
        if (rand() < 0.5 || word != "" || is_empty)
            said = said (said == "" ? "" : ", ") sprintf("\"%d\": \"%s remark %d on %s \\\"%s\\\" by %s %d.\"", q,
                                                       word == "" ? "The" : word, q, given[leader], group, group, k)
    printf "{\"ratings\": [%s], \"comments\": {%s}}\n", line, said > (out "/" file)
    close(out "/" file)
}

function ask(leader, rater, group, k, deed,    file) {
    file = sprintf("answers/%d-%d", leader, rater)
    printf "%s,%s,%s,%s\n", email(leader), level[leader], email(rater), group > (out "/raters.csv")
    if (deed == "revise" || deed == "restore") write_answers(file "-first.json", leader, group, k, 0, "An early")
    write_answers(file ".json", leader, group, k, deed == "empty", deed == "withdraw" ? "A withdrawn" : deed == "empty" ? "An unrated" : "")
    printf "%s\t%s\t%d\t%s\t%s\t%s\t%s\n", email(rater), name(leader), leader, level[leader], group, deed, file > (out "/casts")
}

# Raters are taken in turn from all people but the leader and the manager.
function ask_group(leader, group, count, deeds,    k, deed) {
    for (k = 1; k <= count; k++) {
        do next_rater = next_rater % people + 1; while (next_rater == leader || next_rater == manager[leader] || asked[leader, next_rater])
        asked[leader, next_rater] = 1
        deed = k in deeds ? deeds[k] : "give"
        ask(leader, next_rater, group, k, deed)
    }
}

FNR > 1 {
    split_csv($0, cell)
    items[cell[4]]++
}

END {
    srand(seed)
    people = split("Aled Bronwen Cerys Dafydd Elin Ffion Gethin Heledd Idris Jac Keira Llinos Morfydd Nerys Osian Pryderi Rhiannon Seren Tegan Urien Wynne Ynyr Zara Anwen Bedwyr Catrin Deiniol Eirwen", given, " ")
    split("Ashby Birtwhistle Cholmondeley Dunstable Entwistle Featherstone Greenhalgh Hathersage Inglewood Jessop Kettlewell Lingfield Micklethwaite Northcote Osbaldeston Pemberton Quiller Ramsbottom Satterthwaite Thistlewood Uttoxeter Vavasour Wolstenholme Yardley Addlestone Bracegirdle Crowther Delamere", family, " ")
    split("6 5 4 5 4 4 4", level, " ")
    split("0 1 1 1 2 2 3", manager, " ")
    print "E-mail,Name,Job title,Unit,Manager e-mail,Level" > (out "/people.csv")
    print "Subject e-mail,Level,Rater e-mail,Group" > (out "/raters.csv")
    for (i = 1; i <= people; i++)
        printf "%s,%s,%s,%s,%s,%s\n", email(i), name(i), i < 8 ? "Leader" : "Officer", "Unit " i % 4, manager[i] ? email(manager[i]) : "", level[i] > (out "/people.csv")
    # Each way to merge comes up, also where a later one would fit as well. Without the deeds below that do not count, 4
    # has 12, 5 and 5, and 5 has 5, 4 and 2.
    split("5 6 2 12 5 3 3", peers, " "); split("4 2 1 6 5 3 3", reports, " "); split("4 5 0 7 2 1 4", others, " ")
    for (leader = 1; leader <= 7; leader++) {
        split("", p); split("", r); split("", o)
        if (leader == 1) { p[2] = "later"; r[1] = "later"; o[3] = "restore" }
        if (leader == 4) { p[3] = "revise"; r[6] = "silent"; o[6] = "withdraw"; o[7] = "empty" }
        if (leader == 5) { r[5] = "silent"; p[1] = "revise" }
        if (leader != 7) ask(leader, leader, "self", 1, "give")
        if (manager[leader]) ask(leader, manager[leader], "manager", 1, leader == 6 ? "empty" : "give")
        ask_group(leader, "peer", peers[leader], p)
        ask_group(leader, "report", reports[leader], r)
        ask_group(leader, "other", others[leader], o)
    }
}
