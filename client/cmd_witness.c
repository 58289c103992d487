// Witnesses: their keys, what they sign, where it is published, and who asks for it. Files are a few lines of text.
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/language.h"
#include "code.h"
#include "commands.h"
#include "crypto.h"
#include "manifest.h"
#include "output.h"
#include "trust.h"
#include "when.h"
#include "witness.h"

enum { KEY_BYTES = 32, HEX_BYTES = 2 * CRYPTO_SIGNATURE_BYTES + 1, LIST_MAX = 32 };

// ---------------------------------------------------------------- text

static void write_hex(FILE *out, const char *word, const uint8_t *bytes, size_t len) {
    fprintf(out, "%s ", word);
    for (size_t i = 0; i < len; i++)
        fprintf(out, "%02x", bytes[i]);
    fputc('\n', out);
}

// Exactly len bytes in lower-case digits; -1: it is not that.
static int read_hex(const char *text, uint8_t *ret_bytes, size_t len) {
    if (strlen(text) != 2 * len || strspn(text, "0123456789abcdef") != 2 * len)
        return -1;
    for (size_t i = 0; i < len; i++)
        if (sscanf(text + 2 * i, "%2hhx", &ret_bytes[i]) != 1)
            return -1;
    return 0;
}

static int cannot(struct run *run, const char *path) {
    return problem_set(&run->problem, EXIT_FAILED, _("The file %s cannot be used (%s)."), path, strerror(errno));
}

// ---------------------------------------------------------------- key

int cmd_witness_key(struct run *run) {
    uint8_t seed[CRYPTO_KEY_BYTES], public_key[KEY_BYTES], secret[CRYPTO_SIGN_SECRET_BYTES];
    const char *path = run->given.arguments[0];
    if (crypto_start() != 0)
        return problem_no_memory(&run->problem);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (file == NULL)
        return cannot(run, path);
    crypto_random(seed, sizeof seed);
    crypto_sign_pair(seed, public_key, secret);
    fputs("candour-witness-key 1\n", file);
    write_hex(file, "seed", seed, sizeof seed);
    crypto_wipe(seed, sizeof seed);
    crypto_wipe(secret, sizeof secret);
    if (fflush(file) != 0 || fsync(fd) != 0 || fclose(file) != 0)
        return cannot(run, path);
    write_hex(stdout, "key", public_key, sizeof public_key);
    cmd_tell(run,
             _("%s holds the secret: keep it away from the server and from those who run it. Give the public key above "
               "to the raters, in person or on paper."),
             path);
    return 0;
}

static int read_key(struct run *run, uint8_t ret_public[KEY_BYTES], uint8_t ret_secret[CRYPTO_SIGN_SECRET_BYTES]) {
    const char *path = command_value(&run->given, "key");
    char text[HEX_BYTES] = "";
    uint8_t seed[CRYPTO_KEY_BYTES];
    if (path == NULL)
        return problem_set(&run->problem, EXIT_USAGE,
                           _("--key is missing. Make a key first: candour witness key FILE"));
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return cannot(run, path);
    int found = fscanf(file, "candour-witness-key 1\nseed %64[0-9a-f]\n", text);
    fclose(file);
    int result = found == 1 ? read_hex(text, seed, sizeof seed) : -1;
    if (result == 0)
        crypto_sign_pair(seed, ret_public, ret_secret);
    else
        problem_set(&run->problem, EXIT_USAGE, _("%s is not the key of a witness."), path);
    crypto_wipe(seed, sizeof seed);
    crypto_wipe(text, sizeof text);
    return result;
}

// ---------------------------------------------------------------- sign

struct signing {
    char *text; // malloc'ed
    size_t len;
    struct manifest m;
    uint8_t root[32];
};

static int read_manifest(struct run *run, struct signing *s) {
    const char *path = run->given.arguments[0];
    FILE *file = fopen(path, "re");
    s->text = malloc(MANIFEST_BYTES_MAX + 1);
    if (file == NULL || s->text == NULL) {
        if (file != NULL)
            fclose(file);
        return file == NULL ? cannot(run, path) : problem_no_memory(&run->problem);
    }
    s->len = fread(s->text, 1, MANIFEST_BYTES_MAX + 1, file);
    fclose(file);
    if (manifest_read(s->text, s->len, &s->m) != 0 || s->m.version != 0)
        return problem_set(&run->problem, EXIT_USAGE,
                           _("%s is not the first manifest of a round, byte for byte. Get it again: candour round "
                             "manifest"),
                           path);
    manifest_hash(s->text, s->len, s->root);
    return 0;
}

