# A made-up council for tests/e2e/guide.sh, the same every time: its staff, who leads, who is asked about whom from the
# start, and what they answer.
# usage: awk -v out=DIR -v leaders=N -v people=N -f guide_people.awk
# Writes into DIR, as an administrator would have them: staff.csv, leaders.csv, raters.csv (line managers and direct
# reports), coaches.csv; and for the test, tab-separated: casts (rater's e-mail, leader's name, group, answers file),
# nominated (leader's e-mail, candidate's e-mail, group), deciders (line manager's e-mail, leader's e-mail), and
# answers/LEVEL-N.json.

function add(i,    given, family) {
    given = split("Amina Bethan Carys Dafydd Eleri Farid Grace Hugh Ioan Jamila Kofi Lowri Mair Nadia Owen Priya Quentin Rhys Sioned Tomos Uzma Vikram Wendy Yusuf Zoe", g, " ")
    family = split("Ahmed Bevan Clarke Davies Evans Francis Griffiths Hughes Iqbal Jenkins Khan Lewis Morgan Nowak Okafor Parry Quinn Roberts Singh Thomas Underhill Vaughan Williams Young", f, " ")
    name[i] = i == 1 ? "Megan Price" : i == 2 ? "Ann Lee" : i == people ? "Bob Ray" : g[i % given + 1] " " f[(int(i / given) + i % given) % family + 1]
    mail[i] = tolower(name[i]) "@council.example"
    sub(/ /, ".", mail[i])
    boss[i] = i == 1 ? 0 : i <= leaders ? int((i - 2) / 6) + 1 : (i - leaders - 1) % leaders + 1
    level[i] = i == 1 ? 6 : i <= 7 ? 5 : i <= leaders ? 4 : ""
    printf "%s,%s,%s,Service %d,%s,%s\n", mail[i], name[i], i <= leaders ? "Head" : "Officer",
        i <= leaders ? i : boss[i], boss[i] ? mail[boss[i]] : "", level[i] >(out "/staff.csv")
}
function ask(leader, rater, group) {
    if (asked[leader, rater]++) return
    if (group == "peer" || group == "other")
        printf "%s\t%s\t%s\n", mail[leader], mail[rater], group >(out "/nominated")
    else
        printf "%s,%s,%s\n", mail[leader], mail[rater], group >(out "/raters.csv")
    if (++casts % 12) # not everybody answers
        printf "%s\t%s\t%s\tanswers/%s-%d.json\n", mail[rater], name[leader], group, level[leader], casts % 20 >(out "/casts")
}
function write_answers(level, number, n,    i, line, x) {
    for (i = 1; i <= n; i++) {
        x = rand()
        x = x < 0.05 ? "0" : x < 0.07 ? "null" : 2 + int(x * 3.99) + (number + i) % 3 - 1
        line = line (i > 1 ? ", " : "") (x > 5 ? 5 : x)
    }
    printf "{\"ratings\": [%s], \"comments\": {\"1\": \"You explain why. It helps.\", \"2\": \"Decide sooner, please.\"}}\n", line \
        >(out "/answers/" level "-" number ".json")
}
BEGIN {
    srand(360)
    print "E-mail,Name,Job title,Service,Line manager,Level" >(out "/staff.csv")
    print "Leader" >(out "/leaders.csv")
    print "Leader,Rater,Group" >(out "/raters.csv")
    print "Leader,Coach" >(out "/coaches.csv")
    for (i = 1; i <= people; i++) add(i)
    for (i = 1; i <= leaders; i++) {
        print mail[i] >(out "/leaders.csv")
        printf "%s,%s\n", mail[i], mail[people - i % 3 - 1] >(out "/coaches.csv")
        if (boss[i]) printf "%s\t%s\n", mail[boss[i]], mail[i] >(out "/deciders")
        ask(i, i, "self")
        if (boss[i]) ask(i, boss[i], "manager")
        reports = 0
        for (k = leaders + 1; k <= people && reports < 6; k++)
            if (boss[k] == i) { ask(i, k, "report"); reports++ }
        for (k = 1; k <= 5; k++) ask(i, (i + k - 1) % leaders + 1, "peer")
        ask(i, leaders + (i * 7) % (people - leaders - 5) + 1, "other")
    }
    items[6] = 53; items[5] = 48; items[4] = 48
    for (l in items) for (k = 0; k < 20; k++) write_answers(l, k, items[l])
}
