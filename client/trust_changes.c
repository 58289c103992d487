// What an allowed new version of the rules means for a rater, in words.
#include <stdarg.h>
#include <stdio.h>

#include "client/language.h"
#include "clock.h"
#include "output.h"
#include "trust_private.h"
#include "when.h"

struct counts {
    size_t new_leaders, retired;
    bool has_more_raters;
};

static struct counts count(const struct manifest *before, const struct manifest *now) {
    struct counts counts = {0};
    for (size_t i = 0; i < now->subject_count; i++) {
        const struct manifest_subject *subject = &now->subjects[i];
        const struct manifest_subject *was = manifest_subject_find(before, subject->id);
        counts.new_leaders += was == NULL;
        counts.retired += was != NULL && subject->retired && !was->retired;
        for (size_t group = 0; was != NULL && group < MANIFEST_GROUPS; group++)
            counts.has_more_raters |= subject->raters[group] > was->raters[group];
    }
    return counts;
}

PRINTF(1, 2) static void tell(const char *format, ...) {
    char line[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    output_sentence(stderr, line);
}

static void tell_differences(const char *round, const struct manifest *before, const struct manifest *now) {
    struct counts counts = count(before, now);
    char old_close[WHEN_TEXT_BYTES], new_close[WHEN_TEXT_BYTES], until[WHEN_TEXT_BYTES];
    when_text(before->close, old_close);
    when_text(now->close, new_close);
    when_text(manifest_answers_until(now->answer_from, now->close), until);
    tell(_("The rules of the round %s have a new version, number %u. The changes are allowed ones, and the fingerprint "
           "is "
           "the same."),
         round, now->version);
    if (now->close != before->close)
        tell(_("The round now closes later: %s instead of %s. Answers are given until %s."), new_close, old_close,
             until);
    if (counts.new_leaders > 0)
        tell(ngettext("%zu leader was added.", "%zu leaders were added.", counts.new_leaders), counts.new_leaders);
    if (counts.retired > 0)
        tell(ngettext("%zu leader has left the round.", "%zu leaders have left the round.", counts.retired),
             counts.retired);
    if (counts.has_more_raters)
        tell(_("More people are asked than before."));
}

void trust_tell_changes(const Vault__Round *round, size_t before) {
    struct manifest old, now;
    struct problem unused;
    const ProtobufCBinaryData *text = &round->manifests[before];
    if (manifest_read((const char *)text->data, text->len, &old) != 0)
        return;
    if (trust_newest(round, &now, &unused) == 0) {
        tell_differences(round->name, &old, &now);
        manifest_free(&now);
    }
    manifest_free(&old);
}
