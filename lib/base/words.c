/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/words.h"

#include <signal.h>
#include <sys/random.h>

int vessel__word_find(VesselWords words, const char *word)
{
    for (int i = 0; words[i]; i++)
        if (!strcmp(words[i], word))
            return i;
    return -1;
}

guint vessel__words_count(VesselWords words)
{
    guint count = 0;
    while (words[count])
        count++;
    return count;
}

const char *vessel__word_at(VesselWords words, int value)
{
    return value >= 0 && (guint)value < vessel__words_count(words) ? words[value] : NULL;
}

/* Restricted Damerau-Levenshtein distance (insert, delete, change, swap of neighbours) of two words
 * of at most 63 bytes; from anything longer everything is far away. */
static guint word_distance(const char *a, const char *b)
{
    size_t n = strlen(a), m = strlen(b);
    if (n > 63 || m > 63)
        return G_MAXUINT;
    guint before[64], row[64], next[64];
    for (size_t j = 0; j <= m; j++)
        row[j] = j;
    memcpy(before, row, sizeof before);
    for (size_t i = 1; i <= n; i++) {
        next[0] = i;
        for (size_t j = 1; j <= m; j++) {
            char x = g_ascii_tolower(a[i - 1]), y = g_ascii_tolower(b[j - 1]);
            next[j] = MIN(MIN(row[j] + 1, next[j - 1] + 1), row[j - 1] + (x != y));
            if (i > 1 && j > 1 && x == g_ascii_tolower(b[j - 2]) && g_ascii_tolower(a[i - 2]) == y)
                next[j] = MIN(next[j], before[j - 2] + 1);
        }
        memcpy(before, row, sizeof before);
        memcpy(row, next, sizeof row);
    }
    return row[m];
}

const char *vessel__word_nearest(VesselWords words, const char *word)
{
    const char *nearest = NULL;
    size_t length = strlen(word);
    guint best = MAX(length / 3, 1) + 1;
    for (guint i = 0; words[i]; i++) {
        size_t other = strlen(words[i]);
        if (MAX(length, other) - MIN(length, other) >= best)
            continue;
        guint distance = *words[i] ? word_distance(words[i], word) : G_MAXUINT;
        if (distance < best) {
            best = distance;
            nearest = words[i];
        }
    }
    return nearest;
}

static bool is_control(const char *text)
{
    unsigned char c = (unsigned char)text[0];
    /* U+0080 to U+009F are 0xc2 0x80 and so on. */
    return (c < 0x20 && c != '\t') || c == 0x7f || (c == 0xc2 && (unsigned char)text[1] < 0xa0);
}

const char *vessel__shown(const char *text, VesselShown buffer)
{
    enum { MOST = 100 };
    size_t length = 0, end;
    bool controls = false;
    for (; length <= MOST && text[length]; length++)
        controls |= is_control(text + length);
    if (length <= MOST && !controls)
        return text;
    end = MIN(length, MOST);
    while (length > MOST && end > 0 && ((unsigned char)text[end] & 0xc0) == 0x80)
        end--; /* between characters */
    char *to = buffer;
    for (size_t i = 0; i < end; i++) {
        bool control = is_control(text + i);
        *to++ = control ? '?' : text[i];
        i += control && (unsigned char)text[i] == 0xc2;
    }
    strcpy(to, length > MOST ? "…" : "");
    return buffer;
}

char *vessel__words_join(VesselWords words, guint max)
{
    g_autoptr(GPtrArray) shown = g_ptr_array_new();
    for (guint i = 0; words[i]; i++)
        if (*words[i])
            g_ptr_array_add(shown, (gpointer)words[i]);
    GString *text = g_string_new(NULL);
    guint count = MIN(shown->len, max);
    for (guint i = 0; i < count; i++) {
        bool last = i + 1 == count && count == shown->len;
        g_string_append(text, i == 0 ? "" : last ? " or " : ", ");
        g_string_append(text, shown->pdata[i]);
    }
    if (count < shown->len)
        g_string_append(text, ", …");
    return g_string_free(text, FALSE);
}