// What the ballot box shows to a stranger must be the same.
static int compare_with_box(struct run *run, const struct signing *s) {
    const char *ca_file = command_value(&run->given, "ca");
    Vault__Round about = VAULT__ROUND__INIT;
    struct link_target target;
    struct link *box;
    char *text;
    size_t len;
    about.id = (ProtobufCBinaryData){sizeof s->m.round, (uint8_t *)(uintptr_t)s->m.round};
    about.name = (char *)(uintptr_t)run->given.arguments[0];
    trust_box_target(run->vault, &s->m, &target);
    if (ca_file != NULL)
        snprintf(target.ca_file, sizeof target.ca_file, "%s", ca_file);
    if (link_open(&target, &box, &run->problem) != 0)
        return -1;
    int result = trust_fetch_first(box, DOOR_BALLOT, &about, &text, &len, &run->problem);
    link_close(box);
    if (result != 0)
        return -1;
    bool is_same = len == s->len && memcmp(text, s->text, len) == 0;
    free(text);
    if (is_same)
        return 0;
    return problem_set(
        &run->problem, EXIT_FAILED,
        _("STOP: the ballot box shows another manifest of this round than %s. Sign neither; keep the file, "
          "and ask where it came from."),
        run->given.arguments[0]);
}

static int ask(struct run *run, const struct signing *s) {
    enum { GROUP = 4 };
    char fingerprint[CODE_FINGERPRINT_TEXT_BYTES], end[WHEN_TEXT_BYTES], what[CMD_LINE_BYTES / 2];
    code_fingerprint(s->root, fingerprint);
    when_text(s->m.close, end);
    snprintf(what, sizeof what,
             _("You sign the rules of a round of %s about %zu leaders, which closes at %s. Their fingerprint is %s. "
               "Compare it with the one that is published, and sign no other one for this round."),
             s->m.organisation, s->m.subject_count, end, fingerprint);
    return cmd_confirm(run, fingerprint + strlen(fingerprint) - GROUP, what);
}

// A witness who signed two roots of one round would be worth nothing; so what was signed is written down first.
static int note(struct run *run, const struct signing *s) {
    char path[4096], round[HEX_BYTES], root[HEX_BYTES];
    uint8_t known_round[16], known_root[32];
    snprintf(path, sizeof path, "%s.signed", command_value(&run->given, "key"));
    FILE *file = fopen(path, "a+e");
    if (file == NULL)
        return cannot(run, path);
    rewind(file);
    while (fscanf(file, "round %32[0-9a-f] root %64[0-9a-f]\n", round, root) == 2) {
        if (read_hex(round, known_round, sizeof known_round) != 0 ||
            read_hex(root, known_root, sizeof known_root) != 0 ||
            memcmp(known_round, s->m.round, sizeof known_round) != 0)
            continue;
        bool is_same = memcmp(known_root, s->root, sizeof known_root) == 0;
        fclose(file);
        return is_same ? 0
                       : problem_set(&run->problem, EXIT_RULE,
                                     _("STOP: this key has signed another manifest of the same round. Do not sign this "
                                       "one. Somebody shows different people different rules."));
    }
    if (!feof(file)) {
        fclose(file);
        return problem_set(&run->problem, EXIT_FAILED, _("%s is damaged. It must say which manifests were signed."),
                           path);
    }
    fputs("round ", file);
    for (size_t i = 0; i < sizeof s->m.round; i++)
        fprintf(file, "%02x", s->m.round[i]);
    write_hex(file, " root", s->root, sizeof s->root);
    if (fflush(file) != 0 || fsync(fileno(file)) != 0 || fclose(file) != 0)
        return cannot(run, path);
    return 0;
}

int cmd_witness_sign(struct run *run) {
    struct signing s = {0};
    uint8_t public_key[KEY_BYTES], secret[CRYPTO_SIGN_SECRET_BYTES], signature[CRYPTO_SIGNATURE_BYTES];
    int result = crypto_start() == 0 ? read_key(run, public_key, secret) : problem_no_memory(&run->problem);
    if (result == 0)
        result = read_manifest(run, &s);
    if (result == 0)
        result = trust_clock(s.m.demo, &run->problem);
    if (result == 0 && !command_has(&run->given, "offline"))
        result = compare_with_box(run, &s);
    if (result == 0)
        result = ask(run, &s);
    if (result == 0)
        result = note(run, &s);
    if (result == 0) {
        witness_sign(secret, s.root, signature);
        puts("candour-witness 1");
        write_hex(stdout, "root", s.root, sizeof s.root);
        write_hex(stdout, "key", public_key, sizeof public_key);
        write_hex(stdout, "signature", signature, sizeof signature);
        cmd_tell(run, _("Signed. Next, for the administrator: candour round witness"));
    }
    crypto_wipe(secret, sizeof secret);
    manifest_free(&s.m);
    free(s.text);
    return result;
}

// ---------------------------------------------------------------- trust

