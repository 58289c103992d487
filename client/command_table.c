// The table of commands.
#include "commands.h"

#define FLAGS(...) ((const struct command_flag[]){__VA_ARGS__, {0}})

#define DRY_RUN                                                                                                        \
    { "dry-run", NULL, "only try: say what would happen, store nothing" }
#define IN_LANGUAGE                                                                                                    \
    { "in", "LANGUAGE", "of mails in this language, such as cy (default: the server's)" }
#define CONFIRM(what)                                                                                                  \
    { "confirm", what, "go on without being asked to type it" }
#define ROUND                                                                                                          \
    { "round", "NAME", "which round, when there is more than one" }
#define NOW                                                                                                            \
    { "now", NULL, "send at once instead of at a random time; it warns first" }
#define LATE                                                                                                           \
    { "late", NULL, "also after answering has ended; it warns first" }
#define PLAN                                                                                                           \
    {"auto-open", "YES|NO", "collecting begins by itself at its time (default: no)"},                                  \
        {"auto-close", "YES|NO", "closing begins by itself after the grace (default: no)"},                            \
        {"keep-answers", "DAYS", "after the close, shuffled answers are kept so long (default: 90)"},                  \
        {"keep-reports", "MONTHS", "after the close, reports are kept so long (default: 24)"},                         \
        {"managers", "A-B", "at least A and at most B managers about each leader"},                                    \
        {"peers", "A-B", "the same for peers"}, {"reports", "A-B", "for direct reports"}, {                            \
        "others", "A-B", "for others"                                                                                  \
    }
#define NOMINATION_GROUP                                                                                               \
    { "group", "GROUP", "manager, peer, report or other" }
#define GROUP                                                                                                          \
    { "group", "GROUP", "self, manager, peer, report or other, when a name is not enough" }

