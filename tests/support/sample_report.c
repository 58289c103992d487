#include "sample_report.h"

#include <assert.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"

enum { CELLS_MAX = 3, GROUPS = CANDOUR__GROUP__OTHER, RANGE = 7, CLEAR = 8 };

// What the words of a report are like.
struct flavour {
    const char *subject, *round, *organisation, *cluster, *competency, *definition, *effective, *ineffective, *question,
        *comment, *scale[5];
};
// How much there is of everything.
struct shape {
    unsigned clusters, competencies, items, comments, scale, n_cells, ballots;
    unsigned cells[CELLS_MAX]; // the groups of each, a bit each
    bool has_self, has_manager, has_previous, has_bands, is_mixed;
};

enum { P = 1 << CANDOUR__GROUP__PEER, R = 1 << CANDOUR__GROUP__REPORT, O = 1 << CANDOUR__GROUP__OTHER };
#define LONG_60   "Sixty bytes long is what a mark of the scale may be, so here"
#define LONG_WORD "Unternehmensberatungsgesellschaftsmitarbeiterfortbildungsveranstaltungsteilnehmerverzeichnis"

static const struct flavour plain = {
    "Anwen Price",
    "Spring 2026",
    "Example Council",
    "Leading people",
    "Strategic thinking",
    "Sees where the council should be in ten years, and finds a way that others can follow.",
    "Explains why a decision was taken, and what else was thought of",
    "Decides behind closed doors and lets people guess",
    "What should this person keep doing?",
    "Keep asking us what we think before you decide. It makes the decision better, and it makes us want to carry it.",
    {"Never", "Rarely", "Sometimes", "Often", "Always"},
};
static const struct flavour markup = {
    "<script>alert('A & B')</script>",
    "\"Spring\" <i>2026</i>",
    "Fish & Chips' Council",
    "Leading & <b>following</b>",
    "</svg><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "Says \"yes\" & means 'yes' <!-- always -->",
    "]]></style>&lt;br&gt;",
    "What's <u>this</u>?\" onload=\"alert(1)",
    "</blockquote><h1>&amp;</h1>\n<script src=\"//evil.example/x.js\"></script>\nThird line: 1 < 2 && 3 > 2",
    {"<1>", "2 & 3", "\"3\"", "'4'", "</dd>"},
};
static const struct flavour lengthy = {
    LONG_WORD " " LONG_WORD,
    "A name of a round that goes on and on, up to one hundred and twenty bytes, which is the most that the limits let "
    "in",
    LONG_WORD,
    "A cluster with a very long name indeed, the kind that a working group of eleven people agrees upon at five "
    "o'clock",
    LONG_WORD " and a competency that needs a whole line and then another one to say what it is about",
    "A definition of a thousand bytes is possible. " LONG_WORD " " LONG_WORD " " LONG_WORD
    " It goes on, and it goes on, and it does not say much, and it goes on, and on, and on, and on, and on, and on.",
    "Takes account of what is known, of what is not known, and of what nobody can know, and says which is which, also "
    "when it is inconvenient, also when nobody has asked, and also when somebody has asked for something else: "
    "https://intranet.example.gov.uk/a/very/long/address/without/a/space/in/it",
    "Does none of that, at length, in writing, with copies to everybody, and follows it up with a meeting whose only "
    "point is another meeting",
    "What, if anything, should this person keep doing, in your view, having regard to everything that you have seen?",
    LONG_WORD LONG_WORD LONG_WORD " " LONG_WORD LONG_WORD,
    {LONG_60, LONG_60, LONG_60, LONG_60, LONG_60},
};
static const struct flavour hebrew = {
    "דוד כהן",
    "אביב 2026",
    "مجلس المدينة",
    "הובלת אנשים",
    "חשיבה אסטרטגית (רמה 3)",
    "רואה לאן המועצה צריכה להגיע בעוד עשר שנים.",
    "يشرح سبب اتخاذ القرار (1 من 2)",
    "מחליט מאחורי דלתיים סגורות",
    "מה כדאי שימשיך לעשות?",
    "תמשיך לשאול אותנו, David, לפני שאתה מחליט: 100% מאיתנו רוצים את זה.\nاستمر في ذلك!",
    {"אף פעם", "לעתים רחוקות", "לפעמים", "לעתים קרובות", "תמיד"},
};
static const struct flavour welsh = {
    "Siân Ŵyn-Llŷr ap Gruffydd",
    "Gwanwyn 2026",
    "Cyngor Sir Ynys Môn",
    "Arwain pobl",
    "Meddwl yn strategol",
    "Yn gweld ble y dylai'r cyngor fod ymhen deng mlynedd, ac yn dod o hyd i ffordd y gall eraill ei dilyn.",
    "Yn egluro pam y gwnaed penderfyniad, a beth arall a ystyriwyd",
    "Yn penderfynu y tu ôl i ddrysau caeedig",
    "Beth ddylai'r person hwn ddal ati i'w wneud?",
    "Daliwch ati i ofyn ein barn ni cyn penderfynu – mae'n gwneud y penderfyniad yn well. Ŵ ŵ Ŷ ŷ Â â Ê ê Î î Ô ô Û û "
    "ï",
    {"Byth", "Anaml", "Weithiau", "Yn aml", "Bob amser"},
};

