#include "daemon/desk/people_check.h"

#include <stdlib.h>

#include "daemon/desk/text.h"

enum { LINE_STORED = 0 }; // the node is not in the file

// One person after the import: what the file says, over what is stored.
struct node {
    ProtobufCBinaryData email, manager;
    uint32_t line;
    uint32_t walk; // number of the walk that came by; 0: none yet
    bool has_file_manager;
};

static int compare_nodes(const void *a, const void *b) {
    const struct node *left = a, *right = b;
    int order = text_compare(left->email, right->email);
    if (order != 0)
        return order;
    // The file's first row leads; whoever is stored already comes last.
    return (left->line - 1 > right->line - 1) - (left->line - 1 < right->line - 1);
}

// Leaves one node per address: the file's first row, which inherits a stored manager when it names none.
static size_t merge(struct node *nodes, size_t count, struct problems *problems) {
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        struct node *before = kept > 0 ? &nodes[kept - 1] : NULL;
        if (before == NULL || !text_is_equal(before->email, nodes[i].email)) {
            nodes[kept++] = nodes[i];
        } else if (nodes[i].line == LINE_STORED) {
            if (!before->has_file_manager)
                before->manager = nodes[i].manager;
        } else {
            problems_add(problems, nodes[i].line, "%.*s is already on line %u. Remove one of the two rows.",
                         TEXT(nodes[i].email), before->line);
        }
    }
    return kept;
}

static struct node *find(struct node *nodes, size_t count, ProtobufCBinaryData email) {
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = text_compare(nodes[middle].email, email);
        if (order == 0)
            return &nodes[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

// Removes links that lead nowhere, or to oneself, so that walks end or go in a circle of two or more.
static void check_manager(struct node *node, struct node *nodes, size_t count, struct problems *problems) {
    if (node->manager.len == 0)
        return;
    if (text_is_equal(node->email, node->manager))
        problems_add(problems, node->line,
                     "%.*s is given as their own manager. Give another manager, or leave the manager empty.",
                     TEXT(node->email));
    else if (find(nodes, count, node->manager) == NULL)
        problems_add(problems, node->line,
                     "The manager %.*s is neither in this file nor imported before. Add a row for them, or correct "
                     "the address.",
                     TEXT(node->manager));
    else
        return;
    node->manager.len = 0;
}

// The circle that goes through node: reported once, where the file names it first.
static void report_circle(struct node *node, struct node *nodes, size_t count, struct problems *problems) {
    struct node *first = node, *at = node;
    do {
        if (first->line == LINE_STORED || (at->line != LINE_STORED && at->line < first->line))
            first = at;
        at = find(nodes, count, at->manager);
    } while (at != node);
    problems_add(problems, first->line,
                 "The managers go in a circle: the manager of %.*s is %.*s, and so on back to %.*s. Correct one of "
                 "them.",
                 TEXT(first->email), TEXT(first->manager), TEXT(first->email));
}

static void check_circles(struct node *nodes, size_t count, struct problems *problems) {
    for (size_t i = 0; i < count; i++) {
        struct node *at = &nodes[i];
        for (; at != NULL && at->walk == 0; at = find(nodes, count, at->manager))
            at->walk = (uint32_t)i + 1;
        if (at != NULL && at->walk == i + 1)
            report_circle(at, nodes, count, problems);
    }
}

void people_check(const struct people_row *rows, size_t row_count, const struct people_known *known, size_t known_count,
                  struct problems *problems) {
    size_t count = 0;
    struct node *nodes = arena_alloc(problems->arena, (row_count + known_count) * sizeof *nodes);
    if (nodes == NULL)
        return;
    for (size_t i = 0; i < row_count; i++) {
        if (text_is_email(rows[i].email))
            nodes[count++] = (struct node){.email = rows[i].email,
                                           .manager = rows[i].manager,
                                           .line = rows[i].line,
                                           .has_file_manager = rows[i].has_manager};
        else
            problems_add(problems, rows[i].line, "\"%.*s\" is not an e-mail address. Correct it.", TEXT(rows[i].email));
    }
    for (size_t i = 0; i < known_count; i++)
        nodes[count++] = (struct node){.email = known[i].email, .manager = known[i].manager, .line = LINE_STORED};
    qsort(nodes, count, sizeof *nodes, compare_nodes);
    count = merge(nodes, count, problems);
    for (size_t i = 0; i < count; i++)
        check_manager(&nodes[i], nodes, count, problems);
    check_circles(nodes, count, problems);
    problems_sort(problems);
}
