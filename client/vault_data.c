// The content of a vault: setting fields, finding and adding.
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "candour.pb-c.h"
#include "crypto.h"
#include "output.h"
#include "vault.h"

enum { SECRET_BYTES_MAX = 64 }; // values up to here are keys, tokens and credentials: kept out of swap

int vault_set_bytes(ProtobufCBinaryData *field, const void *data, size_t len) {
    uint8_t *copy = NULL;
    if (data != NULL && len > 0) {
        copy = malloc(len);
        if (copy == NULL)
            return -1;
        memcpy(copy, data, len);
        if (len <= SECRET_BYTES_MAX)
            crypto_lock(copy, len); // as far as the system allows
    }
    if (field->data != NULL)
        crypto_wipe(field->data, field->len);
    free(field->data);
    field->data = copy;
    field->len = copy != NULL ? len : 0;
    return 0;
}

int vault_set_text(char **field, const void *text, size_t len) {
    char *copy = malloc(len + 1);
    if (copy == NULL)
        return -1;
    memcpy(copy, text, len);
    copy[len] = '\0';
    if (*field != protobuf_c_empty_string)
        free(*field);
    *field = copy;
    return 0;
}

// Wipes every bytes field below message.
static void wipe_message(const ProtobufCMessage *message) {
    for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
        const char *at = (const char *)message + field->offset;
        size_t count = 1;
        if (field->label == PROTOBUF_C_LABEL_REPEATED) {
            memcpy(&count, (const char *)message + field->quantifier_offset, sizeof count);
            if (count > 0)
                memcpy(&at, at, sizeof at);
        }
        for (size_t k = 0; k < count; k++) {
            if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
                const ProtobufCMessage *below;
                memcpy(&below, at + k * sizeof below, sizeof below);
                if (below != NULL)
                    wipe_message(below);
            } else if (field->type == PROTOBUF_C_TYPE_BYTES) {
                const ProtobufCBinaryData *data = (const ProtobufCBinaryData *)(const void *)at + k;
                if (data->data != NULL)
                    crypto_wipe(data->data, data->len);
            }
        }
    }
}

void vault_forget(ProtobufCMessage **field) {
    if (*field == NULL)
        return;
    wipe_message(*field);
    protobuf_c_message_free_unpacked(*field, NULL);
    *field = NULL;
}

// Room for one more pointer at the end of a repeated field; -1: no memory.
static int grow(void ***list, size_t count) {
    void **larger = reallocarray(*list, count + 1, sizeof *larger);
    if (larger == NULL)
        return -1;
    *list = larger;
    return 0;
}

// A new message at the end of a repeated field; NULL: no memory.
static void *append(void ***list, size_t *count, const ProtobufCMessageDescriptor *descriptor) {
    ProtobufCMessage *added = calloc(1, descriptor->sizeof_message);
    if (added == NULL || grow(list, *count) != 0) {
        free(added);
        return NULL;
    }
    protobuf_c_message_init(descriptor, added);
    (*list)[(*count)++] = added;
    return added;
}
#define APPEND(owner, list, descriptor) append((void ***)(void *)&(owner)->list, &(owner)->n_##list, &(descriptor))

static bool is_id(const ProtobufCBinaryData *id, const void *other, size_t len) {
    return id->len == len && memcmp(id->data, other, len) == 0;
}

Vault__Round *vault_round(struct vault *vault, const void *id, size_t id_len) {
    Vault__Vault *data = vault_data(vault);
    for (size_t i = 0; i < data->n_rounds; i++)
        if (is_id(&data->rounds[i]->id, id, id_len))
            return data->rounds[i];
    return NULL;
}

bool vault_is_finished(const Vault__Round *round) {
    return round->secret.len == 0 &&
           (round->state == CANDOUR__STATE__RELEASED || round->state == CANDOUR__STATE__ARCHIVED);
}

