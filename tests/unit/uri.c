/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/host.h"
#include "tests/lib/vt.h"

static void test_good(void **state)
{
    static const struct {
        const char *text, *canonical, *root;
    } good[] = {
        {"local:", "local:", NULL},
        {"mock:", "mock:", NULL},
        {"local:?", "local:", NULL},
        {"local:?root=/srv/v", "local:?root=/srv/v", "/srv/v"},
        {"local:?root=%2Fsrv%2Fa%20b%26c//", "local:?root=/srv/a%20b%26c", "/srv/a b&c"},
        {"local:?root=/", "local:?root=/", "/"},
        {"mock:?fixture=default", "mock:?fixture=default", NULL},
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
        VesselUri uri, again;
        VesselError *err = NULL;
        vessel__uri_parse(good[i].text, &uri, &err);
        vt_no_error(err);
        assert_string_equal(uri.text, good[i].canonical);
        assert_int_equal(g_strcmp0(uri.root, good[i].root), 0);
        vessel__uri_parse(uri.text, &again, &err);
        vt_no_error(err);
        assert_string_equal(again.text, uri.text);
        vessel__uri_clear(&uri);
        vessel__uri_clear(&again);
    }
}

static void test_bad(void **state)
{
    static const struct {
        const char *text, *hint;
    } bad[] = {
        {"local:?root=relative", "/ABSOLUTE"},
        {"local:?roof=/x", "\"root\""},
        {"local:?root=/a%2", NULL},
        {"local:?root=/a%00", NULL},
        {"local:?root", NULL},
        {"local:///tmp", "local:?root="},
        {"mock:?fixture=none", "default"},
        {"mock:?root=/x", "\"fixture\""},
        {"qemu:///system", "local:"},
        {"lxc:///", "local:"},
        {"test:///default", "mock:?fixture=default"},
        {"qemu+ssh://h/system", "remote"},
        {"/srv/v", "local:?root=/ABSOLUTE"},
        {"nonsense", "local:"},
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        VesselUri uri;
        VesselError *err = NULL;
        assert_int_equal(vessel__uri_parse(bad[i].text, &uri, &err), VESSEL_ERROR_INVALID_ARGUMENT);
        if (bad[i].hint)
            assert_non_null(strstr(vessel_error_hint(err), bad[i].hint));
        assert_null(uri.root);
        vt_error(&err, VESSEL_ERROR_INVALID_ARGUMENT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_good), cmocka_unit_test(test_bad)};
    return vt_main(tests);
}
