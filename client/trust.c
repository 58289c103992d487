#include "trust.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "crypto.h"
#include "output.h"

enum { PAGES_MAX = MANIFEST_BYTES_MAX / MANIFEST_PAGE_BYTES, PREPARING_PATIENCE_S = 3, VERSIONS_MAX = 1000 };

struct text {
    char *data;
    size_t len;
};

// ---------------------------------------------------------------- the chain

static int distrust(const Vault__Round *round, size_t version, const char *why, struct problem *ret_problem) {
    return problem_set(ret_problem, EXIT_RULE, "The rules of the round %s, version %zu, are not to be trusted: %s",
                       round->name, version, why);
}

// Reads the text of one version and judges it alone. The caller frees *ret_manifest.
static int read_version(const Vault__Round *round, size_t version, const char *text, size_t len,
                        struct manifest *ret_manifest, struct problem *ret_problem) {
    struct manifest manifest;
    int result = manifest_read(text, len, &manifest);
    if (result == -2)
        return problem_no_memory(ret_problem);
    if (result != 0)
        return distrust(round, version, "their text is not in the agreed form.", ret_problem);
    if (round->id.len != sizeof manifest.round || memcmp(manifest.round, round->id.data, sizeof manifest.round) != 0)
        result = distrust(round, version, "they belong to another round.", ret_problem);
    else if (manifest.version != version)
        result = distrust(round, version, "they carry another version number.", ret_problem);
    if (result != 0)
        manifest_free(&manifest);
    else
        *ret_manifest = manifest;
    return result;
}

static int check_root(const Vault__Round *round, const uint8_t hash[32], struct problem *ret_problem) {
    if (round->root.len == 32 && memcmp(round->root.data, hash, 32) == 0)
        return 0;
    return distrust(round, 0, "they are not the ones you saw first.", ret_problem);
}

int trust_newest(const Vault__Round *round, struct manifest *ret_manifest, struct problem *ret_problem) {
    if (round->stopped != NULL)
        return problem_set(ret_problem, EXIT_FAILED, "%s", round->stopped);
    if (round->n_manifests == 0)
        return problem_set(ret_problem, EXIT_NOT_FOUND,
                           "The rules of the round %s are not here yet. Sign in again: candour sign-in.", round->name);
    struct manifest before = {0};
    uint8_t hash[32];
    for (size_t version = 0; version < round->n_manifests; version++) {
        const char *text = (const char *)round->manifests[version].data;
        size_t len = round->manifests[version].len;
        struct manifest next;
        int result = read_version(round, version, text, len, &next, ret_problem);
        if (result == 0) {
            const char *why = version > 0 ? manifest_step_forbidden(&before, hash, &next) : NULL;
            if (why != NULL)
                result = distrust(round, version, why, ret_problem);
            manifest_hash(text, len, hash);
            if (version == 0 && result == 0)
                result = check_root(round, hash, ret_problem);
            if (result != 0)
                manifest_free(&next);
        }
        manifest_free(&before);
        if (result != 0)
            return result;
        before = next;
    }
    *ret_manifest = before;
    return 0;
}

static void drop_versions(Vault__Round *round, size_t keep) {
    while (round->n_manifests > keep)
        free(round->manifests[--round->n_manifests].data);
    if (keep == 0 && round->root.data != NULL) {
        free(round->root.data);
        round->root = (ProtobufCBinaryData){0};
        round->has_root = false;
    }
}

int trust_append(Vault__Round *round, const char *text, size_t len, struct problem *ret_problem) {
    size_t before = round->n_manifests;
    bool had_root = round->has_root;
    if (before == 0 && !had_root) {
        uint8_t root[32];
        manifest_hash(text, len, root);
        if (vault_set_bytes(&round->root, root, sizeof root) != 0)
            return problem_no_memory(ret_problem);
        round->has_root = true;
    }
    if (vault_add_bytes(&round->manifests, &round->n_manifests, text, len) != 0)
        return problem_no_memory(ret_problem);
    struct manifest newest;
    if (trust_newest(round, &newest, ret_problem) != 0) {
        free(round->manifests[--round->n_manifests].data);
        if (!had_root)
            drop_versions(round, 0);
        return -1;
    }
    manifest_free(&newest);
    return 0;
}