/* libvirt takes 32 hex digits with hyphens anywhere between pairs and blanks around. */
bool vessel__uuid_parse(const char *text, char uuid[VESSEL__UUID_SIZE])
{
    char digits[33];
    size_t count = 0;
    while (g_ascii_isspace(*text))
        text++;
    for (; *text && !g_ascii_isspace(*text); text++) {
        if (*text == '-' && count > 0 && count % 2 == 0)
            continue;
        if (!g_ascii_isxdigit(*text) || count == 32)
            return false;
        digits[count++] = g_ascii_tolower(*text);
    }
    while (g_ascii_isspace(*text))
        text++;
    if (count != 32 || *text)
        return false;
    char *out = uuid;
    for (size_t i = 0; i < 32; i++) {
        if (i == 8 || i == 12 || i == 16 || i == 20)
            *out++ = '-';
        *out++ = digits[i];
    }
    *out = '\0';
    return true;
}

static void random_bytes(void *out, size_t bytes)
{
    size_t done = 0;
    while (done < bytes) {
        ssize_t got = getrandom((char *)out + done, bytes - done, 0);
        if (got > 0)
            done += got;
        else if (errno != EINTR)
            break; /* only a kernel older than our floor or a filter gets here */
    }
    for (; done < bytes; done++)
        ((guint8 *)out)[done] = g_random_int();
}

void vessel__random_hex(size_t bytes, char *out)
{
    static const char hex[] = "0123456789abcdef";
    guint8 raw[64];
    g_assert(bytes <= sizeof raw);
    random_bytes(raw, bytes);
    for (size_t i = 0; i < bytes; i++) {
        *out++ = hex[raw[i] >> 4];
        *out++ = hex[raw[i] & 15];
    }
    *out = '\0';
}

void vessel__uuid_generate(char uuid[VESSEL__UUID_SIZE])
{
    char digits[33];
    vessel__random_hex(16, digits);
    digits[12] = '4';                                          /* version, RFC 4122 section 4.1.3 */
    digits[16] = "89ab"[g_ascii_xdigit_value(digits[16]) & 3]; /* variant, section 4.1.1 */
    vessel__uuid_parse(digits, uuid);
}

bool vessel__parse_u64(const char *text, uint64_t *value)
{
    uint64_t result = 0;
    if (!*text)
        return false;
    for (; *text; text++) {
        if (!g_ascii_isdigit(*text) || __builtin_mul_overflow(result, 10, &result) ||
            __builtin_add_overflow(result, (uint64_t)(*text - '0'), &result))
            return false;
    }
    *value = result;
    return true;
}

bool vessel__parse_i64(const char *text, int64_t *value)
{
    bool negative = *text == '-';
    uint64_t magnitude;
    if (!vessel__parse_u64(text + negative, &magnitude) ||
        magnitude > (uint64_t)INT64_MAX + (negative ? 1 : 0))
        return false;
    *value = negative ? (int64_t)(-magnitude) : (int64_t)magnitude;
    return true;
}

int vessel__signal_number(const char *name)
{
    static const struct {
        const char *name;
        int number;
    } known[] = {{"SIGABRT", SIGABRT},  {"SIGALRM", SIGALRM}, {"SIGHUP", SIGHUP},
                 {"SIGINT", SIGINT},    {"SIGPWR", SIGPWR},   {"SIGQUIT", SIGQUIT},
                 {"SIGTERM", SIGTERM},  {"SIGUSR1", SIGUSR1}, {"SIGUSR2", SIGUSR2},
                 {"SIGWINCH", SIGWINCH}};
    static const char real_time[] = "SIGRTMIN+";
    uint64_t above = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(known); i++)
        if (strcmp(known[i].name, name) == 0)
            return known[i].number;
    bool known_number = g_str_has_prefix(name, real_time) &&
                        vessel__parse_u64(name + strlen(real_time), &above) &&
                        above <= (uint64_t)(SIGRTMAX - SIGRTMIN);
    return known_number ? SIGRTMIN + (int)above : 0;
}
