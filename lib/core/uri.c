/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/words.h"
#include "core/host.h"

void vessel__uri_clear(VesselUri *uri)
{
    g_clear_pointer(&uri->root, g_free);
    g_clear_pointer(&uri->fixture, g_free);
    g_clear_pointer(&uri->text, g_free);
}

/* Percent-decoding; NULL for a bad escape, a NUL byte or what is no UTF-8. */
static char *decode(const char *text, size_t length)
{
    g_autoptr(GString) out = g_string_sized_new(length);
    for (size_t i = 0; i < length; i++) {
        if (text[i] != '%') {
            g_string_append_c(out, text[i]);
            continue;
        }
        if (i + 2 >= length || !g_ascii_isxdigit(text[i + 1]) || !g_ascii_isxdigit(text[i + 2]))
            return NULL;
        int byte = g_ascii_xdigit_value(text[i + 1]) * 16 + g_ascii_xdigit_value(text[i + 2]);
        if (!byte)
            return NULL;
        g_string_append_c(out, (char)byte);
        i += 2;
    }
    return g_string_free(g_steal_pointer(&out), FALSE);
}

/* Everything that would end the value or the URI for another reader. */
static char *encode(const char *text)
{
    return g_uri_escape_string(text, "/:@,+", FALSE);
}

static int set_root(VesselUri *uri, const char *value, VesselError **err)
{
    if (*value != '/') {
        vessel__fail(err, VESSEL_ERROR_INVALID_ARGUMENT, "root \"%s\" is not an absolute path",
                     value);
        vessel__error_hint(err, "write local:?root=/ABSOLUTE/DIRECTORY");
        return VESSEL_ERROR_INVALID_ARGUMENT;
    }
    g_free(uri->root);
    uri->root = g_strdup(value);
    for (size_t n = strlen(uri->root); n > 1 && uri->root[n - 1] == '/'; n--)
        uri->root[n - 1] = '\0';
    return VESSEL_OK;
}

static const char *const local_keys[] = {"root", NULL};
static const char *const mock_keys[] = {"fixture", NULL};
static const char *const fixtures[] = {"empty", "default", NULL};

static int set_key(VesselUri *uri, const char *key, const char *value, VesselError **err)
{
    VesselWords known = uri->mock ? mock_keys : local_keys;
    if (vessel__word_find(known, key) < 0) {
        const char *nearest = vessel__word_nearest(known, key);
        vessel__fail(err, VESSEL_ERROR_INVALID_ARGUMENT, "a %s URI has no key \"%s\"",
                     uri->mock ? "mock:" : "local:", key);
        vessel__error_hint(err, "did you mean \"%s\"?", nearest ? nearest : known[0]);
        return VESSEL_ERROR_INVALID_ARGUMENT;
    }
    if (!uri->mock)
        return set_root(uri, value, err);
    if (vessel__word_find(fixtures, value) < 0) {
        vessel__fail(err, VESSEL_ERROR_INVALID_ARGUMENT, "there is no fixture \"%s\"", value);
        vessel__error_hint(err, "fixtures are empty and default");
        return VESSEL_ERROR_INVALID_ARGUMENT;
    }
    g_free(uri->fixture);
    uri->fixture = g_strdup(value);
    return VESSEL_OK;
}

static int parse_query(VesselUri *uri, const char *query, VesselError **err)
{
    g_auto(GStrv) pairs = g_strsplit(query, "&", 16);
    for (char **pair = pairs; *pair; pair++) {
        if (!**pair)
            continue;
        const char *equals = strchr(*pair, '=');
        if (!equals)
            return vessel__fail(err, VESSEL_ERROR_INVALID_ARGUMENT,
                                "\"%s\" in the URI is not KEY=VALUE", *pair);
        g_autofree char *key = decode(*pair, (size_t)(equals - *pair));
        g_autofree char *value = decode(equals + 1, strlen(equals + 1));
        if (!key || !value)
            return vessel__fail(err, VESSEL_ERROR_INVALID_ARGUMENT,
                                "\"%s\" in the URI is not percent-encoded properly", *pair);
        int code = set_key(uri, key, value, err);
        if (code)
            return code;
    }
    return VESSEL_OK;
}

/* What people type who come from elsewhere, and what they want. */
static int fail_foreign(const char *text, VesselError **err)
{
    static const struct {
        const char *prefix, *hint;
    } known[] = {
        {"qemu:", "write local: (machines and containers of this computer together)"},
        {"lxc:", "write local: (machines and containers of this computer together)"},
        {"kvm:", "write local:"},
        {"test:///default", "write mock:?fixture=default"},
        {"test:", "write mock:"},
        {"qemu+", "remote hosts are not supported yet; local: is this computer"},
        {"lxc+", "remote hosts are not supported yet; local: is this computer"},
        {"/", "write local:?root=/ABSOLUTE/DIRECTORY"},
        {"", "write local:, local:?root=/ABSOLUTE/DIRECTORY or mock:"},
    };
    vessel__fail(err, VESSEL_ERROR_INVALID_ARGUMENT, "\"%s\" is not a URI of Vessel", text);
    for (gsize i = 0; i < G_N_ELEMENTS(known); i++) {
        if (g_str_has_prefix(text, known[i].prefix)) {
            vessel__error_hint(err, "%s", known[i].hint);
            break;
        }
    }
    return VESSEL_ERROR_INVALID_ARGUMENT;
}

int vessel__uri_parse(const char *text, VesselUri *uri, VesselError **err)
{
    *uri = (VesselUri){0};
    if (strlen(text) > 8192)
        return vessel__fail(err, VESSEL_ERROR_INVALID_ARGUMENT,
                            "the URI is longer than 8192 bytes");
    uri->mock = g_str_has_prefix(text, "mock:");
    if (!uri->mock && !g_str_has_prefix(text, "local:"))
        return fail_foreign(text, err);
    const char *rest = strchr(text, ':') + 1;
    if (*rest && *rest != '?')
        return fail_foreign(text, err);
    int code = *rest ? parse_query(uri, rest + 1, err) : VESSEL_OK;
    if (code) {
        vessel__uri_clear(uri);
        return code;
    }
    const char *value = uri->mock ? uri->fixture : uri->root;
    g_autofree char *encoded = value ? encode(value) : NULL;
    uri->text =
        g_strconcat(uri->mock ? "mock:" : "local:", value ? "?" : "",
                    value ? (uri->mock ? "fixture=" : "root=") : "", encoded ? encoded : "", NULL);
    return VESSEL_OK;
}