// ---------------------------------------------------------------- stopping

static int write_version(struct vault *vault, const Vault__Round *round, size_t version, const char *whose,
                         const char *text, size_t len, struct problem *ret_problem) {
    char name[96];
    snprintf(name, sizeof name, "evidence-%02x%02x%02x%02x-version-%zu-%s.txt", round->id.data[0], round->id.data[1],
             round->id.data[2], round->id.data[3], version, whose);
    return vault_write_evidence(vault, name, text, len, ret_problem);
}

int trust_stop(struct vault *vault, Vault__Round *round, const char *why, struct problem *ret_problem) {
    struct problem told;
    problem_set(
        &told, EXIT_FAILED,
        "STOP: %s Nothing more is sent. Do not answer in this round. Tell someone you trust outside the team that "
        "runs the server. Files evidence-*.txt in %s, if there are any, show what was seen.",
        why, vault_directory(vault));
    if (vault_set_text(&round->stopped, told.sentence, strlen(told.sentence)) != 0)
        return problem_no_memory(ret_problem);
    if (vault_save(vault, ret_problem) == 0)
        *ret_problem = told;
    return -1;
}

int trust_compare(struct vault *vault, Vault__Round *round, size_t version, const char *whose, const void *text,
                  size_t len, struct problem *ret_problem) {
    const ProtobufCBinaryData *known = &round->manifests[version];
    if (known->len == len && memcmp(known->data, text, len) == 0)
        return 0;
    if (write_version(vault, round, version, "known", (const char *)known->data, known->len, ret_problem) != 0 ||
        write_version(vault, round, version, whose, text, len, ret_problem) != 0)
        return -1;
    char why[512];
    snprintf(why, sizeof why,
             "the server shows different people other rules for the round %s (version %zu). With such rules your "
             "answers could be recognised.",
             round->name, version);
    return trust_stop(vault, round, why, ret_problem);
}

// A version that breaks the chain, from either door.
static int stop_at(struct vault *vault, Vault__Round *round, size_t version, const char *whose, const struct text *text,
                   struct problem *ret_problem) {
    const struct problem why = *ret_problem;
    if (write_version(vault, round, version, whose, text->data, text->len, ret_problem) != 0)
        return -1;
    return trust_stop(vault, round, why.sentence, ret_problem);
}

// ---------------------------------------------------------------- fetching

struct page {
    uint32_t newest, pages;
    uint32_t bytes; // of the whole text; 0 at the desk, which does not say it
    uint8_t data[MANIFEST_PAGE_BYTES];
};

static int strange_rules(const Vault__Round *round, struct problem *ret_problem) {
    return problem_set(ret_problem, EXIT_FAILED,
                       "The server sent the rules of the round %s in a form this client does not understand. Use a "
                       "client of the same version as the server.",
                       round->name);
}

// One page from either door. OK only.
static int fetch_page(struct link *link, bool is_desk, const Vault__Round *round, uint32_t version, uint32_t number,
                      struct page *ret_page, struct problem *ret_problem) {
    Candour__GetManifest request = CANDOUR__GET_MANIFEST__INIT;
    request.round = round->id;
    request.version = version;
    request.page = number;
    ProtobufCMessage *reply;
    if (link_call(link, is_desk ? OPERATION_GET_MANIFEST : OPERATION_MANIFEST_PAGE, &request.base, &reply,
                  ret_problem) != 0)
        return -1;
    ProtobufCBinaryData data;
    if (is_desk) {
        const Candour__GetManifestReply *desk = (const Candour__GetManifestReply *)reply;
        ret_page->newest = desk->newest;
        ret_page->pages = desk->pages;
        ret_page->bytes = 0;
        data = desk->page;
    } else {
        const Candour__ManifestPage *box = (const Candour__ManifestPage *)reply;
        ret_page->newest = box->newest;
        ret_page->pages = box->pages;
        ret_page->bytes = box->bytes;
        data = box->page;
    }
    bool is_whole = data.len == MANIFEST_PAGE_BYTES && ret_page->pages > number && ret_page->pages <= PAGES_MAX;
    if (is_whole)
        memcpy(ret_page->data, data.data, data.len);
    link_reply_free(reply);
    if (is_whole)
        return 0;
    return strange_rules(round, ret_problem);
}