static int show_list(const struct run *run, const Vault__Vault *data) {
    for (size_t i = 0; i < data->n_witness_keys; i++)
        write_hex(stdout, "key", data->witness_keys[i].data, data->witness_keys[i].len);
    cmd_tell(run,
             ngettext("%u witness of this list must have signed the rules of a round.",
                      "%u witnesses of this list must have signed the rules of a round.", data->witnesses_needed),
             data->witnesses_needed);
    return 0;
}

int cmd_witness_trust(struct run *run) {
    const char *texts[LIST_MAX];
    uint8_t keys[LIST_MAX][KEY_BYTES];
    Vault__Vault *data = vault_data(run->vault);
    size_t count = command_values(&run->given, "key", texts, LIST_MAX);
    uint32_t needed = (uint32_t)count;
    if (count == 0 && command_value(&run->given, "needed") == NULL)
        return show_list(run, data);
    for (size_t i = 0; i < count; i++) {
        bool is_twice = false;
        if (read_hex(texts[i], keys[i], KEY_BYTES) != 0)
            return problem_set(&run->problem, EXIT_USAGE, _("%s is not a public key: 64 digits, 0 to 9 and a to f."),
                               texts[i]);
        for (size_t k = 0; k < i; k++)
            is_twice |= memcmp(keys[k], keys[i], KEY_BYTES) == 0;
        if (is_twice)
            return problem_set(&run->problem, EXIT_USAGE, _("The key %s is given twice."), texts[i]);
    }
    size_t listed = count > 0 ? count : data->n_witness_keys;
    if (cmd_number(run, "needed", 0, (uint32_t)listed, &needed) != 0)
        return -1;
    if (count > 0) {
        while (data->n_witness_keys > 0)
            free(data->witness_keys[--data->n_witness_keys].data);
        for (size_t i = 0; i < count; i++)
            if (vault_add_bytes(&data->witness_keys, &data->n_witness_keys, keys[i], KEY_BYTES) != 0)
                return problem_no_memory(&run->problem);
    }
    data->has_witnesses_needed = true;
    data->witnesses_needed = needed;
    return vault_save(run->vault, &run->problem) == 0 ? show_list(run, data) : -1;
}

// ---------------------------------------------------------------- for administrators

int cmd_round_witness(struct run *run) {
    char root[HEX_BYTES], key_text[HEX_BYTES], signature_text[HEX_BYTES];
    uint8_t key[KEY_BYTES], signature[CRYPTO_SIGNATURE_BYTES];
    const char *path = run->given.arguments[1];
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return cannot(run, path);
    int found = fscanf(file, "candour-witness 1\nroot %64[0-9a-f]\nkey %64[0-9a-f]\nsignature %128[0-9a-f]\n", root,
                       key_text, signature_text);
    fclose(file);
    if (found != 3 || read_hex(key_text, key, sizeof key) != 0 ||
        read_hex(signature_text, signature, sizeof signature) != 0)
        return problem_set(&run->problem, EXIT_USAGE, _("%s is not what candour witness sign printed."), path);
    Candour__AddWitness request = CANDOUR__ADD_WITNESS__INIT;
    request.round = cmd_text(run->given.arguments[0]);
    request.key = (ProtobufCBinaryData){sizeof key, key};
    request.signature = (ProtobufCBinaryData){sizeof signature, signature};
    Candour__Outcome *reply = cmd_call(run, OPERATION_ADD_WITNESS, &request.base);
    if (reply == NULL)
        return -1;
    cmd_done(run, &reply->detail);
    link_reply_free(&reply->base);
    return 0;
}

// What this computer has checked and kept counts more than what the server says.
int cmd_round_manifest(struct run *run) {
    char *name = (char *)(uintptr_t)run->given.arguments[0];
    const Vault__Round *known = vault_round_meant(run->vault, name);
    if (known != NULL && known->n_manifests > 0) {
        fwrite(known->manifests[0].data, 1, known->manifests[0].len, stdout);
        return 0;
    }
    Candour__RoundStatus request = CANDOUR__ROUND_STATUS__INIT;
    request.round = cmd_text(name);
    Candour__RoundStatusReply *reply = cmd_call(run, OPERATION_ROUND_STATUS, &request.base);
    if (reply == NULL)
        return -1;
    Vault__Round about = VAULT__ROUND__INIT;
    about.name = name;
    char *text;
    size_t len;
    if (reply->round != NULL)
        about.id = reply->round->id;
    int result = trust_fetch_first(run->desk, DOOR_DESK, &about, &text, &len, &run->problem);
    link_reply_free(&reply->base);
    if (result != 0)
        return -1;
    struct manifest manifest; // nothing else may reach a terminal
    if (manifest_read(text, len, &manifest) == 0) {
        fwrite(text, 1, len, stdout);
        manifest_free(&manifest);
    } else {
        result = problem_set(&run->problem, EXIT_FAILED, "The server's manifest is not in the agreed form.");
    }
    free(text);
    return result;
}