bool vault_is_meant(const Vault__Round *round, const char *text) {
    enum { DIGITS_MIN = 8 };
    static const char hex[] = "0123456789abcdef";
    if (strcasecmp(round->name, text) == 0)
        return true;
    size_t digits = 0;
    for (; *text != '\0'; text++) {
        if (*text == '-')
            continue;
        if (digits == 2 * round->id.len)
            return false;
        uint8_t byte = round->id.data[digits / 2];
        if (tolower((unsigned char)*text) != hex[digits % 2 == 0 ? byte >> 4 : byte & 15])
            return false;
        digits++;
    }
    return digits >= DIGITS_MIN;
}

Vault__Round *vault_round_meant(struct vault *vault, const char *text) {
    Vault__Vault *data = vault_data(vault);
    Vault__Round *found = NULL;
    for (size_t i = 0; i < data->n_rounds; i++)
        if (vault_is_meant(data->rounds[i], text) && (found == NULL || vault_is_finished(found)))
            found = data->rounds[i];
    return found;
}

Vault__Round *vault_add_round(struct vault *vault, const uint8_t id[16]) {
    Vault__Vault *data = vault_data(vault);
    uint8_t *copy = malloc(16);
    char *name = calloc(1, 1);
    Vault__Round *round = copy != NULL && name != NULL ? APPEND(data, rounds, vault__round__descriptor) : NULL;
    if (round == NULL) {
        free(copy);
        free(name);
        return NULL;
    }
    memcpy(copy, id, 16);
    round->id = (ProtobufCBinaryData){16, copy};
    round->name = name;
    return round;
}

Vault__Assignment *vault_assignment(Vault__Round *round, const void *id, size_t id_len) {
    for (size_t i = 0; i < round->n_assignments; i++)
        if (is_id(&round->assignments[i]->id, id, id_len))
            return round->assignments[i];
    return NULL;
}

Vault__Assignment *vault_add_assignment(Vault__Round *round, const uint8_t id[16]) {
    uint8_t *copy = malloc(16);
    char *name = calloc(1, 1), *level = calloc(1, 1);
    Vault__Assignment *assignment = copy != NULL && name != NULL && level != NULL
                                        ? APPEND(round, assignments, vault__assignment__descriptor)
                                        : NULL;
    if (assignment == NULL) {
        free(copy);
        free(name);
        free(level);
        return NULL;
    }
    memcpy(copy, id, 16);
    assignment->id = (ProtobufCBinaryData){16, copy};
    assignment->subject_name = name;
    assignment->level = level;
    return assignment;
}

int vault_add_bytes(ProtobufCBinaryData **list, size_t *count, const void *data, size_t len) {
    ProtobufCBinaryData *larger = reallocarray(*list, *count + 1, sizeof *larger);
    if (larger == NULL)
        return -1;
    *list = larger;
    larger[*count] = (ProtobufCBinaryData){0};
    if (vault_set_bytes(&larger[*count], data, len) != 0)
        return -1;
    ++*count;
    return 0;
}

int vault_add_questionnaire(Vault__Round *round, const char *level, const void *text, size_t len) {
    ProtobufCBinaryData copy = {0};
    char *name = strdup(level);
    Vault__Questionnaire *added = NULL;
    if (name != NULL && vault_set_bytes(&copy, text, len) == 0)
        added = APPEND(round, questionnaires, vault__questionnaire__descriptor);
    if (added == NULL) {
        free(name);
        free(copy.data);
        return -1;
    }
    added->level = name;
    added->text = copy;
    return 0;
}

// ---------------------------------------------------------------- answers

Vault__Answers *vault_answers_new(size_t items) {
    Vault__Answers *answers = malloc(sizeof *answers);
    uint8_t *ratings = calloc(items + 1, 1);
    if (answers == NULL || ratings == NULL) {
        free(answers);
        free(ratings);
        return NULL;
    }
    vault__answers__init(answers);
    answers->ratings = (ProtobufCBinaryData){items, ratings};
    return answers;
}

