// candourd: reads its command line and configuration, then does one thing.
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "crypto.h"
#include "daemon/admin.h"
#include "daemon/checkup.h"
#include "daemon/config.h"
#include "daemon/core/log.h"
#include "daemon/core/worker.h"
#include "daemon/migrate.h"
#include "daemon/parent.h"
#include "daemon/person.h"

enum { EXIT_USAGE = 2, EVERYTHING = 1u << WORKER_DESK | 1u << WORKER_BALLOT | 1u << WORKER_CLERK };

static struct config config;
static const char *config_path = "/etc/candour/candourd.conf";
static unsigned only = EVERYTHING;

static int serve(const struct config *unused) {
    (void)unused; // the same one, which the parent may change
    return parent_run(&config, config_path, only);
}

static const struct {
    const char *name, *help;
    int (*run)(const struct config *config); // NULL: see dispatch
} commands[] = {
    {"run", "serve until told to stop (this is also what no command means)", serve},
    {"migrate", "bring the database to the state this version needs", migrate_run},
    {"check", "check configuration, certificates, keys, database, disk, clock and mail", checkup_run},
    {"keys", "make the key-encryption keys that are missing", keys_command},
    {"admin", "admin add EMAIL --name NAME: make somebody an administrator", NULL},
    {"person", "person delete EMAIL --confirm EMAIL: take away what tells who somebody was", NULL},
    {"example", "print a commented configuration with every key", NULL},
};

static void usage(FILE *out) {
    fprintf(out, "Usage: candourd [--config FILE] [--only=desk|ballot|clerk] [COMMAND]\n\n");
    for (size_t i = 0; i < ARRAY_LEN(commands); i++)
        fprintf(out, "  %-9s%s\n", commands[i].name, commands[i].help);
    fprintf(out,
            "\n  --config FILE  the configuration (%s)\n"
            "  --only KIND    run only this kind of worker; may be given more than once\n"
            "  --help, --version\n",
            config_path);
}

static int choose(const char *kind) {
    static const char *const kinds[] = {[WORKER_DESK] = "desk", [WORKER_BALLOT] = "ballot", [WORKER_CLERK] = "clerk"};
    for (unsigned i = 0; i < ARRAY_LEN(kinds); i++)
        if (strcmp(kind, kinds[i]) == 0) {
            only = (only == EVERYTHING ? 0 : only) | 1u << i;
            return 0;
        }
    fprintf(stderr, "candourd: --only=%s: say desk, ballot or clerk.\n", kind);
    return -1;
}

static int prepare(void) {
    char sentence[1024];
    if (config_read(config_path, &config, sentence, sizeof sentence) != 0) {
        fprintf(stderr, "candourd: %s\n", sentence);
        return -1;
    }
    if (crypto_start() != 0) {
        fprintf(stderr, "candourd: the cryptographic library cannot start.\n");
        return -1;
    }
    if (config.clock_file[0])
        clock_shift_by_file(config.clock_file);
    return 0;
}

static int dispatch(int argc, char **argv) {
    const char *name = argc > 0 ? argv[0] : "run";
    for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
        if (strcmp(name, commands[i].name) != 0)
            continue;
        if (strcmp(name, "admin") == 0)
            return prepare() == 0 ? admin_command(&config, argc - 1, argv + 1) : EXIT_FAILURE;
        if (strcmp(name, "person") == 0)
            return prepare() == 0 ? person_command(&config, argc - 1, argv + 1) : EXIT_FAILURE;
        if (argc > 1)
            break;
        if (commands[i].run)
            return prepare() == 0 ? commands[i].run(&config) : EXIT_FAILURE;
        config_example(stdout);
        return EXIT_SUCCESS;
    }
    fprintf(stderr, "candourd: there is no command \"%s%s%s\".\n\n", name, argc > 1 ? " " : "",
            argc > 1 ? argv[1] : "");
    usage(stderr);
    return EXIT_USAGE;
}

int main(int argc, char **argv) {
    static const struct option options[] = {
        {"config", required_argument, NULL, 'c'},
        {"only", required_argument, NULL, 'o'},
        {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'v'},
        {NULL, 0, NULL, 0},
    };
    log_start("parent", LOG_NOTICE);
    for (int c; (c = getopt_long(argc, argv, "+", options, NULL)) != -1;) {
        switch (c) {
        case 'c':
            config_path = optarg;
            break;
        case 'o':
            if (choose(optarg) != 0)
                return EXIT_USAGE;
            break;
        case 'h':
            usage(stdout);
            return EXIT_SUCCESS;
        case 'v':
            puts("candourd " CANDOUR_VERSION);
            return EXIT_SUCCESS;
        default:
            usage(stderr);
            return EXIT_USAGE;
        }
    }
    return dispatch(argc - optind, argv + optind);
}
