// Finding the own ballots among the published leaves: all leaves are fetched, so that looking names none of them.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ballot.h"
#include "cast.h"
#include "clock.h"
#include "language.h"
#include "link.h"
#include "trust.h"
#include "when.h"

enum { LEAVES_PER_PAGE = 512, OVERDUE_S = 86400 };

struct leaves {
    uint8_t (*list)[32];
    uint32_t count;
    uint8_t root[32];
};

// What a round's leaves must fit.
struct expected {
    int64_t close, overdue;
    uint32_t raters; // asked in all; more leaves than that nobody can have sent
};

static int not_published(const Vault__Round *round, const struct expected *expected, struct problem *ret_problem) {
    char text[WHEN_TEXT_BYTES];
    when_text(expected->close, text);
    return problem_set(
        ret_problem, EXIT_NOT_FOUND,
        clock_now() < expected->overdue
            ? N_("The list of answers of the round %s is not published yet. It comes some time after the "
                 "round has closed, %s.")
            : N_("The list of answers of the round %s is OVERDUE: the round closed at %s, and nobody can "
                 "see yet that the answers are counted. Ask HR why it is not published."),
        round->name, text);
}

static int too_many(const Vault__Round *round, const struct expected *expected, uint32_t leaves,
                    struct problem *ret_problem) {
    return problem_set(ret_problem, EXIT_FAILED,
                       "STOP: %u answers are published for the round %s, but only %u were asked for. Somebody has "
                       "added answers. Do not trust its reports, and tell someone you trust outside the team that runs "
                       "the server.",
                       leaves, round->name, expected->raters);
}

static int inconsistent(const Vault__Round *round, struct problem *ret_problem) {
    return problem_set(
        ret_problem, EXIT_FAILED,
        "The published list of answers of the round %s does not fit its own root. Tell someone you trust "
        "outside the team that runs the server.",
        round->name);
}

static int fetch_page(struct link *box, const Vault__Round *round, uint32_t page, const struct expected *expected,
                      Candour__LeavesPage **ret_page, struct problem *ret_problem) {
    Candour__GetLeaves request = CANDOUR__GET_LEAVES__INIT;
    request.round = round->id;
    request.page = page;
    ProtobufCMessage *reply;
    if (link_call(box, OPERATION_LEAVES_PAGE, &request.base, &reply, ret_problem) != 0)
        return ret_problem->code == EXIT_NOT_FOUND ? not_published(round, expected, ret_problem) : -1;
    Candour__LeavesPage *leaves = (Candour__LeavesPage *)reply;
    uint32_t count = leaves->leaves;
    if (count > expected->raters) {
        link_reply_free(reply);
        return too_many(round, expected, count, ret_problem);
    }
    if (leaves->root.len == 32 && leaves->page.len == LEAVES_PER_PAGE * 32 &&
        leaves->pages <= count / LEAVES_PER_PAGE + 1 && count <= (uint64_t)leaves->pages * LEAVES_PER_PAGE) {
        *ret_page = leaves;
        return 0;
    }
    link_reply_free(reply);
    return inconsistent(round, ret_problem);
}

static int fetch_leaves(struct link *box, const Vault__Round *round, const struct expected *expected,
                        struct leaves *ret_leaves, struct problem *ret_problem) {
    struct leaves leaves = {0};
    uint32_t pages = 1;
    for (uint32_t number = 0; number < pages; number++) {
        Candour__LeavesPage *page = NULL;
        if (fetch_page(box, round, number, expected, &page, ret_problem) != 0)
            goto fail;
        if (number == 0) {
            pages = page->pages;
            leaves.count = page->leaves;
            memcpy(leaves.root, page->root.data, 32);
            leaves.list = calloc((size_t)pages * LEAVES_PER_PAGE + 1, 32);
        }
        bool is_same =
            page->pages == pages && page->leaves == leaves.count && memcmp(page->root.data, leaves.root, 32) == 0;
        if (is_same && leaves.list != NULL && pages > 0)
            memcpy(leaves.list[(size_t)number * LEAVES_PER_PAGE], page->page.data, page->page.len);
        link_reply_free(&page->base);
        if (leaves.list == NULL || !is_same) {
            if (leaves.list == NULL)
                problem_no_memory(ret_problem);
            else
                inconsistent(round, ret_problem);
            goto fail;
        }
    }
    uint8_t root[32];
    ballot_tree_root((const uint8_t(*)[32])leaves.list, leaves.count, root);
    if (memcmp(root, leaves.root, sizeof root) != 0) {
        inconsistent(round, ret_problem);
        goto fail;
    }
    *ret_leaves = leaves;
    return 0;
fail:
    free(leaves.list);
    return -1;
}

static bool has_leaf(const struct leaves *leaves, const ProtobufCBinaryData *leaf) {
    for (uint32_t i = 0; i < leaves->count; i++)
        if (leaf->len == 32 && memcmp(leaves->list[i], leaf->data, 32) == 0)
            return true;
    return false;
}

static struct expected expect(const struct manifest *manifest) {
    struct expected expected = {.close = manifest->close, .overdue = manifest->close + manifest->grace_s + OVERDUE_S};
    uint64_t raters = 0;
    for (size_t i = 0; i < manifest->subject_count; i++)
        for (size_t group = 0; group < MANIFEST_GROUPS; group++)
            raters += manifest->subjects[i].raters[group];
    expected.raters = raters < UINT32_MAX ? (uint32_t)raters : UINT32_MAX;
    return expected;
}

static int download(struct vault *vault, const Vault__Round *round, struct leaves *ret_leaves,
                    struct problem *ret_problem) {
    struct manifest manifest;
    if (trust_newest_seen(round, &manifest, ret_problem) != 0)
        return -1;
    struct link_target target;
    trust_box_target(vault, &manifest, &target);
    struct expected expected = expect(&manifest);
    int result = trust_clock(manifest.demo, ret_problem);
    manifest_free(&manifest);
    struct link *box;
    if (result != 0 || link_open(&target, &box, ret_problem) != 0)
        return -1;
    result = fetch_leaves(box, round, &expected, ret_leaves, ret_problem);
    link_close(box);
    return result;
}

int cast_check(struct vault *vault, Vault__Round *round, void (*tell)(void *context, const char *sentence),
               void *context, struct cast_checked *ret_checked, struct problem *ret_problem) {
    struct leaves leaves;
    if (download(vault, round, &leaves, ret_problem) != 0)
        return -1;
    struct cast_checked checked = {.leaves = leaves.count};
    memcpy(checked.root, leaves.root, sizeof checked.root);
    for (size_t i = 0; i < round->n_assignments; i++) {
        const Vault__Assignment *assignment = round->assignments[i];
        if (assignment->receipt == NULL)
            continue;
        bool is_found = has_leaf(&leaves, &assignment->receipt->leaf);
        checked.receipts++;
        checked.found += is_found;
        char sentence[512];
        snprintf(
            sentence, sizeof sentence,
            is_found
                ? _("Your answer about %s is among the published ones.")
                : _("Your answer about %s is MISSING from the published ones, although you hold a receipt for "
                    "it. If you did not change it on another computer, tell someone you trust outside the team that "
                    "runs the server."),
            assignment->subject_name);
        if (tell != NULL)
            tell(context, sentence);
    }
    free(leaves.list);
    if (checked.found == checked.receipts) {
        round->has_checked = round->checked = true;
        if (vault_save(vault, ret_problem) != 0)
            return -1;
    }
    *ret_checked = checked;
    return 0;
}