static const struct flavour formula = {
    "=HYPERLINK(\"http://example.org\")",
    "+1",
    "\xff\xfe not UTF-8 \xc0\x80",
    "@SUM(A1)",
    "\t=1",
    "%s%n",
    "-2+3 \xef\xbf\xbf\xef\xbf\xbe",
    "\x1b[31m",
    "\xe2\x81\xa9\xe2\x80\xae?",
    "=1+1, \"he\" said\n=2",
    {"Never", "Rarely", "Sometimes", "Often", "Always"},
};

static const struct sample {
    const char *name;
    const struct flavour *flavour;
    struct shape shape;
} samples[] = {
    [SAMPLE_REPORT_USUAL] = {"usual",
                             &plain,
                             {3, 10, 30, 18, 5, 3, 5, {P, R, O}, .has_self = true, .has_manager = true}},
    [SAMPLE_REPORT_LARGE] = {"large",
                             &plain,
                             {3, 10, 53, 500, 5, 3, 14, {P, R, O}, true, true, true, .has_bands = true}},
    [SAMPLE_REPORT_MERGED] = {"merged",
                              &plain,
                              {3, 6, 24, 9, 5, 2, 5, {P | O, R}, .has_manager = true, .is_mixed = true}},
    [SAMPLE_REPORT_ONE] = {"one", &plain, {0, 4, 11, 3, 10, 1, 5, {P | R | O}, .has_self = true, .is_mixed = true}},
    [SAMPLE_REPORT_SELF] = {"self", &plain, {3, 10, 30, 0, 5, 0, 0, {0}, .has_self = true}},
    [SAMPLE_REPORT_NOTHING] = {"nothing", &plain, {3, 10, 30, 0, 5, 0, 0, {0}, .has_self = false}},
    [SAMPLE_REPORT_MARKUP] = {"markup", &markup, {2, 4, 8, 6, 5, 3, 5, {P, R, O}, true, true, true}},
    [SAMPLE_REPORT_LONG] = {"long", &lengthy, {2, 4, 8, 6, 5, 2, 5, {P, R | O}, true, true, true}},
    [SAMPLE_REPORT_HEBREW] = {"hebrew", &hebrew, {2, 4, 8, 6, 5, 3, 5, {P, R, O}, true, true, true}},
    [SAMPLE_REPORT_FORMULA] = {"formula", &formula, {2, 4, 8, 6, 5, 3, 5, {P, R, O}, true, true, false}},
    [SAMPLE_REPORT_WELSH] = {"welsh", &welsh, {2, 4, 8, 6, 5, 3, 5, {P, R, O}, true, true, false}},
};

const char *sample_report_name(enum sample_report which) {
    return samples[which].name;
}

// ---------------------------------------------------------------- memory, as free_unpacked wants it

