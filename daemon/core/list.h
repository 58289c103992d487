// A doubly linked list whose links live in its members. A member is in at most one list at a time. Pure.
#ifndef CANDOUR_LIST_H
#define CANDOUR_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list {
    struct list *before, *after; // of a list: last and first; of a member outside any list: NULL
};

#define LIST_MEMBER(link, type, field) ((type *)(void *)((char *)(link)-offsetof(type, field)))

static inline void list_start(struct list *l) {
    l->before = l->after = l;
}
static inline bool list_is_empty(const struct list *l) {
    return l->after == l;
}
static inline void list_append(struct list *l, struct list *member) {
    member->before = l->before;
    member->after = l;
    l->before->after = member;
    l->before = member;
}
static inline void list_push(struct list *l, struct list *member) { // becomes the first
    list_append(l->after, member);
}
// Nothing happens to a member outside any list.
static inline void list_remove(struct list *member) {
    if (!member->after)
        return;
    member->before->after = member->after;
    member->after->before = member->before;
    member->before = member->after = NULL;
}
// NULL: empty.
static inline struct list *list_take(struct list *l) {
    struct list *first = l->after;
    if (first == l)
        return NULL;
    list_remove(first);
    return first;
}

#endif
