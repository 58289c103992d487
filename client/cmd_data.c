// Everything that the server stores about one person, as files.
#include <errno.h>
#include <jansson.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "client/render/csv.h"
#include "commands.h"
#include "json.h"
#include "output.h"
#include "private_file.h"
#include "reports.h"

enum { PATH_BYTES = 4096 };

static const char readme[] =
    "What the server stores about a person, as it was when these files were made. Times are UTC.\n\n"
    "data.json holds everything; each KIND.csv holds the records of one kind:\n"
    "  person           the entry in the list of people\n"
    "  sign-in          ways to sign in, without their secrets; only in one's own data\n"
    "  session          open sign-ins; only in one's own data\n"
    "  leader           rounds in which colleagues were asked about the person\n"
    "  asked-about-you  how many were asked, in each group\n"
    "  assignment       whom the person was asked about, and what they said about it\n"
    "  nominated        whom the person nominated, or had nominated, to be asked\n"
    "  nominated-by     leaders who nominated the person\n"
    "  no-reminders     rounds without reminders; only in one's own data\n"
    "  letter-or-mail   letters and mails to the person\n"
    "  audit            what the person did that is written down, and what others did with their data\n"
    "report-N.json and report-N.html are the released reports about the person.\n\n"
    "What is not here, and why:\n"
    "  Answers. They carry no name, and nothing that is stored tells whose an answer is: not to us either. Your own\n"
    "  program keeps receipts of your answers on your own computer: candour check.\n"
    "  Who answered about the person, or was asked. That is other people's data, and was promised to them.\n"
    "  Reports that are not released yet.\n"
    "  Secrets, such as codes and passwords: they are stored only in a form that nobody can read.\n"
    "  Rounds whose time of keeping is over. What was deleted stands in the audit trail.\n"
    "  Backups, and logs of the operating system: ask whoever runs the server.\n";

struct pack {
    struct run *run;
    const char *folder, *email;
    json_t *kinds; // {kind: [record, ...]}
    size_t reports;
    bool has_failed; // run->problem
};

// ---------------------------------------------------------------- reading

static int take(struct pack *pack, const Candour__PersonDataReply *reply) {
    for (size_t i = 0; i < reply->n_records; i++) {
        const Candour__DataRecord *record = reply->records[i];
        char kind[64];
        output_clean(record->kind.data, record->kind.len, true, kind, sizeof kind);
        json_t *one = json_loadb((const char *)record->json.data, record->json.len, 0, NULL);
        if (!json_is_object(one) || kind[strspn(kind, "abcdefghijklmnopqrstuvwxyz-")] != '\0' || kind[0] == '\0') {
            json_decref(one);
            return problem_set(&pack->run->problem, EXIT_FAILED,
                               "The server's reply cannot be read. Use a client of the same version.");
        }
        if (json_object_get(pack->kinds, kind) == NULL)
            json_object_set_new(pack->kinds, kind, json_array());
        json_array_append_new(json_object_get(pack->kinds, kind), one);
    }
    return 0;
}

static Candour__PersonDataReply *ask(struct pack *pack, bool is_own, uint32_t offset) {
    if (is_own) {
        Candour__MyData request = CANDOUR__MY_DATA__INIT;
        request.offset = offset;
        return cmd_call(pack->run, OPERATION_MY_DATA, &request.base);
    }
    Candour__PersonData request = CANDOUR__PERSON_DATA__INIT;
    request.email = cmd_text(pack->email);
    request.offset = offset;
    return cmd_call(pack->run, OPERATION_PERSON_DATA, &request.base);
}

static int read_records(struct pack *pack, bool is_own) {
    bool has_more = true;
    for (uint32_t offset = 0; has_more;) {
        Candour__PersonDataReply *reply = ask(pack, is_own, offset);
        if (reply == NULL)
            return -1;
        int result = take(pack, reply);
        offset += (uint32_t)reply->n_records;
        has_more = reply->n_records > 0 && offset < reply->total;
        link_reply_free(&reply->base);
        if (result != 0)
            return -1;
    }
    return 0;
}

// ---------------------------------------------------------------- writing

static void write_cell(FILE *out, const json_t *value) {
    if (json_is_string(value))
        render_csv_text(out, json_string_value(value));
    else if (json_is_integer(value))
        fprintf(out, "%lld", (long long)json_integer_value(value));
    else if (json_is_boolean(value))
        fputs(json_is_true(value) ? "yes" : "no", out);
}