static void *take(size_t count, size_t size) {
    void *memory = calloc(count > 0 ? count : 1, size);
    assert(memory != NULL);
    return memory;
}

PRINTF(1, 2) static ProtobufCBinaryData text(const char *format, ...) {
    char *string;
    va_list arguments;
    va_start(arguments, format);
    int len = vasprintf(&string, format, arguments);
    va_end(arguments);
    assert(len >= 0);
    return (ProtobufCBinaryData){(size_t)len, (uint8_t *)string};
}

#define MAKE(type, name)                                                                                               \
    static Candour__##type *make_##name(void) {                                                                        \
        Candour__##type *one = take(1, sizeof *one);                                                                   \
        candour__##name##__init(one);                                                                                  \
        return one;                                                                                                    \
    }
MAKE(Figure, figure)
MAKE(Report, report)
MAKE(Rules, rules)
MAKE(View, view)
MAKE(Change, change)
MAKE(Bands, bands)
MAKE(Ranking, ranking)
MAKE(ReportGroup, report_group)
MAKE(ReportCell, report_cell)
MAKE(ReportItem, report_item)
MAKE(ReportComment, report_comment)
MAKE(ReportComments, report_comments)
MAKE(ReportCompetency, report_competency)
MAKE(PreviousRound, previous_round)

// ---------------------------------------------------------------- figures

static uint32_t within(int64_t tenths, unsigned scale) {
    return (uint32_t)(tenths < 10 ? 10 : tenths > 10 * (int64_t)scale ? 10 * (int64_t)scale : tenths);
}

// ballots 0: of one person, without a range.
static Candour__Figure *make_number(const struct shape *shape, unsigned tenths, unsigned ballots) {
    Candour__Figure *figure = make_figure();
    figure->kind = CANDOUR__FIGURE_KIND__EXACT;
    figure->tenths = within(tenths, shape->scale);
    figure->ballots = ballots > 0 ? ballots : 1;
    if (ballots == 0)
        return figure;
    figure->has_low_tenths = figure->has_high_tenths = true;
    figure->low_tenths = within((int64_t)figure->tenths - RANGE, shape->scale);
    figure->high_tenths = within((int64_t)figure->tenths + RANGE, shape->scale);
    return figure;
}

static Candour__Figure *make_wordless(Candour__FigureKind kind) {
    Candour__Figure *figure = make_figure();
    figure->kind = kind;
    return figure;
}

// Spread over the upper two thirds of the scale by number alone; of every kind when the sample is mixed.
static Candour__Figure *cell_figure(const struct shape *shape, unsigned number, unsigned cell) {
    unsigned span = 10 * (shape->scale - 1), tenths = 10 + span / 3 + (number * 7 + cell * 5) % (span * 2 / 3);
    if (shape->is_mixed && (number + cell) % 6 == 1)
        return make_wordless(CANDOUR__FIGURE_KIND__HIDDEN);
    if (shape->is_mixed && (number + cell) % 6 == 3)
        return make_wordless(CANDOUR__FIGURE_KIND__NOT_SEEN);
    Candour__Figure *figure = make_number(shape, tenths, shape->ballots);
    if (shape->is_mixed && (number + cell) % 6 == 2) {
        *figure = (Candour__Figure){.base = figure->base,
                                    .kind = CANDOUR__FIGURE_KIND__AT_LEAST,
                                    .ballots = shape->ballots,
                                    .tenths = span + 8,
                                    .has_low_tenths = true,
                                    .low_tenths = span,
                                    .has_high_tenths = true,
                                    .high_tenths = span + 10};
    } else if (shape->is_mixed && (number + cell) % 6 == 4) {
        *figure = (Candour__Figure){.base = figure->base,
                                    .kind = CANDOUR__FIGURE_KIND__AT_MOST,
                                    .ballots = shape->ballots,
                                    .tenths = 20,
                                    .has_low_tenths = true,
                                    .low_tenths = 12,
                                    .has_high_tenths = true,
                                    .high_tenths = 28};
    }
    return figure;
}

