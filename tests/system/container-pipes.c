/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Consoles of pipes: no terminal, any number of readers, and they outlive who looks after them. */
#include "tests/lib/container.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#define PIPES "<vessel:console kind='pipe'/>"

static int open_console(VesselDomain *domain, uint32_t flags)
{
    VesselDomainConsoleOptions options = VESSEL_DOMAIN_CONSOLE_OPTIONS_INIT;
    VesselError *err = NULL;
    int fd = -1;
    options.flags = flags;
    vessel_domain_open_console(domain, &options, &fd, &err);
    vt_no_error(err);
    return fd;
}

/* All that is said until @text was. */
static char *read_until(int fd, const char *text)
{
    GString *said = g_string_new(NULL);
    int64_t until = vt_now_us() + 20 * G_USEC_PER_SEC;
    while (!strstr(said->str, text) && vt_now_us() < until) {
        char data[4096];
        struct pollfd poller = {.fd = fd, .events = POLLIN};
        ssize_t got = poll(&poller, 1, 100) > 0 ? read(fd, data, sizeof data) : -1;
        if (got == 0)
            break;
        if (got > 0)
            g_string_append_len(said, data, got);
    }
    if (!strstr(said->str, text))
        fail_msg("it did not say \"%s\" but: %s", text, said->str);
    return g_string_free(said, FALSE);
}

static void type(int fd, const char *text)
{
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
}

/* ---- what they are ---- */

static void look_at_streams(const char *user, const char *owner)
{
    VesselHost *host = vt_container_host();
    g_autofree char *args = g_strdup_printf("<initarg>streams</initarg>%s", user);
    VesselDomain *domain = vt_container_begin(host, args, PIPES);
    g_autofree char *said = vt_container_says(domain, "that is all\n");
    for (int fd = 0; fd < 3; fd++) {
        g_autofree char *line = g_strdup_printf("stream %d: pipe, of %s,", fd, owner);
        if (!strstr(said, line))
            fail_msg("\"%s\" is missing in: %s", line, said);
    }
    assert_non_null(strstr(said, "stdout: opens\n")); /* by its own user, and no \r anywhere */
    vt_container_done(host, domain);
}

static void test_streams(void **state)
{
    (void)state;
    look_at_streams("", "0");
}

static void test_streams_of_another_user(void **state)
{
    (void)state;
    vt_need_root();
    look_at_streams("<inituser>33</inituser>", "33");
}

static void test_streams_of_a_users_container(void **state)
{
    (void)state;
    vt_need_root();
    vt_as_user();
    look_at_streams("", "0");
}

/* Nothing is echoed, and who comes later hears what was said. */
static void test_several_readers(void **state)
{
    (void)state;
    VesselHost *host = vt_container_host();
    VesselDomain *domain = vt_container_begin(host, "<initarg>echo</initarg>", PIPES);
    vessel_autofd int writer = open_console(domain, 0);
    vessel_autofd int reader = open_console(domain, VESSEL_DOMAIN_CONSOLE_READONLY);
    type(writer, "one\ntwo\n");
    static const char all[] = "ready\nheard one\nheard two\n";
    g_autofree char *first = read_until(writer, "two\n"), *second = read_until(reader, "two\n");
    vessel_autofd int later = open_console(domain, VESSEL_DOMAIN_CONSOLE_READONLY);
    g_autofree char *third = read_until(later, "two\n");
    assert_string_equal(first, all);
    assert_string_equal(second, all);
    assert_string_equal(third, all);
    vt_container_done(host, domain);
}

/* More than the program takes at once, and than a pipe holds: none is lost, nobody waits for it. */
static void test_much_input(void **state)
{
    (void)state;
    VesselHost *host = vt_container_host();
    VesselDomain *domain = vt_container_begin(host, "<initarg>count-lines</initarg>", PIPES);
    vessel_autofd int fd = open_console(domain, 0);
    g_autoptr(GString) text = g_string_new(NULL);
    for (int i = 0; i < 20000; i++)
        g_string_append_printf(text, "%d\n", i);
    g_string_append(text, "end\n");
    pid_t typist = fork();
    if (typist == 0) {
        size_t done = 0;
        while (done < text->len) {
            ssize_t sent = write(fd, text->str + done, text->len - done);
            done += sent > 0 ? (size_t)sent : 0;
        }
        _exit(0);
    }
    g_autofree char *said = read_until(fd, "lines: 20000\n");
    vt_container_done(host, domain);
}

/* ---- its warden is killed ---- */

/* From @first to @last, each whole and in its order. */
static void expect_lines(const char *said, int first, int last)
{
    for (int i = first; i <= last; i++) {
        char line[64];
        snprintf(line, sizeof line, "line %d of what it says\n", i);
        if (!g_str_has_prefix(said, line))
            fail_msg("\"%s\" was to come, and not: %.80s", line, said);
        said += strlen(line);
    }
}

static void have_it_say_much(VesselDomain *domain)
{
    assert_int_equal(kill(vt_container_program(domain), SIGUSR1), 0);
}

#define MUCH(lines) "<initarg>much</initarg><initarg>" #lines "</initarg>"

