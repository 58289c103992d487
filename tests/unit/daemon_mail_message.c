// A mail on the wire: what stands in its headers and how its body is written.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base.h"
#include "daemon/mail/message.h"

static const uint8_t id[16] = {0xab, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
static char text[MESSAGE_BYTES_MAX];

static struct message sample(void) {
    return (struct message){.from = "candour@example.org",
                            .from_name = "Example Council",
                            .to = "ann@example.org",
                            .to_name = "Ann Lee",
                            .reply_to = "",
                            .subject = "Hello",
                            .body = "One line.\n",
                            .id = id,
                            .date = 1793006400};
}

static void write(const struct message *message) {
    size_t len = 0;
    assert_int_equal(message_write(message, text, sizeof text, &len), 0);
    text[len] = '\0';
}

static void assert_has(const char *part) {
    if (strstr(text, part) == NULL)
        fail_msg("no \"%s\" in:\n%s", part, text);
}

static void a_plain_mail_is_readable(void **state) {
    (void)state;
    struct message m = sample();
    m.reply_to = "hr@example.org";
    write(&m);
    assert_string_equal(text, "Date: Mon, 26 Oct 2026 09:20:00 +0000\r\n"
                              "From: \"Example Council\"\r\n <candour@example.org>\r\n"
                              "To: \"Ann Lee\"\r\n <ann@example.org>\r\n"
                              "Reply-To: hr@example.org\r\n"
                              "Subject: Hello\r\n"
                              "Message-ID: <ab0102030405060708090a0b0c0d0e0f@example.org>\r\n"
                              "Auto-Submitted: auto-generated\r\n"
                              "MIME-Version: 1.0\r\n"
                              "Content-Type: text/plain; charset=utf-8\r\n"
                              "Content-Transfer-Encoding: 7bit\r\n"
                              "\r\n"
                              "One line.\r\n");
}

// Every header line begins with one of ours, or goes on with a space.
static void assert_no_other_header(void) {
    static const char *const ours[] = {"Date: ",
                                       "From: ",
                                       "To: ",
                                       "Subject: ",
                                       "Message-ID: ",
                                       "Auto-Submitted:",
                                       "MIME-Version: ",
                                       "Content-Type: ",
                                       "Content-Transfer-Encoding: ",
                                       " "};
    const char *end = strstr(text, "\r\n\r\n");
    assert_non_null(end);
    for (const char *line = text; line < end; line = strstr(line, "\r\n") + 2) {
        size_t i = 0;
        while (i < ARRAY_LEN(ours) && strncmp(line, ours[i], strlen(ours[i])) != 0)
            i++;
        if (i == ARRAY_LEN(ours))
            fail_msg("a strange header line in:\n%s", text);
        if (strcspn(line, "\r\n") > 78)
            fail_msg("a long header line in:\n%s", text);
    }
}

static void no_value_begins_a_header_line(void **state) {
    (void)state;
    static const char *const values[] = {
        "a\r\nBcc: all@example.org", "a\nBcc: x", "a\rBcc: x",    "\r\n\r\nbody", "a\"\r\nBcc: x", "\\", "\"",
        "=?UTF-8?Q?=0D=0ABcc:_x?=",  "\x01",      "\xff\r\n.\r\n"};
    for (size_t i = 0; i < ARRAY_LEN(values); i++) {
        struct message m = sample();
        m.subject = m.to_name = m.from_name = values[i];
        write(&m);
        assert_no_other_header();
        assert_null(strstr(text, "\r\nBcc"));
    }
}

static void an_address_must_be_plain(void **state) {
    (void)state;
    static const char *const addresses[] = {"",
                                            "ann",
                                            "a b@example.org",
                                            "a@example.org\r\nBcc: x@y.z",
                                            "<a@b.cc>",
                                            "a@example.org>",
                                            "a,b@example.org",
                                            "\xc3\xb6@example.org"};
    for (size_t i = 0; i < ARRAY_LEN(addresses); i++) {
        struct message m = sample();
        size_t len = 7;
        m.to = addresses[i];
        assert_int_equal(message_write(&m, text, sizeof text, &len), -1);
        m = sample();
        m.from = addresses[i];
        assert_int_equal(message_write(&m, text, sizeof text, &len), -1);
        assert_int_equal(len, 7);
    }
}

static void other_letters_are_encoded_in_whole_characters(void **state) {
    (void)state;
    struct message m = sample();
    m.subject = "\xc3\x93\xc3\xa9";
    m.to_name = "Ann \xc3\x93 Briain";
    write(&m);
    assert_has("Subject: =?UTF-8?B?w5PDqQ==?=\r\n");
    assert_has("To: =?UTF-8?B?QW5uIMOTIEJyaWFpbg==?=\r\n <ann@example.org>\r\n");
    // 41 letters of two bytes each: 19 of them fit into the 39 bytes of an encoded word, and none is cut.
    m.subject =
        "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
        "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9";
    write(&m);
    assert_has("Subject: =?UTF-8?B?w6nDqcOpw6nDqcOpw6nDqcOpw6nDqcOpw6nDqcOpw6nDqcOpw6k=?=\r\n =?UTF-8?B?w6k=?=\r\n");
    assert_no_other_header();
}

static void a_body_is_quoted_when_it_must_be(void **state) {
    (void)state;
    struct message m = sample();
    m.body = "\xc3\x93 = 1\nends with a space \n.\n";
    write(&m);
    assert_has("Content-Transfer-Encoding: quoted-printable\r\n");
    assert_has("\r\n\r\n=C3=93 =3D 1\r\nends with a space=20\r\n.\r\n");
    char line[301];
    memset(line, 'x', sizeof line - 1);
    line[sizeof line - 1] = '\0';
    m.body = line;
    write(&m);
    const char *body = strstr(text, "\r\n\r\n") + 4;
    size_t letters = 0;
    for (const char *at = body; *at != '\0'; at += strcspn(at, "\n") + 1) {
        assert_true(strcspn(at, "\r\n") <= 76);
        letters += strspn(at, "x");
    }
    assert_int_equal(letters, 300);
    assert_has("x=\r\nx");
}

static void what_does_not_fit_is_no_mail(void **state) {
    (void)state;
    struct message m = sample();
    size_t len = 0;
    assert_int_equal(message_write(&m, text, sizeof text, &len), 0);
    for (size_t size = 0; size <= len; size++) {
        size_t untouched = 7;
        assert_int_equal(message_write(&m, text, size, &untouched), -1);
        assert_int_equal(untouched, 7);
    }
    assert_int_equal(message_write(&m, text, len + 1, &len), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plain_mail_is_readable),
        cmocka_unit_test(no_value_begins_a_header_line),
        cmocka_unit_test(an_address_must_be_plain),
        cmocka_unit_test(other_letters_are_encoded_in_whole_characters),
        cmocka_unit_test(a_body_is_quoted_when_it_must_be),
        cmocka_unit_test(what_does_not_fit_is_no_mail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
