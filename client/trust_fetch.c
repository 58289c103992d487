// What a round's two doors show: fetched whole, compared, kept.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/language.h"
#include "clock.h"
#include "output.h"
#include "trust_private.h"

enum { PAGES_MAX = MANIFEST_BYTES_MAX / MANIFEST_PAGE_BYTES, PREPARING_PATIENCE_S = 3, VERSIONS_MAX = 1000 };
enum { TRIES = 3, PAUSE_S = 2 }; // one door learns of a new version some seconds before the other

struct text {
    char *data;
    size_t len;
};

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

int trust_fetch_first(struct link *link, enum door door, const Vault__Round *about, char **ret_text, size_t *ret_len,
                      struct problem *ret_problem) {
    struct text text;
    uint32_t newest;
    if (fetch(link, door == DOOR_DESK, about, 0, &text, &newest, ret_problem) != 0)
        return -1;
    *ret_text = text.data;
    *ret_len = text.len;
    return 0;
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
                trust_stop_at(vault, round, version, whose, text.data, text.len, ret_problem);
        }
        free(text.data);
        if (result != 0)
            return -1;
    }
    *ret_newest = newest;
    return 0;
}

// What a ballot box shows to a stranger.
static int fetch_from_box(struct vault *vault, Vault__Round *round, uint32_t *ret_newest, struct problem *ret_problem) {
    struct manifest manifest;
    if (trust_newest(round, &manifest, ret_problem) != 0)
        return -1;
    struct link_target target;
    trust_box_target(vault, &manifest, &target);
    struct link *box;
    int result = trust_clock(manifest.demo, ret_problem);
    manifest_free(&manifest);
    if (result != 0 || link_open(&target, &box, ret_problem) != 0)
        return -1;
    result = fetch_all(vault, round, box, false, ret_newest, ret_problem);
    link_close(box);
    return result;
}

// ---------------------------------------------------------------- both doors

static void pause_really(unsigned seconds) {
    while (seconds > 0)
        seconds = sleep(seconds);
}
void (*trust_pause)(unsigned seconds) = pause_really;

// One door has versions that the other has not, or no longer, and waiting did not help. Not for good: a server of many
// parts may be slow. *ret_problem: why.
static int apart(struct vault *vault, const Vault__Round *round, const char *why, struct problem *ret_problem) {
    size_t newest = round->n_manifests - 1;
    const ProtobufCBinaryData *text = &round->manifests[newest];
    if (trust_keep_evidence(vault, round, newest, "one-door", (const char *)text->data, text->len, ret_problem) != 0)
        return -1;
    return problem_set(ret_problem, EXIT_FAILED,
                       _("STOP: %s Nothing was collected or sent for the round %s. Try again in ten minutes. If it is "
                         "still so, do not answer in this round, and tell someone you trust outside the team that runs "
                         "the server. Files evidence-*.txt in %s show what was seen."),
                       why, round->name, vault_directory(vault));
}

// Until both doors have shown the same versions as are here now.
static int compare_doors(struct vault *vault, Vault__Round *round, struct link *desk, struct problem *ret_problem) {
    size_t agreed = trust_agreed(round);
    for (int tries = 1;; tries++) {
        uint32_t at_desk, at_box;
        if (fetch_all(vault, round, desk, true, &at_desk, ret_problem) != 0)
            return -1;
        if (round->n_manifests == agreed && at_desk + (size_t)1 == agreed)
            return 0; // compared when it was new
        if (fetch_from_box(vault, round, &at_box, ret_problem) != 0)
            return -1;
        if (at_desk == at_box && at_desk + (size_t)1 == round->n_manifests)
            return 0;
        if (tries == TRIES)
            return apart(vault, round,
                         at_desk > at_box   ? _("the server shows you newer rules than it shows to strangers.")
                         : at_desk < at_box ? _("the server does not show you the newest rules.")
                                            : _("the server no longer shows rules that it has shown before."),
                         ret_problem);
        trust_pause(PAUSE_S);
    }
}

int trust_collect(struct vault *vault, Vault__Round *round, struct link *desk, struct problem *ret_problem) {
    if (round->stopped != NULL)
        return problem_set(ret_problem, EXIT_FAILED, "%s", round->stopped);
    size_t seen = round->n_manifests, agreed = trust_agreed(round);
    link_set_patience(desk, PREPARING_PATIENCE_S); // busy means here: still being prepared
    int result = compare_doors(vault, round, desk, ret_problem);
    link_set_patience(desk, LINK_PATIENCE_S);
    if (result == 0) {
        round->has_agreed = true;
        round->agreed = (uint32_t)round->n_manifests;
        if (vault_save(vault, ret_problem) != 0)
            return -1;
        if (agreed > 0 && round->n_manifests > agreed)
            trust_tell_changes(round, agreed - 1);
        return 0;
    }
    // What was not compared is not kept, but for what a ballot box had shown: it must not vanish.
    trust_drop_versions(round, seen);
    struct problem saving;
    if (round->stopped != NULL && vault_save(vault, &saving) != 0)
        *ret_problem = saving;
    return -1;
}

int trust_refresh(struct vault *vault, Vault__Round *round, struct problem *ret_problem) {
    size_t before = round->n_manifests;
    uint32_t newest;
    for (int tries = 1;; tries++) {
        if (fetch_from_box(vault, round, &newest, ret_problem) != 0)
            return -1;
        if (newest + (size_t)1 >= round->n_manifests)
            break;
        if (tries == TRIES)
            return apart(vault, round, _("the server no longer shows rules that it has shown before."), ret_problem);
        trust_pause(PAUSE_S);
    }
    round->has_refreshed_at = true;
    round->refreshed_at = clock_now();
    if (vault_save(vault, ret_problem) != 0)
        return -1;
    if (round->n_manifests > before) // without advice: who signs in now would be known by this connection
        output_sentence(stderr, _("The ballot box shows newer rules. They change nothing here until the desk has shown "
                                  "them, too, at a later sign-in."));
    return 0;
}
