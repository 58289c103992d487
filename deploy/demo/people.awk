# The people, the two rounds and the answers of the demo; one awk makes the same of one seed every time.
# usage: awk -v out=DIR -v seed=N -f people.awk
# Writes DIR/people.csv, DIR/raters-ten.csv, DIR/raters-three.csv, DIR/casts (rater's e-mail, leader's name, answers
# file; tab-separated) and DIR/answers/*.json; DIR/answers must be there.

function pick(n) { return int(rand() * n) + 1 }
function email(i) { return mail[i] }
function normal() { return (rand() + rand() + rand() + rand() - 2) * 1.7 }

function add_person(i, title, unit, boss, level,    first, last) {
    first = given[(i * 7) % given_count + 1]
    last = family[(i * 11) % family_count + 1]
    name[i] = first " " last
    mail[i] = tolower(first) "." tolower(last) i "@council.example"
    gsub(/[' ]/, "", mail[i])
    manager[i] = boss
    printf "%s,%s,%s,%s,%s,%s\n", mail[i], name[i], title, unit, boss ? mail[boss] : "", level > out "/people.csv"
}

function ask(round, leader, rater, group, answers) {
    if (seen[leader, rater]++) return 0
    printf "%s,%s,%s,%s\n", mail[leader], level[leader], mail[rater], group > out "/raters-" round ".csv"
    if (answers) write_answers(round, leader, rater, group)
    return 1
}

function write_answers(round, leader, rater, group,    file, i, n, x, shift, lean, line, q, said) {
    n = items[level[leader]]
    file = "answers/" leader "-" rater ".json"
    shift = group == "self" ? 0.4 : group == "report" ? -0.1 : 0
    lean = normal() * 0.35
    line = ""
    for (i = 1; i <= n; i++) {
        x = rand()
        if (x < (group == "other" ? 0.18 : 0.05)) x = "0"
        else if (x < (group == "other" ? 0.2 : 0.07)) x = "null"
        else {
            x = int(strength[leader, int((i - 1) / 5)] + shift + lean + normal() * 0.6 + 0.5)
            if (x < 1) x = 1
            if (x > 5) x = 5
        }
        line = line (i > 1 ? ", " : "") x
    }
    said = ""
    for (q = 1; q <= 3; q++)
        if (rand() < (q == 3 ? 0.2 : 0.55)) said = said (said == "" ? "" : ", ") "\"" q "\": \"" remark[q, pick(remarks[q])] "\""
    printf "{\"ratings\": [%s], \"comments\": {%s}}\n", line, said > out "/" file
    close(out "/" file)
    printf "%s\t%s\t%s\n", mail[rater], name[leader], file > out "/casts"
}

# Peers are leaders next to this one, then colleagues of no closer tie; reports are people whose manager this is.
function ask_all(round, leader, first, last, peers, peer_answers, report_answers, others, other_answers,    i, n, k) {
    ask(round, leader, leader, "self", 1)
    if (manager[leader]) ask(round, leader, manager[leader], "manager", 1)
    for (i = 1; i <= people && n < 6; i++)
        if (manager[i] == leader) n += ask(round, leader, i, "report", n < report_answers)
    n = 0
    for (k = 1; k <= 40 && n < peers; k++) {
        i = first + (leader - first + k) % (last - first + 1)
        if (k > last - first) i = leaders + pick(people - leaders)
        n += ask(round, leader, i, "peer", n < peer_answers)
    }
    n = 0
    while (n < others) n += ask(round, leader, leaders + pick(people - leaders), "other", n < other_answers)
}

BEGIN {
    srand(seed)
    people = 150; leaders = 16
    items[6] = 53; items[5] = 48; items[4] = 48; items[3] = 45
    given_count = split("Amina Bethan Carys David Eleri Farid Grace Hugh Ioan Jamila Kofi Lowri Mair Nadia Owen Priya Quentin Rhys Sioned Tomos Uzma Vikram Wendy Yusuf Zoe Alun Beatriz Chidi Dilys Emrys", given, " ")
    family_count = split("Ahmed Bevan Clarke Davies Evans Francis Griffiths Hughes Iqbal Jenkins Khan Lewis Morgan Nowak Okafor Parry Quinn Roberts Singh Thomas Underhill Vaughan Williams Young O'Brien Andrews Bowen Cole Dunn Ellis Ford", family, " ")
    r = "You explain why a decision was taken, which helps me to explain it to others.|Your weekly note keeps everybody informed.|You stay calm when things go wrong and people follow that.|You thank people by name for what they did.|You ask residents what they need before plans are made."
    remarks[1] = split(r, part, "|"); for (i in part) remark[1, i] = part[i]
    r = "Say sooner when priorities change.|Let the team decide small things without you.|Fewer slides and more time for questions would help.|Please answer shorter questions within the week.|Visit the depot and the front desk more often."
    remarks[2] = split(r, part, "|"); for (i in part) remark[2, i] = part[i]
    r = "It has been a hard year and this did not go unnoticed.|The new way of planning works well.|Nothing more to add."
    remarks[3] = split(r, part, "|"); for (i in part) remark[3, i] = part[i]

    print "E-mail,Name,Job title,Unit,Manager e-mail,Level" > out "/people.csv"
    print "Subject e-mail,Level,Rater e-mail,Group" > out "/raters-ten.csv"
    print "Subject e-mail,Level,Rater e-mail,Group" > out "/raters-three.csv"
    split("Chief Executive|Strategic Director|Strategic Director|Head of Housing|Head of Finance|Head of Planning|Head of Communities|Housing Options Manager|Revenues Manager|Building Control Manager|Leisure Manager|Parks Manager|Corporate Director|Lead for Law|Lead for People|Lead for Digital", title, "|")
    split("6 6 6 5 5 5 5 4 4 4 4 4 3 3 3 3", l, " ")
    split("0 1 1 2 2 3 3 4 5 6 7 7 1 13 13 13", boss, " ")
    for (i = 1; i <= leaders; i++) { level[i] = l[i]; add_person(i, title[i], i < 13 ? "Services" : "Corporate", boss[i] + 0, level[i]) }
    for (i = leaders + 1; i <= people; i++) add_person(i, "Officer", "Team " (i - 17) % 13 + 1, 4 + (i - 17) % 13, "")
    for (i = 1; i <= leaders; i++)
        for (k = 0; k <= 11; k++) strength[i, k] = 3.3 + rand() * 1.3

    for (i = 1; i <= 12; i++) {
        if (i == 9) ask_all("ten", i, 1, 12, 5, 5, 2, 4, 4)         # reports below the threshold: merged
        else if (i == 12) ask_all("ten", i, 1, 12, 4, 1, 1, 3, 1)   # three answers in all: nothing may be shown
        else ask_all("ten", i, 1, 12, 5, 5, 6, 4, 4)
    }
    for (i = 13; i <= 16; i++) ask_all("three", i, 13, 16, 5, 5, 6, 4, 4)
}