static void test_read_by_the_next_warden(void **state)
{
    (void)state;
    VesselHost *host = vt_container_host();
    VesselDomain *domain = vt_container_begin(host, MUCH(1000), PIPES);
    pid_t program = vt_container_program(domain);
    vt_container_await(domain, "ready\n");
    for (int round = 0; round < 3; round++) {
        vt_container_kill_warden(domain);
        have_it_say_much(domain);
        vt_container_have_adopted(domain);
        vessel_autofd int fd = open_console(domain, VESSEL_DOMAIN_CONSOLE_READONLY);
        g_autofree char *end = g_strdup_printf("line %d000 of what it says\n", round + 1);
        g_autofree char *said = read_until(fd, end);
        expect_lines(said, round * 1000 + 1, round * 1000 + 1000);
    }
    assert_int_equal(vt_container_program(domain), program);
    vt_container_done(host, domain);
}

/* It waits, and goes on as soon as somebody reads: all that a late reader is shown is in order. */
static void test_more_than_fits(void **state)
{
    (void)state;
    VesselHost *host = vt_container_host();
    VesselDomain *domain = vt_container_begin(host, MUCH(5000), PIPES);
    vt_container_await(domain, "ready\n");
    vt_container_kill_warden(domain);
    have_it_say_much(domain);
    g_usleep(100000); /* until it is full, or not: it is to be right either way */
    vt_container_have_adopted(domain);
    vessel_autofd int fd = open_console(domain, VESSEL_DOMAIN_CONSOLE_READONLY);
    g_autofree char *said = read_until(fd, "line 5000 of what it says\n");
    const char *whole = strstr(said, "line ");
    expect_lines(whole, atoi(whole + strlen("line ")), 5000);
    vt_container_done(host, domain);
}

/* What is typed reaches it as well, in a user's container, too, and it may be restarted. */
static void go_on(VesselHost *host, const char *user)
{
    VesselError *err = NULL;
    g_autofree char *args = g_strconcat("<initarg>echo</initarg>", user, NULL);
    VesselDomain *domain = vt_container_begin(host, args, PIPES);
    vt_container_await(domain, "ready\n");
    vt_container_kill_warden(domain);
    vt_container_have_adopted(domain);
    vessel_autofd int fd = open_console(domain, 0);
    type(fd, "again\n");
    g_autofree char *said = read_until(fd, "heard again\n");
    VtLives lives = vt_container_lives(host);
    vessel_domain_reset(domain, NULL, &err);
    vt_no_error(err);
    vt_wait(vt_container_lives_again, &lives, 10000);
    g_autofree char *ready = read_until(fd, "ready\n");
    type(fd, "anew\n");
    g_autofree char *anew = read_until(fd, "heard anew\n");
    vt_container_done(host, domain);
}

static void test_goes_on(void **state)
{
    (void)state;
    go_on(vt_container_host(), "");
}

static void test_goes_on_of_a_user(void **state)
{
    (void)state;
    vt_need_root();
    vt_as_user();
    go_on(vt_container_host(), "");
}

/* Whose pipes belong to an id that the user is not. */
static void test_goes_on_of_another_id(void **state)
{
    (void)state;
    vt_container_newuidmap();
    vt_as_user();
    go_on(vt_container_host(), "<inituser>33</inituser>");
}

/* The last words of one that ends at once are heard. */
static void test_last_words(void **state)
{
    VesselDomainCreateOptions options = VESSEL_DOMAIN_CREATE_OPTIONS_INIT;
    VesselError *err = NULL;
    VesselDomain *domain = NULL;
    (void)state;
    VesselHost *host = vt_container_host();
    g_autofree char *root = vt_container_root("rootfs");
    g_autofree char *body = vt_container_body(root, "<initarg>count</initarg>", "");
    g_autofree char *xml =
        g_strdup_printf("<domain type='container' xmlns:vessel='urn:vessel:domain:1.0'>"
                        "<name>web</name>%s" PIPES "</domain>",
                        body);
    options.flags = VESSEL_DOMAIN_START_PAUSED;
    vessel_domain_create(host, xml, &options, NULL, &domain, &err);
    vt_no_error(err);
    vessel_autofd int fd = open_console(domain, VESSEL_DOMAIN_CONSOLE_READONLY);
    vessel_domain_resume(domain, NULL, &err);
    vt_no_error(err);
    g_autofree char *said = read_until(fd, "processes: ");
    vessel_domain_unref(domain);
    vessel_host_unref(host);
    vt_nothing_left();
}

static void test_pipes_or_a_terminal(void **state)
{
    VesselError *err = NULL;
    VesselDomain *domain = NULL;
    (void)state;
    VesselHost *host = vt_container_host();
    g_autofree char *root = vt_container_root("rootfs");
    g_autofree char *body = vt_container_body(root, "", "<console type='pty'/>");
    g_autofree char *xml =
        g_strdup_printf("<domain type='container' xmlns:vessel='urn:vessel:domain:1.0'>"
                        "<name>web</name>%s" PIPES "</domain>",
                        body);
    assert_true(vessel_domain_define(host, xml, NULL, &domain, &err) < 0);
    vt_says(err, 'p', "/domain/devices/console");
    vt_error(&err, VESSEL_ERROR_INVALID_DEFINITION);
    vessel_host_unref(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_streams),
        cmocka_unit_test(test_streams_of_another_user),
        cmocka_unit_test(test_streams_of_a_users_container),
        cmocka_unit_test(test_several_readers),
        cmocka_unit_test(test_much_input),
        cmocka_unit_test(test_read_by_the_next_warden),
        cmocka_unit_test(test_more_than_fits),
        cmocka_unit_test(test_goes_on),
        cmocka_unit_test(test_goes_on_of_a_user),
        cmocka_unit_test(test_goes_on_of_another_id),
        cmocka_unit_test(test_last_words),
        cmocka_unit_test(test_pipes_or_a_terminal),
    };
    return vt_main(tests);
}