// All records of a kind have the same fields, in the same order.
static void write_csv(FILE *out, const json_t *records) {
    const char *key, *comma = "";
    json_t *value, *record;
    size_t i;
    fputs("\xef\xbb\xbf", out);
    json_object_foreach(json_array_get(records, 0), key, value) {
        fputs(comma, out);
        render_csv_text(out, key);
        comma = ",";
    }
    fputs("\r\n", out);
    json_array_foreach(records, i, record) {
        comma = "";
        json_object_foreach(record, key, value) {
            fputs(comma, out);
            write_cell(out, value);
            comma = ",";
        }
        fputs("\r\n", out);
    }
}

static FILE *open_file(struct pack *pack, const char *name, char ret_path[PATH_BYTES]) {
    if ((size_t)snprintf(ret_path, PATH_BYTES, "%s/%s", pack->folder, name) >= PATH_BYTES) {
        problem_set(&pack->run->problem, EXIT_USAGE, "The name of the folder is too long.");
        return NULL;
    }
    return private_file_open(ret_path, &pack->run->problem);
}

static int write_records(struct pack *pack) {
    char path[PATH_BYTES], name[80];
    const char *kind;
    json_t *records;
    FILE *out = open_file(pack, "README.txt", path);
    if (out == NULL)
        return -1;
    fputs(readme, out);
    if (private_file_close(out, path, &pack->run->problem) != 0)
        return -1;
    json_object_foreach(pack->kinds, kind, records) {
        snprintf(name, sizeof name, "%s.csv", kind);
        if ((out = open_file(pack, name, path)) == NULL)
            return -1;
        write_csv(out, records);
        if (private_file_close(out, path, &pack->run->problem) != 0)
            return -1;
    }
    if ((out = open_file(pack, "data.json", path)) == NULL)
        return -1;
    json_t *root = json_start("candour/person-data/1");
    json_object_update(root, pack->kinds);
    json_write(out, root);
    return private_file_close(out, path, &pack->run->problem);
}

static void save_report(void *context, const Candour__ReportBrief *brief) {
    struct pack *pack = context;
    static const char *const forms[] = {"json", "html"};
    struct reports_name name = reports_name(brief);
    if (pack->has_failed || !brief->released || strcasecmp(name.email, pack->email) != 0)
        return;
    Candour__Report *report = reports_fetch(pack->run, &name);
    pack->has_failed = report == NULL;
    pack->reports++;
    for (size_t i = 0; i < ARRAY_LEN(forms) && !pack->has_failed; i++) {
        char path[PATH_BYTES];
        snprintf(path, sizeof path, "%.3900s/report-%zu.%s", pack->folder, pack->reports, forms[i]);
        pack->has_failed = reports_save(forms[i], path, &report, 1, &pack->run->problem) != 0;
    }
    if (report != NULL)
        candour__report__free_unpacked(report, NULL);
}

static int save(struct run *run, const char *email, bool is_own) {
    struct pack pack = {.run = run, .folder = command_value(&run->given, "out"), .email = email};
    if (pack.folder == NULL)
        return problem_set(&run->problem, EXIT_USAGE, "Say where to: --out FOLDER");
    if (mkdir(pack.folder, 0700) != 0 && errno != EEXIST)
        return problem_set(&run->problem, EXIT_USAGE, "The folder %s cannot be made (%s).", pack.folder,
                           strerror(errno));
    pack.kinds = json_object();
    int result = read_records(&pack, is_own);
    if (result == 0)
        result = write_records(&pack);
    if (result == 0 && (reports_each(run, save_report, &pack) != 0 || pack.has_failed))
        result = -1;
    json_decref(pack.kinds);
    if (result == 0)
        cmd_tell(
            run,
            "What is stored is saved in %s, with %zu report%s. Only you can read the files. Next: read %s/README.txt",
            pack.folder, pack.reports, pack.reports == 1 ? "" : "s", pack.folder);
    return result;
}

int cmd_my_data(struct run *run) {
    const char *own = vault_data(run->vault)->email;
    return save(run, own != NULL ? own : "", true);
}

int cmd_people_data(struct run *run) {
    return save(run, run->given.arguments[0], false);
}