static Candour__Figure **cell_figures(const struct shape *shape, unsigned number) {
    Candour__Figure **figures = take(shape->n_cells, sizeof *figures);
    for (unsigned i = 0; i < shape->n_cells; i++)
        figures[i] = cell_figure(shape, number, i);
    return figures;
}

static bool is_number(const Candour__Figure *figure) {
    return figure != NULL && figure->kind != CANDOUR__FIGURE_KIND__HIDDEN &&
           figure->kind != CANDOUR__FIGURE_KIND__NOT_SEEN;
}

// The average of the cells that have a number; NULL without a cell.
static Candour__Figure *colleagues(const struct shape *shape, Candour__Figure *const *cells) {
    unsigned sum = 0, count = 0;
    for (unsigned i = 0; i < shape->n_cells; i++)
        if (is_number(cells[i])) {
            sum += cells[i]->tenths;
            count++;
        }
    if (shape->n_cells == 0)
        return NULL;
    return count > 0 ? make_number(shape, sum / count, count * shape->ballots)
                     : make_wordless(CANDOUR__FIGURE_KIND__HIDDEN);
}

static Candour__View *view_of(const Candour__Figure *own, const Candour__Figure *others) {
    if (!is_number(own) || !is_number(others))
        return NULL;
    Candour__View *view = make_view();
    view->difference_tenths = (int32_t)own->tenths - (int32_t)others->tenths;
    view->kind = view->difference_tenths >= CLEAR    ? CANDOUR__COMPARISON__HIGHER
                 : view->difference_tenths <= -CLEAR ? CANDOUR__COMPARISON__LOWER
                                                     : CANDOUR__COMPARISON__NOT_CLEAR;
    return view;
}

// ---------------------------------------------------------------- parts

static void add_sources(Candour__Report *report, const struct shape *shape) {
    unsigned shown = 0;
    report->cells = take(shape->n_cells, sizeof(Candour__ReportCell *));
    for (unsigned i = 0; i < shape->n_cells; i++) {
        Candour__ReportCell *cell = report->cells[report->n_cells++] = make_report_cell();
        cell->groups = take(CELLS_MAX, sizeof *cell->groups);
        for (Candour__Group group = CANDOUR__GROUP__PEER; group <= CANDOUR__GROUP__OTHER; group++)
            if ((shape->cells[i] & 1u << group) != 0)
                cell->groups[cell->n_groups++] = group;
        cell->invited = shape->ballots + 2;
        cell->ballots = shape->ballots;
        shown |= shape->cells[i];
    }
    report->groups = take(GROUPS, sizeof(Candour__ReportGroup *));
    for (Candour__Group group = CANDOUR__GROUP__SELF; group <= CANDOUR__GROUP__OTHER; group++) {
        Candour__ReportGroup *one = report->groups[report->n_groups++] = make_report_group();
        bool is_one = group <= CANDOUR__GROUP__MANAGER;
        bool has = group == CANDOUR__GROUP__SELF ? shape->has_self : shape->has_manager;
        one->group = group;
        one->invited = is_one ? 1 : 4;
        if (is_one)
            one->outcome = has ? CANDOUR__GROUP_OUTCOME__ANSWERED : CANDOUR__GROUP_OUTCOME__NO_ANSWER;
        else if ((shown & 1u << group) != 0)
            one->outcome = CANDOUR__GROUP_OUTCOME__SHOWN;
        else
            one->outcome = shape->has_self ? CANDOUR__GROUP_OUTCOME__TOO_FEW : CANDOUR__GROUP_OUTCOME__NO_ANSWER;
    }
}

static void add_changes(Candour__ReportCompetency *one, const struct shape *shape, unsigned number) {
    one->changes = take(shape->n_cells, sizeof(Candour__Change *));
    for (unsigned i = 0; i < shape->n_cells; i++) {
        if (!is_number(one->cells[i]))
            continue;
        Candour__Change *change = one->changes[one->n_changes++] = make_change();
        change->cell = i;
        change->before = make_number(shape, one->cells[i]->tenths + (number * 5) % 19 - 9, shape->ballots);
        change->delta_tenths = (int32_t)one->cells[i]->tenths - (int32_t)change->before->tenths;
        change->low_tenths = change->delta_tenths - CLEAR;
        change->high_tenths = change->delta_tenths + CLEAR;
        change->kind = change->low_tenths > 0    ? CANDOUR__COMPARISON__HIGHER
                       : change->high_tenths < 0 ? CANDOUR__COMPARISON__LOWER
                                                 : CANDOUR__COMPARISON__NOT_CLEAR;
    }
}