// A whole version; *ret_text is malloc'ed. Padding is zero, and the text has no zero byte. *ret_newest: which version
// is the newest.
static int fetch(struct link *link, bool is_desk, const Vault__Round *round, uint32_t version, struct text *ret_text,
                 uint32_t *ret_newest, struct problem *ret_problem) {
    struct page *page = malloc(sizeof *page);
    char *data = NULL;
    int result = -1;
    uint32_t pages = 1;
    size_t len = 0;
    if (page == NULL) {
        problem_no_memory(ret_problem);
        goto out;
    }
    for (uint32_t number = 0; number < pages; number++) {
        if (fetch_page(link, is_desk, round, version, number, page, ret_problem) != 0)
            goto out;
        if (number > 0 && page->pages != pages) {
            strange_rules(round, ret_problem);
            goto out;
        }
        pages = page->pages;
        len = (size_t)(number + 1) * MANIFEST_PAGE_BYTES;
        char *larger = realloc(data, len);
        if (larger == NULL) {
            problem_no_memory(ret_problem);
            goto out;
        }
        data = larger;
        memcpy(data + len - MANIFEST_PAGE_BYTES, page->data, MANIFEST_PAGE_BYTES);
    }
    while (len > 0 && data[len - 1] == '\0')
        len--;
    if (!is_desk && len != page->bytes) {
        strange_rules(round, ret_problem);
        goto out;
    }
    *ret_newest = page->newest;
    *ret_text = (struct text){data, len};
    data = NULL;
    result = 0;
out:
    free(data);
    free(page);
    return result;
}

// Fetches everything, compares what the vault has, and appends the rest. Not saved, but for a stop. *ret_newest: as the
// door says.
static int fetch_all(struct vault *vault, Vault__Round *round, struct link *link, bool is_desk, uint32_t *ret_newest,
                     struct problem *ret_problem) {
    const char *whose = is_desk ? "desk" : "ballot-box";
    uint32_t newest = 0, unused;
    for (uint32_t version = 0; version <= newest; version++) {
        struct text text;
        if (fetch(link, is_desk, round, version, &text, version == 0 ? &newest : &unused, ret_problem) != 0)
            return -1;
        if (newest >= VERSIONS_MAX) {
            free(text.data);
            return strange_rules(round, ret_problem);
        }
        int result;
        if (version < round->n_manifests) {
            result = trust_compare(vault, round, version, whose, text.data, text.len, ret_problem);
        } else {
            result = trust_append(round, text.data, text.len, ret_problem);
            if (result != 0 && ret_problem->code == EXIT_RULE)
                stop_at(vault, round, version, whose, &text, ret_problem);
        }
        free(text.data);
        if (result != 0)
            return -1;
    }
    *ret_newest = newest;
    return 0;
}

void trust_box_target(struct vault *vault, const struct manifest *manifest, struct link_target *ret_target) {
    *ret_target = (struct link_target){.door = DOOR_BALLOT, .address_count = manifest->box_count};
    for (size_t i = 0; i < manifest->box_count; i++) { // a shuffle that puts each new one at a random place
        uint32_t random;
        crypto_random(&random, sizeof random);
        size_t place = random % (i + 1);
        memcpy(ret_target->addresses[i], ret_target->addresses[place], LINK_ADDRESS_BYTES);
        memcpy(ret_target->addresses[place], manifest->boxes[i], LINK_ADDRESS_BYTES);
    }
    ret_target->pin_count = manifest->pin_count;
    memcpy(ret_target->pins, manifest->pins, sizeof ret_target->pins);
    const char *ca_file = vault_data(vault)->ca_file;
    snprintf(ret_target->ca_file, sizeof ret_target->ca_file, "%s", ca_file != NULL ? ca_file : "");
}
_Static_assert((int)LINK_ADDRESSES_MAX >= (int)MANIFEST_BOXES_MAX && (int)LINK_PINS_MAX == (int)MANIFEST_PINS_MAX &&
                   (int)LINK_ADDRESS_BYTES == (int)MANIFEST_NAME_BYTES + 1,
               "a target holds what a manifest names");

