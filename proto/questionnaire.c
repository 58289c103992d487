#include "questionnaire.h"

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "crypto.h"

static const char title[] = "candour-questionnaire 1";

static void write_lines(FILE *out, const struct questionnaire *q) {
    fprintf(out, "%s\nframework\t%s\t%u\nlevel\t%s\t%s\nscale", title, q->framework, q->version, q->level,
            q->level_name);
    for (unsigned i = 0; i < q->scale_count; i++)
        fprintf(out, "\t%s", q->scale[i]);
    fputc('\n', out);
    unsigned item = 0;
    for (unsigned c = 0; c < q->competency_count; c++) {
        const struct questionnaire_competency *competency = &q->competencies[c];
        fprintf(out, "competency\t%s\t%s\t%s\n", competency->cluster, competency->name, competency->definition);
        for (; item < q->item_count && q->items[item].competency == c; item++)
            fprintf(out, "item\t%u\t%s\t%s\n", item + 1, q->items[item].effective, q->items[item].ineffective);
    }
    assert(item == q->item_count);
    for (unsigned i = 0; i < q->question_count; i++)
        fprintf(out, "question\t%s\n", q->questions[i]);
}

char *questionnaire_write(const struct questionnaire *q, size_t *ret_len) {
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    if (out == NULL)
        return NULL;
    write_lines(out, q);
    bool is_whole = !ferror(out);
    if (fclose(out) != 0 || !is_whole) {
        free(text);
        return NULL;
    }
    *ret_len = len;
    return text;
}

enum { FIELDS_MAX = QUESTIONNAIRE_SCALE_MAX + 1 };

// Cuts line at its tabs. Number of fields, FIELDS_MAX + 1 when there are more than that.
static size_t split(char *line, const char *ret_fields[FIELDS_MAX]) {
    size_t count = 0;
    for (char *field; (field = strsep(&line, "\t")) != NULL; count++) {
        if (count == FIELDS_MAX)
            return FIELDS_MAX + 1;
        ret_fields[count] = field;
    }
    return count;
}

static bool read_item(struct questionnaire *q, const char *const *fields, size_t count) {
    if (count != 4 || q->item_count == QUESTIONNAIRE_ITEMS_MAX || q->competency_count == 0 || *fields[2] == '\0')
        return false;
    q->items[q->item_count++] = (struct questionnaire_item){q->competency_count - 1, fields[2], fields[3]};
    return true;
}

static bool is_last_competency_empty(const struct questionnaire *q) {
    return q->competency_count > 0 &&
           (q->item_count == 0 || q->items[q->item_count - 1].competency != q->competency_count - 1);
}

static bool read_competency(struct questionnaire *q, const char *const *fields, size_t count) {
    if (count != 4 || is_last_competency_empty(q) || q->competency_count == QUESTIONNAIRE_COMPETENCIES_MAX ||
        *fields[2] == '\0')
        return false;
    q->competencies[q->competency_count++] = (struct questionnaire_competency){fields[1], fields[2], fields[3]};
    return true;
}

static bool read_scale(struct questionnaire *q, const char *const *fields, size_t count) {
    if (count < QUESTIONNAIRE_SCALE_MIN + 1 || count > QUESTIONNAIRE_SCALE_MAX + 1)
        return false;
    q->scale_count = (unsigned)count - 1;
    for (unsigned i = 0; i < q->scale_count; i++) {
        q->scale[i] = fields[i + 1];
        if (*q->scale[i] == '\0')
            return false;
    }
    return true;
}

static bool read_framework(struct questionnaire *q, const char *const *fields, size_t count) {
    unsigned long version = count == 3 ? strtoul(fields[2], NULL, 10) : 0;
    if (version == 0 || version > UINT32_MAX || *fields[1] == '\0')
        return false;
    q->framework = fields[1];
    q->version = (unsigned)version;
    return true;
}

static bool read_level(struct questionnaire *q, const char *const *fields, size_t count) {
    if (count != 3 || *fields[1] == '\0')
        return false;
    q->level = fields[1];
    q->level_name = fields[2];
    return true;
}

static bool read_question(struct questionnaire *q, const char *const *fields, size_t count) {
    if (count != 2 || q->question_count == QUESTIONNAIRE_QUESTIONS_MAX || *fields[1] == '\0')
        return false;
    q->questions[q->question_count++] = fields[1];
    return true;
}

static bool read_line(struct questionnaire *q, char *line) {
    static const struct {
        const char *word;
        bool (*read)(struct questionnaire *q, const char *const *fields, size_t count);
    } lines[] = {
        {"framework", read_framework},   {"level", read_level}, {"scale", read_scale},
        {"competency", read_competency}, {"item", read_item},   {"question", read_question},
    };
    const char *fields[FIELDS_MAX];
    size_t count = split(line, fields);
    for (size_t i = 0; i < ARRAY_LEN(lines); i++)
        if (strcmp(fields[0], lines[i].word) == 0)
            return lines[i].read(q, fields, count);
    return false;
}

// Order, numbering and repetition are not looked at: writing it again shows whether they were canonical.
static int read_text(struct questionnaire *q) {
    char *rest = q->text, *line = strsep(&rest, "\n");
    if (strcmp(line, title) != 0)
        return -1;
    while ((line = strsep(&rest, "\n")) != NULL && rest != NULL)
        if (!read_line(q, line))
            return -1;
    bool is_whole = q->framework != NULL && q->level != NULL && q->scale_count > 0 && q->item_count > 0 &&
                    !is_last_competency_empty(q);
    return is_whole ? 0 : -1;
}

int questionnaire_read(const char *text, size_t len, struct questionnaire *ret_q) {
    if (!check_text(text, len))
        return -1;
    struct questionnaire q = {.text = strndup(text, len)};
    if (q.text == NULL)
        return -2;
    int r = read_text(&q);
    if (r < 0)
        goto out_text;
    size_t again_len;
    char *again = questionnaire_write(&q, &again_len);
    if (again == NULL) {
        r = -2;
        goto out_text;
    }
    bool is_canonical = again_len == len && memcmp(again, text, len) == 0;
    free(again);
    if (is_canonical) {
        *ret_q = q;
        return 0;
    }
    r = -1;
out_text:
    questionnaire_free(&q);
    return r;
}

void questionnaire_free(struct questionnaire *q) {
    free(q->text);
    q->text = NULL;
}

void questionnaire_hash(const char *text, size_t len, uint8_t ret_hash[32]) {
    struct crypto_span whole = {text, len};
    crypto_sha256(&whole, 1, ret_hash);
}