static void add_competencies(Candour__Report *report, const struct sample *sample) {
    const struct shape *shape = &sample->shape;
    report->competencies = take(shape->competencies, sizeof(Candour__ReportCompetency *));
    for (unsigned i = 0; i < shape->competencies; i++) {
        Candour__ReportCompetency *one = report->competencies[report->n_competencies++] = make_report_competency();
        one->has_cluster = shape->clusters > 0;
        if (one->has_cluster)
            one->cluster = text("%s %u", sample->flavour->cluster, i * shape->clusters / shape->competencies + 1);
        one->name = text("%s %u", sample->flavour->competency, i + 1);
        one->has_definition = true;
        one->definition = text("%s", sample->flavour->definition);
        one->n_cells = shape->n_cells;
        one->cells = cell_figures(shape, i);
        one->colleagues = colleagues(shape, one->cells);
        if (shape->has_self)
            one->self = make_number(shape, 20 + (i * 9) % (10 * shape->scale - 19), 0);
        if (shape->has_manager)
            one->manager = make_number(shape, 25 + (i * 3) % 20, 0);
        one->view = view_of(one->self, one->colleagues);
        one->has_list = one->view != NULL && i % 2 == 0;
        one->list = (Candour__ViewList)(CANDOUR__VIEW_LIST__STRENGTH_BOTH_SEE + i / 2 % 4);
        if (shape->has_previous)
            add_changes(one, shape, i);
    }
}

static void add_items(Candour__Report *report, const struct sample *sample) {
    const struct shape *shape = &sample->shape;
    report->items = take(shape->items, sizeof(Candour__ReportItem *));
    for (unsigned i = 0; i < shape->items; i++) {
        Candour__ReportItem *one = report->items[report->n_items++] = make_report_item();
        one->competency = i * shape->competencies / shape->items;
        one->effective = text("%s", sample->flavour->effective);
        one->has_ineffective = i % 3 != 2;
        if (one->has_ineffective)
            one->ineffective = text("%s", sample->flavour->ineffective);
        one->n_cells = shape->n_cells;
        one->cells = cell_figures(shape, i + 3);
        one->colleagues = colleagues(shape, one->cells);
        one->has_self = shape->has_self;
        one->self = i % 7 == 3 ? 255 : 1 + i % shape->scale;
        if (shape->has_manager)
            one->manager = i % 9 == 4 ? make_wordless(CANDOUR__FIGURE_KIND__NOT_SEEN)
                                      : make_number(shape, 10 * (1 + (i + 2) % shape->scale), 0);
        if (!shape->has_bands)
            continue;
        one->bands = take(1, sizeof(Candour__Bands *));
        Candour__Bands *bands = one->bands[one->n_bands++] = make_bands();
        bands->kind = (Candour__BandsKind)(CANDOUR__BANDS_KIND__COUNTS + i % 3);
        bands->cell = i % shape->n_cells;
        bands->has_lower = bands->has_upper = bands->kind == CANDOUR__BANDS_KIND__COUNTS;
        bands->lower = 5;
        bands->upper = 9;
    }
}