// What a ballot box of the newest manifest shows to a stranger.
static int fetch_from_box(struct vault *vault, Vault__Round *round, uint32_t *ret_newest, struct problem *ret_problem) {
    struct manifest newest;
    if (trust_newest(round, &newest, ret_problem) != 0)
        return -1;
    int result = trust_clock(newest.demo, ret_problem);
    struct link_target target;
    trust_box_target(vault, &newest, &target);
    manifest_free(&newest);
    struct link *box;
    if (result != 0 || link_open(&target, &box, ret_problem) != 0)
        return -1;
    result = fetch_all(vault, round, box, false, ret_newest, ret_problem);
    link_close(box);
    return result;
}

int trust_collect(struct vault *vault, Vault__Round *round, struct link *desk, struct problem *ret_problem) {
    if (round->stopped != NULL)
        return problem_set(ret_problem, EXIT_FAILED, "%s", round->stopped);
    size_t before = round->n_manifests;
    link_set_patience(desk, PREPARING_PATIENCE_S); // busy means here: still being prepared
    uint32_t newest;
    int result = fetch_all(vault, round, desk, true, &newest, ret_problem);
    link_set_patience(desk, LINK_PATIENCE_S);
    if (result == 0 && round->n_manifests > before) {
        size_t desk_count = (size_t)newest + 1;
        result = fetch_from_box(vault, round, &newest, ret_problem);
        if (result == 0 && (size_t)newest + 1 < desk_count)
            result = problem_set(ret_problem, EXIT_UNREACHABLE,
                                 "The ballot box does not have the newest rules of the round %s yet. Sign in again in "
                                 "a few minutes.",
                                 round->name);
    }
    if (result == 0)
        return round->n_manifests > before ? vault_save(vault, ret_problem) : 0;
    // What was not compared is not kept.
    drop_versions(round, before);
    struct problem saving;
    if (round->stopped != NULL && vault_save(vault, &saving) != 0)
        *ret_problem = saving;
    return -1;
}

int trust_refresh(struct vault *vault, Vault__Round *round, struct problem *ret_problem) {
    uint32_t unused;
    if (fetch_from_box(vault, round, &unused, ret_problem) != 0)
        return -1;
    round->has_refreshed_at = true;
    round->refreshed_at = clock_now();
    return vault_save(vault, ret_problem);
}

// ---------------------------------------------------------------- questionnaire, clock

int trust_questionnaire(const Vault__Round *round, const struct manifest *manifest, const char *level,
                        struct questionnaire *ret_questionnaire, struct problem *ret_problem) {
    const struct manifest_level *expected = manifest_level_find(manifest, level);
    for (size_t i = 0; expected != NULL && i < round->n_questionnaires; i++) {
        const Vault__Questionnaire *kept = round->questionnaires[i];
        if (strcmp(kept->level, level) != 0)
            continue;
        uint8_t hash[32];
        questionnaire_hash((const char *)kept->text.data, kept->text.len, hash);
        if (memcmp(hash, expected->questionnaire, sizeof hash) != 0 ||
            questionnaire_read((const char *)kept->text.data, kept->text.len, ret_questionnaire) != 0)
            return problem_set(ret_problem, EXIT_FAILED,
                               "The questions of the round %s, level %s, are not the ones that its rules name. Do not "
                               "answer, and tell HR.",
                               round->name, level);
        return 0;
    }
    return problem_set(ret_problem, EXIT_NOT_FOUND,
                       "The questions of the round %s, level %s, are not here yet. Sign in again: candour sign-in.",
                       round->name, level);
}

int trust_clock(bool is_demo, struct problem *ret_problem) {
    static bool is_said;
    const char *path = getenv("CANDOUR_CLOCK_FILE");
    bool is_wanted = path != NULL && path[0] != '\0';
    if (!is_demo && (is_wanted || clock_is_shifted()))
        return problem_set(ret_problem, EXIT_RULE,
                           "CANDOUR_CLOCK_FILE shifts the clock, which is for demonstrations only; this is a real "
                           "round. Do: unset CANDOUR_CLOCK_FILE");
    if (is_wanted && !is_said) {
        is_said = true;
        clock_shift_by_file(path);
        char text[CLOCK_TEXT_BYTES];
        clock_text(clock_now(), text);
        output_print(stderr, "*** DEMONSTRATION: the clock is shifted by %s, it is now %s. ***\n", path, text);
    }
    return 0;
}
