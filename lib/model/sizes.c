/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sizes with units: exact, or refused. */
#include "base/words.h"
#include "model/forms.h"

const char *const vessel__size_units[] = {"b",   "bytes", "KB",  "k",   "KiB", "MB",  "M",
                                          "MiB", "GB",    "G",   "GiB", "TB",  "T",   "TiB",
                                          "PB",  "P",     "PiB", "EB",  "E",   "EiB", NULL};

/* As libvirt: a letter alone or with "iB" counts in 1024s, with "B" in 1000s; case is ignored. */
static uint64_t unit_bytes(const char *unit)
{
    static const char letters[] = "kmgtpe";
    if (!g_ascii_strcasecmp(unit, "b") || !g_ascii_strcasecmp(unit, "byte") ||
        !g_ascii_strcasecmp(unit, "bytes"))
        return 1;
    const char *letter = strchr(letters, g_ascii_tolower(*unit));
    bool binary = !unit[1] || !g_ascii_strcasecmp(unit + 1, "iB");
    if (!letter || (!binary && g_ascii_strcasecmp(unit + 1, "B") != 0))
        return 0;
    uint64_t bytes = 1;
    for (ptrdiff_t i = 0; i <= letter - letters; i++)
        bytes *= binary ? 1024 : 1000;
    return bytes;
}

/* @scale is for a number without a unit. */
static bool parse_scaled(const char *text, const char *unit, uint64_t scale, uint64_t *bytes,
                         const char **why)
{
    g_autofree char *copy = g_strstrip(g_strdup(text));
    size_t digits = strspn(copy, "0123456789");
    uint64_t number;

    if (!unit && copy[digits]) {
        /* "2 GiB" */
        unit = copy + digits + strspn(copy + digits, " ");
        g_autofree char *bare = g_strndup(copy, digits);
        return parse_scaled(bare, unit, scale, bytes, why);
    }
    if (unit && *unit)
        scale = unit_bytes(unit);
    if (digits == 0 || copy[digits]) {
        *why = "is not a whole number";
        return false;
    }
    if (!scale) {
        *why = "has no known unit";
        return false;
    }
    if (!vessel__parse_u64(copy, &number) || __builtin_mul_overflow(number, scale, bytes)) {
        *why = "is too large";
        return false;
    }
    return true;
}

bool vessel__size_parse(const char *text, const char *unit, uint64_t *kib, const char **why)
{
    uint64_t bytes;
    if (!parse_scaled(text, unit, 1024, &bytes, why))
        return false;
    *kib = bytes / 1024 + (bytes % 1024 != 0);
    return true;
}

bool vessel__size_parse_bytes(const char *text, const char *unit, uint64_t *bytes, const char **why)
{
    return parse_scaled(text, unit, 1, bytes, why);
}