static void add_comments(Candour__Report *report, const struct sample *sample) {
    enum { QUESTIONS = 3 };
    report->comments = take(QUESTIONS, sizeof(Candour__ReportComments *));
    for (unsigned i = 0; i < QUESTIONS; i++) {
        Candour__ReportComments *question = report->comments[report->n_comments++] = make_report_comments();
        question->question = text("%s", sample->flavour->question);
        // The last question has no answer where there are few.
        unsigned count = i + 1 == QUESTIONS && sample->shape.comments < 10 ? 0 : sample->shape.comments / QUESTIONS;
        question->comments = take(count, sizeof(Candour__ReportComment *));
        for (unsigned k = 0; k < count; k++) {
            Candour__ReportComment *one = question->comments[question->n_comments++] = make_report_comment();
            one->text = text(k % 4 == 1 ? "%s\n%s" : "%s", sample->flavour->comment, sample->flavour->comment);
            one->has_source = k == 0 && (sample->shape.has_manager || sample->shape.has_self);
            one->source = sample->shape.has_manager ? CANDOUR__GROUP__MANAGER : CANDOUR__GROUP__SELF;
        }
    }
    report->comments_hidden = sample->shape.n_cells == 0;
}

// ---------------------------------------------------------------- findings

static const Candour__Report *sorted; // qsort has no context

static int by_gap(const void *left, const void *right) {
    int a = abs(sorted->competencies[*(const uint32_t *)left]->view->difference_tenths);
    int b = abs(sorted->competencies[*(const uint32_t *)right]->view->difference_tenths);
    return b - a;
}

static void add_views(Candour__Report *report) {
    report->views = take(report->n_competencies, sizeof *report->views);
    for (uint32_t i = 0; i < report->n_competencies; i++)
        if (report->competencies[i]->view != NULL)
            report->views[report->n_views++] = i;
    sorted = report;
    qsort(report->views, report->n_views, sizeof *report->views, by_gap);
}

static Candour__Ranking *rank(const Candour__Report *report, Candour__RankingKind kind, uint32_t first) {
    Candour__Ranking *ranking = make_ranking();
    ranking->kind = kind;
    ranking->competencies = take(3, sizeof(uint32_t));
    ranking->tied = take(report->n_competencies, sizeof(uint32_t));
    for (uint32_t i = first; kind != CANDOUR__RANKING_KIND__EVEN && i < first + 2; i++)
        ranking->competencies[ranking->n_competencies++] = ranking->tied[ranking->n_tied++] = i;
    return ranking;
}

static void add_findings(Candour__Report *report, enum sample_report which) {
    add_views(report);
    if (report->n_cells > 0) {
        report->strengths = rank(report, CANDOUR__RANKING_KIND__CLEAR, 0);
        report->areas = rank(report, (Candour__RankingKind)(CANDOUR__RANKING_KIND__CLEAR + which % 3), 2);
    }
    report->view_min_tenths = 5;
    report->bands_min = 10;
    report->band_end = (uint32_t)(report->n_scale + 1) / 2;
    if (!samples[which].shape.has_previous)
        return;
    report->previous = make_previous_round();
    report->previous->round_name = text("%s (before)", samples[which].flavour->round);
    report->previous->answer_from = 1732233600;
    report->previous->close = 1733443200;
    report->previous->framework_version = 1;
}

Candour__Report *sample_report_make(enum sample_report which) {
    const struct sample *sample = &samples[which];
    const struct flavour *flavour = sample->flavour;
    Candour__Report *report = make_report();
    report->round_name = text("%s", flavour->round);
    report->organisation = text("%s", flavour->organisation);
    report->subject_name = text("%s", flavour->subject);
    report->framework = text("Ten competencies");
    report->framework_version = 2;
    report->level = text("4");
    report->level_name = text("Head of service");
    report->answer_from = 1796083200;
    report->close = 1797292800;
    report->rules = make_rules();
    report->rules->threshold = report->rules->comments_pooled = 4;
    report->n_scale = sample->shape.scale;
    report->scale = take(report->n_scale, sizeof *report->scale);
    for (size_t i = 0; i < report->n_scale; i++)
        report->scale[i] = text("%s", flavour->scale[i % ARRAY_LEN(flavour->scale)]);
    report->pooled_spread = which % 2 == 0;
    report->item_spread_tenths = 10;
    report->competency_spread_tenths = 8;
    add_sources(report, &sample->shape);
    add_competencies(report, sample);
    add_items(report, sample);
    add_comments(report, sample);
    add_findings(report, which);
    return report;
}
