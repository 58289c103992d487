// What is remembered of the server and the way to it.
#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "commands.h"
#include "json.h"
#include "language.h"

int cmd_set_server(struct run *run, const char *server, const char *ca) {
    Vault__Vault *data = vault_data(run->vault);
    char host[LINK_ADDRESS_BYTES], port[6], path[PATH_MAX] = "";
    if (server != NULL && link_split(server, host, port) != 0)
        return problem_set(&run->problem, EXIT_USAGE, "%s is not an address. Write HOST:PORT.", server);
    // Its ballots would wait for, and its drafts belong to, a server that is not asked any more.
    if (server != NULL && data->n_rounds > 0 && data->server != NULL && strcasecmp(data->server, server) != 0)
        return problem_set(&run->problem, EXIT_RULE,
                           "This computer keeps answers for the server %s. Set CANDOUR_HOME to another folder for %s, "
                           "or remove them first: candour wipe",
                           data->server, server);
    if (ca != NULL && strcmp(ca, "none") != 0 && realpath(ca, path) == NULL)
        return problem_set(&run->problem, EXIT_NOT_FOUND, "The file %s cannot be found (%s).", ca, strerror(errno));
    if ((server != NULL && vault_set_text(&data->server, server, strlen(server)) != 0) ||
        (ca != NULL && vault_set_text(&data->ca_file, path, strlen(path)) != 0))
        return problem_no_memory(&run->problem);
    return 0;
}

// A session is of one server: a new one has never heard of it.
static int change(struct run *run, const char *server, const char *ca) {
    Vault__Vault *data = vault_data(run->vault);
    bool is_other = server != NULL && data->server != NULL && strcasecmp(data->server, server) != 0;
    if (cmd_set_server(run, server, ca) != 0)
        return -1;
    if (is_other && vault_set_bytes(&data->session, NULL, 0) != 0)
        return problem_no_memory(&run->problem);
    data->has_session = data->has_session && !is_other;
    return vault_save(run->vault, &run->problem);
}

struct setting {
    const char *key, *heading, *value; // "": none
};

static void show(const struct run *run, const struct setting *settings, size_t count) {
    const Vault__Vault *data = vault_data(run->vault);
    if (run->json) {
        json_t *root = json_start("candour/config/1");
        for (size_t i = 0; i < count; i++)
            json_object_set_new(root, settings[i].key,
                                settings[i].value[0] != '\0' ? json_text(settings[i].value, strlen(settings[i].value))
                                                             : json_null());
        json_object_set_new(root, "sealed", json_boolean(vault_is_sealed(run->vault)));
        json_object_set_new(root, "witnesses", json_integer((json_int_t)data->n_witness_keys));
        cmd_print_json(root);
        return;
    }
    static const char *const headings[] = {N_("setting"), N_("value")};
    struct table table = {.headings = headings, .columns = ARRAY_LEN(headings)};
    for (size_t i = 0; i < count; i++) {
        table_add(&table, "%s", _(settings[i].heading));
        table_add(&table, "%s", settings[i].value);
    }
    table_add(&table, "%s", _("passphrase"));
    table_add(&table, "%s", vault_is_sealed(run->vault) ? _("yes") : _("no"));
    table_add(&table, "%s", _("witnesses trusted"));
    table_add(&table, "%zu", data->n_witness_keys);
    cmd_print_table(run, &table);
}

int cmd_config(struct run *run) {
    const char *server = command_value(&run->given, "server"), *ca = command_value(&run->given, "ca");
    if ((server != NULL || ca != NULL) && change(run, server, ca) != 0)
        return -1;
    const Vault__Vault *data = vault_data(run->vault);
    const struct setting settings[] = {
        {"server", N_("server"), data->server != NULL ? data->server : ""},
        {"ca_file", N_("certificates to trust"), data->ca_file != NULL ? data->ca_file : ""},
        {"socks", N_("SOCKS5 proxy"), data->socks != NULL ? data->socks : ""},
        {"language", N_("language"), data->language != NULL ? data->language : ""},
        {"email", N_("e-mail"), data->email != NULL ? data->email : ""},
        {"folder", N_("folder"), vault_directory(run->vault)},
    };
    show(run, settings, ARRAY_LEN(settings));
    return 0;
}