// One row of the table; what follows flags are the examples.
#define COMMAND(who, noun, verb, arguments, min, max, needs, run, help, more, flags, ...)                              \
    { COMMAND_##who, noun, verb, arguments, min, max, COMMAND_NEEDS_##needs, help, more, flags, {__VA_ARGS__}, run }

const struct command commands[] = {
    // ---- everyone
    COMMAND(EVERYONE, "sign-in", NULL, NULL, 0, 0, VAULT, cmd_sign_in, "sign in with the code from your letter",
            "Asks for what is missing. Administrators sign in with their password and the code of their authenticator. "
            "In a secret file, the code stands in the first line; or the password in the first and the authenticator's "
            "code in the second. Secrets are never taken from the command line, where other people on this computer "
            "could read them.",
            FLAGS({"server", "HOST:PORT", "the server (or CANDOUR_DESK); remembered"},
                  {"ca", "FILE", "certificates to trust, PEM (or CANDOUR_CA); remembered"},
                  {"email", "ADDRESS", "your e-mail address; remembered"},
                  {"secret-file", "FILE", "read the code from a file, or from standard input (-)"},
                  {"administrator", NULL, "ask for a password instead of a letter's code"}),
            "sign-in --server feedback.example.org:7360 --email you@example.org", "sign-in --administrator"),
    COMMAND(EVERYONE, "new-code", NULL, NULL, 0, 0, VAULT, cmd_new_code, "have a sign-in code sent to your mailbox",
            "The answer is the same whether or not the address is known. A code that is still good is sent again.",
            FLAGS({"server", "HOST:PORT", "the server (or CANDOUR_DESK); remembered"},
                  {"ca", "FILE", "certificates to trust, PEM (or CANDOUR_CA); remembered"},
                  {"email", "ADDRESS", "your e-mail address"}),
            "new-code --server feedback.example.org:7360 --email you@example.org"),
    COMMAND(EVERYONE, "sign-out", NULL, NULL, 0, 0, VAULT, cmd_sign_out, "end the sign-in; what waits here stays", NULL,
            NULL, "sign-out"),
    COMMAND(EVERYONE, "whoami", NULL, NULL, 0, 0, SESSION, cmd_whoami, "who is signed in, and until when", NULL, NULL,
            "whoami"),
    COMMAND(
        EVERYONE, "my", "data", NULL, 0, 0, SESSION, cmd_my_data, "save what the server stores about you",
        "As JSON and as tables, with your released reports. README.txt in the folder says what is not there, and why: "
        "answers name nobody.",
        FLAGS({"out", "FOLDER", "where to; made if it is missing"}), "my data --out mine"),
    COMMAND(EVERYONE, "passphrase", "set", NULL, 0, 0, VAULT, cmd_passphrase_set, "seal what is kept on this computer",
            NULL, NULL, "passphrase set"),
    COMMAND(EVERYONE, "passphrase", "remove", NULL, 0, 0, VAULT, cmd_passphrase_remove,
            "no longer ask for a passphrase", NULL, NULL, "passphrase remove"),
    COMMAND(EVERYONE, "wipe", NULL, NULL, 0, 0, VAULT, cmd_wipe, "remove everything Candour keeps on this computer",
            NULL, FLAGS(CONFIRM("wipe")), "wipe", "wipe --confirm wipe"),
    COMMAND(EVERYONE, "config", NULL, NULL, 0, 0, VAULT, cmd_config, "what is remembered: server, certificates, proxy",
            "With flags, changes it. Nothing is contacted. The server can be changed as long as no round is kept here.",
            FLAGS({"server", "HOST:PORT", "the server"},
                  {"ca", "FILE", "certificates to trust, PEM; none: those of this computer"}),
            "config", "config --ca council.pem", "config --socks 127.0.0.1:9050"),
    COMMAND(EVERYONE, "doctor", NULL, NULL, 0, 0, NOTHING, cmd_doctor, "what is wrong here, and what to do",
            "Looks at what is kept here, the terminal, the server's certificate and the clock. It contacts the desk, "
            "which counts as a sign-in does: answers are sent an hour later at the earliest. Ends with 1 when "
            "something is wrong.",
            FLAGS({"offline", NULL, "contact nobody"},
                  {"ballot-box", NULL, "contact the ballot boxes, without a name, and not the desk"}),
            "doctor", "doctor --offline", "doctor --json"),
    COMMAND(EVERYONE, "manual", NULL, NULL, 0, 0, NOTHING, cmd_manual, "print the manual page of this version",
            "What man candour shows; where it is not installed: candour manual | man -l -. With --json, the table of "
            "all commands and flags.",
            NULL, "manual", "manual --json"),
    COMMAND(EVERYONE, "completion", NULL, "SHELL", 1, 1, NOTHING, cmd_completion,
            "print what lets bash or zsh complete commands",
            "SHELL is bash or zsh. Installed packages bring it along. By hand, in ~/.bashrc: source <(candour "
            "completion bash)",
            NULL, "completion bash", "completion zsh"),

    // ---- raters
    COMMAND(RATER, "assignments", "list", NULL, 0, 0, VAULT, cmd_assignments_list, "whom you are asked about",
            "Shows what this computer knows. Only --refresh asks the server; answers are then sent an hour later at "
            "the earliest, because being in contact and answering must not fall together.",
            FLAGS({"refresh", NULL, "ask the server, and collect the right to answer"}), "assignments list",
            "assignments list --refresh"),
    COMMAND(RATER, "accept", NULL, "SUBJECT", 1, 1, SESSION, cmd_accept, "say that you will answer",
            "SUBJECT is a name or part of one. Also takes back that you declined.", FLAGS(ROUND), "accept \"Ann Lee\""),
    COMMAND(RATER, "decline", NULL, "SUBJECT", 1, 1, SESSION, cmd_decline, "say that you will not answer",
            "SUBJECT is a name or part of one. You can still change your mind until the round closes.",
            FLAGS({"reason", "TEXT", "why, in a few words; HR can read it"}, ROUND),
            "decline \"Ann Lee\" --reason \"we hardly work together\""),
    COMMAND(
        RATER, "give", NULL, "[SUBJECT]", 0, 1, VAULT, cmd_give, "answer the questions about somebody",
        "SUBJECT is a name or part of one; nobody need be named when you are asked about one person. One question "
        "at a time; q keeps a draft, and the same command goes on with it. Your answer is sealed and sent later, "
        "at a random time, by: candour send. Answers are given in the first two thirds of the time from the opening to "
        "the close; the last third is for sending, and --late is needed to answer in it.",
        FLAGS({"self", NULL, "answer about yourself"}, {"answers", "FILE", "take answers from a JSON file, or - "}, NOW,
              LATE, ROUND, GROUP),
        "give", "give \"Ann Lee\"", "give --self"),
    COMMAND(RATER, "withdraw", NULL, "[SUBJECT]", 0, 1, VAULT, cmd_withdraw, "take back an answer you gave",
            "An empty answer takes its place. It is sent like any other, and given in the same time.",
            FLAGS({"self", NULL, "your answer about yourself"}, NOW, LATE, ROUND, GROUP), "withdraw \"Ann Lee\""),
    COMMAND(RATER, "queue", NULL, NULL, 0, 0, VAULT, cmd_queue, "what waits here, and what was sent", NULL, NULL,
            "queue"),
    COMMAND(RATER, "send", NULL, NULL, 0, 0, VAULT, cmd_send, "send the answers whose time has come",
            "Each goes over a connection of its own that does not say who you are.", FLAGS(NOW), "send", "send --now"),
    COMMAND(RATER, "check", NULL, NULL, 0, 0, VAULT, cmd_check, "after the close: find your answers again",
            "Downloads the list of all answers of the round, which names nobody, and looks for yours in it here.",
            FLAGS(ROUND), "check"),
    COMMAND(RATER, "remind", "stop", "[ROUND]", 0, 1, SESSION, cmd_remind_stop, "no more reminders about a round",
            "Nor a mail when the round closes later: signing in shows until when answers are given.", NULL,
            "remind stop \"Spring 2026\""),
    COMMAND(RATER, "remind", "start", "[ROUND]", 0, 1, SESSION, cmd_remind_start, "reminders again", NULL, NULL,
            "remind start \"Spring 2026\""),
    COMMAND(RATER, "recovery-code", "show", "[ROUND]", 0, 1, VAULT, cmd_recovery_code_show,
            "the code with which you can go on at another computer", NULL, NULL, "recovery-code show"),
    COMMAND(RATER, "recover", NULL, "[ROUND]", 0, 1, SESSION, cmd_recover,
            "go on here with the recovery code of another computer",
            "Asks for the code; it is never taken from the command line.", NULL, "recover"),
    COMMAND(EVERYONE, "witness", "key", "FILE", 1, 1, NOTHING, cmd_witness_key,
            "make a witness's key, and print its public half",
            "A witness is somebody outside the team that runs the server, such as a staff council. FILE holds the "
            "secret: keep it on a stick, in a drawer.",
            NULL, "witness key council.key"),
    COMMAND(EVERYONE, "witness", "sign", "MANIFEST", 1, 1, VAULT, cmd_witness_sign,
            "sign the rules of a round, as a witness",
            "MANIFEST is what candour round manifest printed. It is compared with what the ballot box shows to "
            "strangers. A witness never signs two manifests of one round; which were signed stands in the key's file "
            "with .signed after its name. The signature goes to standard output, and from there to the administrator: "
            "candour round witness.",
            FLAGS({"key", "FILE", "the witness's key"}, {"ca", "FILE", "certificates to trust, PEM"},
                  {"offline", NULL, "do not ask the ballot box"}, CONFIRM("GROUP")),
            "witness sign manifest.txt --key council.key"),
    COMMAND(EVERYONE, "witness", "trust", NULL, 0, 0, VAULT, cmd_witness_trust,
            "ask for the signatures of witnesses before answering",
            "Remembered on this computer. Without flags it says what is remembered.",
            FLAGS({"key", "KEY",
                   "a public key, from a place you trust; repeat it for more; takes the place of the list before"},
                  {"needed", "N", "how many of them must have signed; 0: none (default: all given)"}),
            "witness trust --key 3b6a... --key 9f01... --needed 1"),

    // ---- leaders
    COMMAND(LEADER, "report", "list", NULL, 0, 0, SESSION, cmd_report_list, "which reports you may read", NULL, NULL,
            "report list"),
    COMMAND(LEADER, "report", "open", "[SUBJECT]", 0, 1, SESSION, cmd_report_open, "read a report in the terminal",
            "Without SUBJECT, your own. Every reading is written to the audit trail.", FLAGS(ROUND), "report open",
            "report open --json"),
    COMMAND(LEADER, "report", "save", "[SUBJECT]", 0, 1, SESSION, cmd_report_save, "save a report as files",
            "Without SUBJECT, your own. Several forms may be saved at once. --all saves every report of a round as "
            "HTML, PDF and JSON, named by e-mail address, and all their figures in one spreadsheet.",
            FLAGS({"html", "FILE", "as a page for a browser, to read on a screen"},
                  {"pdf", "FILE", "as a document to print, readable by screen readers"},
                  {"csv", "FILE", "all figures as CSV, a row for each"},
                  {"ods", "FILE", "all figures as a spreadsheet"}, {"json", "FILE", "as JSON, schema candour/report/1"},
                  {"all", "FOLDER", "all reports that you may read"}, ROUND),
            "report save --html report.html --pdf report.pdf", "report save --ods report.ods",
            "report save --csv report.csv --json report.json"),
    COMMAND(LEADER, "raters", "list", NULL, 0, 0, SESSION, cmd_raters_list,
            "while a round nominates: who is asked about you", NULL, FLAGS(ROUND), "raters list"),
    COMMAND(LEADER, "raters", "suggest", "[LEADER]", 0, 1, SESSION, cmd_raters_suggest,
            "people whom you might nominate",
            "Your line manager, direct reports and people of your unit; those who are asked about few leaders come "
            "first. With LEADER, for one whose nominations you decide about.",
            FLAGS(ROUND), "raters suggest"),
    COMMAND(
        LEADER, "raters", "nominate", "PERSON", 1, 1, SESSION, cmd_raters_nominate,
        "suggest somebody to be asked about you",
        "PERSON is an e-mail address, or a part of a name that only one person has. Your line manager or HR decides.",
        FLAGS(NOMINATION_GROUP, DRY_RUN, ROUND), "raters nominate \"Ann Lee\" --group peer"),
    COMMAND(LEADER, "raters", "remove", "PERSON", 1, 1, SESSION, cmd_raters_remove,
            "take back a nomination that is not approved yet", NULL, FLAGS(DRY_RUN, ROUND),
            "raters remove \"Ann Lee\""),
    COMMAND(LEADER, "people", "find", "PART", 1, 1, SESSION, cmd_people_find,
            "find people to nominate by a part of a name or address",
            "At least three letters; at most 20 people are shown.", NULL, "people find smith"),
    COMMAND(LEADER, "nominations", "list", "[LEADER]", 0, 1, SESSION, cmd_nominations_list,
            "whom the leaders you manage nominated", "Administrators see those of all leaders.",
            FLAGS({"waiting", NULL, "only what is to be decided"}, ROUND), "nominations list",
            "nominations list \"Ann Lee\" --waiting"),
    COMMAND(LEADER, "nominations", "approve", "LEADER [PERSON]", 1, 2, SESSION, cmd_nominations_approve,
            "approve what a leader nominated", "Without PERSON, everybody who waits.", FLAGS(DRY_RUN, ROUND),
            "nominations approve \"Ann Lee\"", "nominations approve \"Ann Lee\" \"Bob Ray\""),
    COMMAND(LEADER, "nominations", "change", "LEADER PERSON", 2, 2, SESSION, cmd_nominations_change,
            "add, move or remove somebody who is asked about a leader",
            "With --group, PERSON is asked in that group, nominated before or not. With --remove, PERSON is not asked.",
            FLAGS(NOMINATION_GROUP, {"remove", NULL, "PERSON is not asked about this leader"},
                  {"reason", "TEXT", "why, with --remove; the leader sees it"}, DRY_RUN, ROUND),
            "nominations change \"Ann Lee\" \"Bob Ray\" --group other",
            "nominations change \"Ann Lee\" \"Bob Ray\" --remove --reason \"on leave\""),

    // ---- administrators
    COMMAND(ADMINISTRATOR, "people", "import", "FILE", 1, 1, SESSION, cmd_people_import, "add and change people",
            "A CSV file (or -) with the columns e-mail and name and, if wanted, job title, unit, manager's e-mail and "
            "level. People are known by their e-mail address: the same file may be imported again. A column that is "
            "missing leaves what is stored. One bad row, and nothing is stored.",
            FLAGS(DRY_RUN), "people import staff.csv --dry-run", "people import staff.csv"),
    COMMAND(ADMINISTRATOR, "framework", "check", "FILE", 1, 1, NOTHING, cmd_framework_check,
            "advice on a framework file, without a server",
            "Warns of statements that say two things at once, of doubles and of missing levels, and says how long "
            "answering takes.",
            NULL, "framework check ours.csv"),
    COMMAND(ADMINISTRATOR, "framework", "import", "FILE", 1, 1, SESSION, cmd_framework_import, "store a framework",
            "A CSV file (or -) with the columns competency, level and effective and, if wanted, cluster, definition, "
            "level_name and ineffective. A changed framework of the same name becomes its next version; rounds keep "
            "theirs.",
            FLAGS({"name", "NAME", "what it is called"},
                  {"scale", "\"A|B|C|D|E\"", "labels from lowest to highest (default: Never ... Always)"},
                  {"question", "TEXT", "an open question; may be repeated (default: three)"},
                  {"no-questions", NULL, "no open questions"}, DRY_RUN),
            "framework import ours.csv --name \"Our leadership\"",
            "framework import ours.csv --name Ours --question \"What should this person keep doing?\""),
    COMMAND(ADMINISTRATOR, "framework", "list", NULL, 0, 0, SESSION, cmd_framework_list, "which frameworks there are",
            NULL, NULL, "framework list"),
    COMMAND(ADMINISTRATOR, "framework", "show", "NAME", 1, 1, SESSION, cmd_framework_show,
            "the levels of one framework", NULL, NULL, "framework show \"Our leadership\""),
    COMMAND(ADMINISTRATOR, "round", "new", "NAME", 1, 1, SESSION, cmd_round_new, "make a round of feedback",
            "Times are 2026-12-01 (00:00 UTC), 2026-12-01T09:00Z, +3d from now (s, m, h, d, w), or now. Leave at least "
            "a day between collecting and answering: it is what keeps a sign-in apart from an answer.",
            FLAGS({"framework", "NAME", "whose newest version is used"},
                  {"collect-from", "TIME", "people can sign in and collect the right to answer"},
                  {"answer-from", "TIME", "answers are taken"}, {"close", "TIME", "the end"},
                  {"grace", "DURATION", "how long answers on their way are still taken (default: 15m)"},
                  {"threshold", "N", "fewest answers of a group that are shown (default: 4, at least 3)"},
                  {"tail-low", "N", "1 or 2: how many lowest marks stay hidden (default: 1)"},
                  {"tail-high", "N", "0 to 2: how many highest marks stay hidden (default: 0)"},
                  {"comments-pooled", "N", "fewest answers for showing comments (default: 4)"},
                  {"comments-by-group", "N", "fewest answers for naming a comment's group (default: 5; 0: never)"},
                  {"bucket", "BYTES", "size of every sealed answer (default: 8192)"}, PLAN, DRY_RUN),
            "round new \"Spring 2026\" --framework Ours --collect-from 2026-12-01 --answer-from 2026-12-03 --close "
            "2026-12-17"),
    COMMAND(ADMINISTRATOR, "round", "load", "NAME FILE", 2, 2, SESSION, cmd_round_load, "say who is asked about whom",
            "A CSV file (or -) with the columns subject e-mail, rater e-mail, group (self, manager, peer, report, "
            "other) and, if wanted, level. May be repeated until collecting begins. A file without raters and groups "
            "is a list of leaders, each asked about themselves: enough for a round that nominates.",
            FLAGS(DRY_RUN), "round load \"Spring 2026\" raters.csv --dry-run", "round load \"Spring 2026\" raters.csv"),
    COMMAND(ADMINISTRATOR, "round", "advance", "NAME", 1, 1, SESSION, cmd_round_advance,
            "from draft to nominating, and on to collecting", "Collecting freezes the round for good.",
            FLAGS({"to", "STATE", "nominating or collecting (default: the next)"}, CONFIRM("NAME"), DRY_RUN),
            "round advance \"Spring 2026\"", "round advance \"Spring 2026\" --to collecting --confirm \"Spring 2026\""),
    COMMAND(ADMINISTRATOR, "round", "plan", "NAME", 1, 1, SESSION, cmd_round_plan,
            "what a round does by itself, and how many it asks",
            "May be changed until the round closes. What is not given stays.", FLAGS(PLAN, DRY_RUN),
            "round plan \"Spring 2026\" --auto-close yes", "round plan \"Spring 2026\" --peers 4-8 --reports 4-8"),
    COMMAND(ADMINISTRATOR, "round", "risks", "NAME", 1, 1, SESSION, cmd_round_risks,
            "what may go wrong with a round, before it is too late",
            "Groups that can never be shown, leaders with too few or too many raters, letters that wait, raters asked "
            "too often.",
            NULL, "round risks \"Spring 2026\""),
    COMMAND(ADMINISTRATOR, "round", "workload", "NAME", 1, 1, SESSION, cmd_round_workload,
            "who is asked about more than five leaders, and who instead", NULL,
            FLAGS({"everybody", NULL, "all who are asked"}), "round workload \"Spring 2026\"",
            "round workload \"Spring 2026\" --everybody"),
    COMMAND(ADMINISTRATOR, "round", "list", NULL, 0, 0, SESSION, cmd_round_list, "which rounds there are", NULL, NULL,
            "round list", "round list --json"),
    COMMAND(ADMINISTRATOR, "round", "status", "NAME", 1, 1, SESSION, cmd_round_status, "how far a round is", NULL, NULL,
            "round status \"Spring 2026\"", "round status \"Spring 2026\" --json"),
    COMMAND(ADMINISTRATOR, "round", "letters", "NAME", 1, 1, SESSION, cmd_round_letters,
            "write a letter with a personal code for everyone who is asked",
            "One text file per person, readable by you alone. Only people who have no letter yet get one, unless "
            "--email names a person: their old code then ends.",
            FLAGS({"out", "DIRECTORY", "where to; made if it is missing"},
                  {"email", "ADDRESS", "a new letter for this person"},
                  {"qr", NULL, "with a QR code, for a reader that types; print them in a font of even width"}),
            "round letters \"Spring 2026\" --out letters",
            "round letters \"Spring 2026\" --out letters --email ann@example.org"),
    COMMAND(ADMINISTRATOR, "round", "manifest", "NAME", 1, 1, VAULT, cmd_round_manifest,
            "the rules and keys of a round, as they were first published",
            "Text that everybody may read, on standard output; what witnesses sign.", NULL,
            "round manifest \"Spring 2026\""),
    COMMAND(ADMINISTRATOR, "round", "witness", "NAME FILE", 2, 2, SESSION, cmd_round_witness,
            "publish the signature of a witness", "FILE is what candour witness sign printed.", NULL,
            "round witness \"Spring 2026\" council.sig"),
    COMMAND(ADMINISTRATOR, "round", "fingerprint", "NAME", 1, 1, VAULT, cmd_round_fingerprint,
            "the fingerprint of a round's rules and keys", "It stands in every letter. Everybody must see the same.",
            NULL, "round fingerprint \"Spring 2026\""),
    COMMAND(ADMINISTRATOR, "round", "close", "NAME", 1, 1, SESSION, cmd_round_close, "after its end: write the reports",
            "Starts the closing steps; they go on by themselves.",
            FLAGS({"wait", NULL, "until the reports are written"}, CONFIRM("NAME"), DRY_RUN),
            "round close \"Spring 2026\" --wait"),
    COMMAND(
        ADMINISTRATOR, "round", "extend", "NAME", 1, 1, SESSION, cmd_round_extend, "close a round later than was told",
        "Until the close that was told. The new one goes into the next version of the round's public rules; the "
        "fingerprint stays. Nothing else of a round that collects can be changed.",
        FLAGS({"close", "TIME", "the new end, later than the old one"}, DRY_RUN, CONFIRM("NAME")),
        "round extend \"Spring 2026\" --close 2026-12-24 --dry-run", "round extend \"Spring 2026\" --close 2026-12-24"),
    COMMAND(ADMINISTRATOR, "round", "release", "NAME", 1, 1, SESSION, cmd_round_release,
            "let leaders, or first their coaches, read the reports",
            "Reports that are held back stay so. What is released cannot be taken back.",
            FLAGS({"to", "READER", "leader (default) or coach"}, CONFIRM("NAME"), DRY_RUN),
            "round release \"Spring 2026\" --to coach", "round release \"Spring 2026\""),
    COMMAND(ADMINISTRATOR, "round", "coaches", "NAME FILE", 2, 2, SESSION, cmd_round_coaches,
            "say who may read a leader's report first",
            "A CSV file (or -) with the columns leader e-mail and coach e-mail; an empty coach is none.",
            FLAGS(DRY_RUN), "round coaches \"Spring 2026\" coaches.csv"),
    COMMAND(ADMINISTRATOR, "report", "hold", "SUBJECT", 1, 1, SESSION, cmd_report_hold,
            "keep a report back when its round is released", "For a leader who needs a talk first.",
            FLAGS(DRY_RUN, ROUND), "report hold \"Ann Lee\""),
    COMMAND(ADMINISTRATOR, "report", "release", "SUBJECT", 1, 1, SESSION, cmd_report_release,
            "let one leader, or first the coach, read the report",
            "Asks for the leader's e-mail address. Ends a hold, unless it goes to the coach.",
            FLAGS({"to", "READER", "leader (default) or coach"}, CONFIRM("ADDRESS"), DRY_RUN, ROUND),
            "report release \"Ann Lee\" --confirm ann.lee@example.org"),
    COMMAND(ADMINISTRATOR, "org", "report", "NAME", 1, 1, SESSION, cmd_org_report,
            "a closed round over all its leaders",
            "Averages of what the leaders' reports show, and how well the questionnaire measures. Every reading is "
            "written to the audit trail.",
            FLAGS({"html", "FILE", "save it as a page for a browser"}, {"pdf", "FILE", "save it as a PDF"}),
            "org report \"Spring 2026\"", "org report \"Spring 2026\" --html all.html"),
    COMMAND(ADMINISTRATOR, "mail", "status", NULL, 0, 0, SESSION, cmd_mail_status,
            "how many mails wait, were sent or did not arrive", NULL, NULL, "mail status", "mail status --json"),
    COMMAND(ADMINISTRATOR, "mail", "bounces", NULL, 0, 0, SESSION, cmd_mail_bounces,
            "mails that were refused, and what the mail server said",
            "failed: refused for good. unknown: the server may have it, and a reminder is not sent again. waiting: it "
            "is tried again.",
            NULL, "mail bounces"),
    COMMAND(ADMINISTRATOR, "mail", "preview", "MAIL [FILE]", 1, 2, SESSION, cmd_mail_preview,
            "a mail as people will see it, with made-up values", "With FILE, a text that is not stored yet.",
            FLAGS(IN_LANGUAGE), "mail preview invitation", "mail preview reminder ours.txt"),
    COMMAND(ADMINISTRATOR, "mail", "paper", "ADDRESS", 1, 1, SESSION, cmd_mail_paper,
            "letters instead of mails for somebody without a mailbox", NULL, FLAGS({"off", NULL, "mails again"}),
            "mail paper ann@example.org", "mail paper ann@example.org --off"),
    COMMAND(ADMINISTRATOR, "template", "list", NULL, 0, 0, SESSION, cmd_template_list,
            "which mails there are, and which texts were changed", NULL, FLAGS(IN_LANGUAGE), "template list",
            "template list --in cy"),
    COMMAND(ADMINISTRATOR, "template", "show", "MAIL", 1, 1, SESSION, cmd_template_show, "the text of one mail",
            "Words in braces are filled in when it is sent.", FLAGS(IN_LANGUAGE), "template show invitation"),
    COMMAND(ADMINISTRATOR, "template", "set", "MAIL FILE", 2, 2, SESSION, cmd_template_set,
            "change the text of one mail",
            "FILE (or -) begins with a line \"Subject: ...\" and an empty line, as template show writes it.",
            FLAGS(IN_LANGUAGE, DRY_RUN), "template set invitation ours.txt --dry-run",
            "template set invitation einwahoddiad.txt --in cy"),
    COMMAND(ADMINISTRATOR, "template", "reset", "MAIL", 1, 1, SESSION, cmd_template_reset,
            "the text that came with the program again", NULL, FLAGS(IN_LANGUAGE, DRY_RUN),
            "template reset invitation"),
    COMMAND(ADMINISTRATOR, "people", "data", "EMAIL", 1, 1, SESSION, cmd_people_data,
            "save what is stored about a person, to answer them",
            "As my data, without what tells when the person was here. It is written to the audit trail.",
            FLAGS({"out", "FOLDER", "where to; made if it is missing"}), "people data ann@example.org --out ann"),
    COMMAND(ADMINISTRATOR, "round", "export", "NAME", 1, 1, SESSION, cmd_round_export,
            "save all published figures of a round as a table",
            "A row for each figure of each report. Every report that is read for it stands in the audit trail.",
            FLAGS({"csv", "FILE", "as CSV"}, {"ods", "FILE", "as a spreadsheet"}),
            "round export \"Spring 2026\" --ods figures.ods"),
    COMMAND(ADMINISTRATOR, "retention", "show", NULL, 0, 0, SESSION, cmd_retention_show,
            "how long what is kept of each round", "round new and round plan say it: --keep-answers, --keep-reports.",
            NULL, "retention show"),
    COMMAND(ADMINISTRATOR, "retention", "receipt", "ROUND", 1, 1, SESSION, cmd_retention_receipt,
            "what was deleted of a round, and when",
            "The receipts are lines of the audit trail, chained like all others.", NULL,
            "retention receipt \"Spring 2026\"", "retention receipt \"Spring 2026\" --json"),
    COMMAND(
        ADMINISTRATOR, "retention", "apply", "ROUND", 1, 1, SESSION, cmd_retention_apply,
        "delete a round's answers and reports now, before their time",
        "What is due is deleted by itself. The round, its rules, the organisation's report and the audit trail stay.",
        FLAGS(CONFIRM("ROUND"), DRY_RUN), "retention apply \"Spring 2026\" --dry-run"),
    COMMAND(
        ADMINISTRATOR, "audit", "show", NULL, 0, 0, SESSION, cmd_audit_show, "who did what, newest first", NULL,
        FLAGS({"limit", "N", "at most so many lines (default: 100)"}, {"before", "NUMBER", "lines before this one"}),
        "audit show", "audit show --limit 20 --json"),
    COMMAND(
        ADMINISTRATOR, "audit", "verify", NULL, 0, 0, SESSION, cmd_audit_verify,
        "check that no line of the audit trail was changed",
        "Reads every line and works out the chain of hashes here. Prints the newest head of the chain: write it down, "
        "and give it the next time. Without an earlier head, a trail that was made anew as a whole is not noticed.",
        FLAGS({"head", "HEAD", "the head that an earlier verify printed"}), "audit verify",
        "audit verify --head 152:9f3c..."),
};
const size_t commands_count = ARRAY_LEN(commands);
