#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/config.h"

static char sentence[512];
static struct config config;

static int read_text(const char *text) {
    char path[] = "/tmp/candour-config-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
    int rc = config_read(path, &config, sentence, sizeof sentence);
    unlink(path);
    return rc;
}

static void refused(const char *text, const char *part) {
    assert_int_equal(read_text(text), -1);
    if (!strstr(sentence, part))
        fail_msg("\"%s\" does not say \"%s\"", sentence, part);
}

static void values_and_defaults_are_read(void **state) {
    (void)state;
    assert_int_equal(read_text("[desk]\nlisten = 127.0.0.1:0\npublic=localhost:0 ; a remark\n# another\n"
                               "[daemon]\norganisation = Wye Valley\ndemo = yes\nclock_file = /x\nslots_small = 3\n"),
                     0);
    assert_string_equal(config.desk.listen, "127.0.0.1:0");
    assert_string_equal(config.desk.public_address, "localhost:0");
    assert_string_equal(config.organisation, "Wye Valley");
    assert_true(config.demo);
    assert_int_equal(config.slots_small, 3);
    assert_int_equal(config.hello_ms, 5000);
    assert_int_equal(config.idle_desk_ms, 15 * 60 * 1000);
    assert_string_equal(config.desk.database, ""); // an example is no default
}

static void a_long_value_goes_on_in_the_next_line(void **state) {
    (void)state;
    char text[1024], expected[700];
    memset(expected, 'x', 180);
    expected[180] = ' ';
    memset(expected + 181, 'y', 180);
    expected[361] = '\0';
    snprintf(text, sizeof text, "[desk]\ndatabase = %.180s\n    %s\n", expected, expected + 181);
    assert_int_equal(read_text(text), 0);
    assert_string_equal(config.desk.database, expected);
}

static void mistakes_are_named_with_their_line(void **state) {
    (void)state;
    refused("[desk]\n\nlisten = 1.2.3.4:5\ncolour = red\n", "line 4: there is no key \"colour\" in section [desk]");
    refused("[dask]\nlisten = 1.2.3.4:5\n", "line 2: there is no key \"listen\" in section [dask]");
    refused("[daemon]\nslots_small = many\n", "line 2: slots_small must be a whole number from 1 to 4096");
    refused("[daemon]\nslots_small = 0\n", "from 1 to 4096");
    refused("[daemon]\nslots_small = 4097\n", "from 1 to 4096");
    refused("[daemon]\nslots_small = 99999999999999999999\n", "from 1 to 4096");
    refused("[daemon]\nslots_small = -1\n", "from 1 to 4096");
    refused("[daemon]\nslots_small = 3 4\n", "from 1 to 4096");
    refused("[daemon]\nslots_small =\n", "from 1 to 4096");
    refused("[daemon]\ndemo = true\n", "line 2: demo must be yes or no");
    refused("[desk]\nlisten = localhost\n", "line 2: listen must be address:port");
    refused("[desk]\nlisten = 1.2.3.4:70000\n", "listen must be address:port");
    refused("[desk]\nlisten = ::1:7360\n", "listen must be address:port");
    refused("[daemon]\ndemo = no\ndemo = yes\n", "line 3: demo is given a second time");
    refused("[daemon]\ndemo = no\n  hello_ms = 5\n", "line 3: this line starts with a blank");
    refused("[daemon]\nwhat is this\n", "line 2: this is neither");
}

static void a_line_that_inih_would_cut_is_refused(void **state) {
    (void)state;
    char text[400] = "[daemon]\norganisation = ";
    memset(text + strlen(text), 'o', 220);
    strcat(text, "\n");
    refused(text, "line 2: the line is longer than");
}

static void a_value_too_long_for_its_field_is_refused(void **state) {
    (void)state;
    char text[2048] = "[desk]\ndatabase = a\n";
    for (int i = 0; i < 8; i++) {
        strcat(text, " ");
        size_t len = strlen(text);
        memset(text + len, 'o', 150);
        strcpy(text + len + 150, "\n");
    }
    refused(text, "database is longer than");
}

static void a_live_server_has_no_shifted_clock(void **state) {
    (void)state;
    refused("[daemon]\nclock_file = /x\n", "clock_file is set, but demo is not yes");
    assert_int_equal(read_text("[daemon]\nclock_file = /x\ndemo = yes\n"), 0);
}

static void a_failure_leaves_the_configuration_untouched(void **state) {
    (void)state;
    assert_int_equal(read_text("[daemon]\nslots_small = 7\n"), 0);
    refused("[daemon]\nslots_small = 8\nnonsense = 1\n", "nonsense");
    assert_int_equal(config.slots_small, 7);
    assert_int_equal(config_read("/nowhere/candourd.conf", &config, sentence, sizeof sentence), -1);
    assert_non_null(strstr(sentence, "--config"));
    assert_int_equal(config.slots_small, 7);
}

static void what_a_part_needs_is_named(void **state) {
    (void)state;
    assert_int_equal(read_text("[desk]\nlisten = 127.0.0.1:0\ncertificate = /c\nkey = /k\nkek_file = /q\n"), 0);
    assert_int_equal(config_complete(&config, "desk", sentence, sizeof sentence), -1);
    assert_non_null(strstr(sentence, "Set database in section [desk]"));
    strcpy(config.desk.database, "dbname=x");
    assert_int_equal(config_complete(&config, "desk", sentence, sizeof sentence), 0);
    assert_int_equal(config_complete(&config, "clerk", sentence, sizeof sentence), -1);
}

static void the_example_is_accepted_and_up_to_date(void **state) {
    (void)state;
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    config_example(out);
    fclose(out);
    assert_int_equal(read_text(text), 0);
    FILE *in = fopen("deploy/candourd.conf.example", "r"); // tests run at the top of the checkout
    assert_non_null(in);
    char kept[32768];
    size_t n = fread(kept, 1, sizeof kept - 1, in);
    kept[n] = '\0';
    fclose(in);
    if (strcmp(kept, text) != 0)
        fail_msg("deploy/candourd.conf.example is old. Run: candourd example > deploy/candourd.conf.example");
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_and_defaults_are_read),
        cmocka_unit_test(a_long_value_goes_on_in_the_next_line),
        cmocka_unit_test(mistakes_are_named_with_their_line),
        cmocka_unit_test(a_line_that_inih_would_cut_is_refused),
        cmocka_unit_test(a_value_too_long_for_its_field_is_refused),
        cmocka_unit_test(a_live_server_has_no_shifted_clock),
        cmocka_unit_test(a_failure_leaves_the_configuration_untouched),
        cmocka_unit_test(what_a_part_needs_is_named),
        cmocka_unit_test(the_example_is_accepted_and_up_to_date),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