Vault__Answers *vault_answers_copy(const Vault__Answers *answers) {
    size_t len = vault__answers__get_packed_size(answers);
    uint8_t *packed = malloc(len + 1);
    if (packed == NULL)
        return NULL;
    vault__answers__pack(answers, packed);
    Vault__Answers *copy = vault__answers__unpack(NULL, len, packed);
    crypto_wipe(packed, len);
    free(packed);
    return copy;
}

static size_t comment_index(const Vault__Answers *answers, unsigned question) {
    size_t i = 0;
    while (i < answers->n_comments && answers->comments[i]->question != question)
        i++;
    return i;
}

const Vault__Comment *vault_answers_find(const Vault__Answers *answers, unsigned question) {
    size_t i = comment_index(answers, question);
    return i < answers->n_comments ? answers->comments[i] : NULL;
}

int vault_answers_comment(Vault__Answers *answers, unsigned question, const void *text, size_t len) {
    size_t i = comment_index(answers, question);
    if (len == 0) {
        if (i < answers->n_comments) {
            VAULT_FORGET(answers->comments[i]);
            answers->comments[i] = answers->comments[--answers->n_comments];
        }
        return 0;
    }
    Vault__Comment *comment =
        i < answers->n_comments ? answers->comments[i] : APPEND(answers, comments, vault__comment__descriptor);
    if (comment == NULL)
        return -1;
    comment->question = question;
    return vault_set_bytes(&comment->text, text, len);
}

// ---------------------------------------------------------------- finding a subject

static void list_candidate(struct problem *problem, bool is_first, const Vault__Round *round,
                           const Vault__Assignment *assignment) {
    char name[256], round_name[256];
    output_clean(assignment->subject_name, strlen(assignment->subject_name), true, name, sizeof name);
    output_clean(round->name, strlen(round->name), true, round_name, sizeof round_name);
    size_t used = strlen(problem->sentence);
    snprintf(problem->sentence + used, sizeof problem->sentence - used, "%s %s (%s, %02x%02x%02x%02x)",
             is_first ? "" : ";", name, round_name, round->id.data[0], round->id.data[1], round->id.data[2],
             round->id.data[3]);
}

int vault_find_subject(struct vault *vault, const char *name, const char *round, unsigned group,
                       Vault__Round **ret_round, Vault__Assignment **ret_assignment, struct problem *ret_problem) {
    struct problem several;
    problem_set(&several, EXIT_USAGE,
                "Say whom you mean, by a part of the name that no other has, or by --round with the round's name or "
                "number:");
    Vault__Round *found_round = NULL;
    Vault__Assignment *found = NULL;
    unsigned count = 0, exact = 0;
    Vault__Vault *data = vault_data(vault);
    for (size_t i = 0; i < data->n_rounds; i++) {
        Vault__Round *in = data->rounds[i];
        if (round != NULL ? !vault_is_meant(in, round) : vault_is_finished(in))
            continue;
        for (size_t k = 0; k < in->n_assignments; k++) {
            Vault__Assignment *one = in->assignments[k];
            bool is_meant = (group == 0 || one->group == group) &&
                            (name == NULL || name[0] == '\0' || strcasestr(one->subject_name, name) != NULL);
            if (!is_meant)
                continue;
            if (exact == 0) {
                found_round = in;
                found = one;
            }
            exact += name != NULL && strcasecmp(one->subject_name, name) == 0;
            list_candidate(&several, count++ == 0, in, one);
        }
    }
    if (count == 0)
        return problem_set(ret_problem, EXIT_NOT_FOUND,
                           "You are not asked about anyone of that name. See whom you are asked about: candour "
                           "assignments list");
    if (count > 1 && exact != 1) {
        *ret_problem = several;
        return -1;
    }
    *ret_round = found_round;
    *ret_assignment = found;
    return 0;
}
