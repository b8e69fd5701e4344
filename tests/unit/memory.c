/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Texts of a size that somebody else chose, in a program that has little memory left: an error,
 * and not the end of the program, however little there is. */
#include "tests/lib/vt.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <vessel/vessel.h>

#define STEP (2u << 20)
#define STEPS 80 /* up to what the largest of them needs */

static rlim_t address_space(void)
{
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%lu", &pages), 1);
    fclose(file);
    return pages * (rlim_t)sysconf(_SC_PAGESIZE);
}

/* In a child: 0 if it was taken or the memory was not there, else the code of the error. */
static int define_with(VesselHost *host, const char *text, rlim_t room)
{
    VesselDomainDefineOptions options = VESSEL_DOMAIN_DEFINE_OPTIONS_INIT;
    struct rlimit limit = {address_space() + room, address_space() + room};
    VesselDomain *domain = NULL;
    VesselError *err = NULL;
    options.flags = VESSEL_DOMAIN_DEFINE_LENIENT;
    if (setrlimit(RLIMIT_AS, &limit) < 0)
        return 99;
    vessel_domain_define(host, text, &options, &domain, &err);
    return err ? -vessel_error_code(err) : 0;
}

/* The first room with which it is taken, or refused for what it is. */
static void little_by_little(const char *text)
{
    VesselError *err = NULL;
    int said[2], refused = 0, status = 0;
    if (VESSEL__SANITIZED)
        vt_skip("a sanitizer needs the address space for itself");
    assert_int_equal(pipe2(said, O_CLOEXEC | O_NONBLOCK), 0);
    for (rlim_t i = 0; i < STEPS; i++) {
        pid_t pid = fork();
        if (pid == 0) {
            VesselHost *host = NULL;
            dup2(said[1], STDERR_FILENO);
            vessel_host_open("mock:", NULL, &host, &err);
            _exit(err ? 98 : define_with(host, text, i * STEP));
        }
        char byte;
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFEXITED(status));
        assert_int_equal(read(said[0], &byte, 1), -1); /* nothing was printed */
        if (WEXITSTATUS(status) != -VESSEL_ERROR_NO_RESOURCE)
            break;
        refused++;
    }
    assert_true(refused > 0);
    assert_true(WEXITSTATUS(status) == 0 ||
                WEXITSTATUS(status) == -VESSEL_ERROR_INVALID_DEFINITION);
    close(said[0]);
    close(said[1]);
}

#define BEGIN "<domain type='mock'><name>vt</name><memory unit='MiB'>64</memory>"

static void a_large_metadata_element(void **state G_GNUC_UNUSED)
{
    g_autofree char *long_text = g_strnfill(1024 * 1024 - 100, 'y');
    g_autofree char *text = g_strconcat(BEGIN "<metadata><a xmlns='http://x/'>", long_text,
                                        "</a></metadata></domain>", NULL);
    little_by_little(text);
}

static void a_text_as_long_as_is_read(void **state G_GNUC_UNUSED)
{
    g_autofree char *long_text = g_strnfill(8 * 1024 * 1024 - 400, 'x');
    g_autofree char *text =
        g_strconcat(BEGIN "<description>", long_text, "</description></domain>", NULL);
    little_by_little(text);
}

static void ten_thousand_leftovers(void **state G_GNUC_UNUSED)
{
    g_autoptr(GString) text = g_string_new(BEGIN);
    for (int i = 0; i < 10000; i++)
        g_string_append_printf(text, "<unknown%d a='b'>text</unknown%d>", i, i);
    g_string_append(text, "</domain>");
    little_by_little(text->str);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_large_metadata_element),
        cmocka_unit_test(a_text_as_long_as_is_read),
        cmocka_unit_test(ten_thousand_leftovers),
    };
    return vt_main(tests);
}
