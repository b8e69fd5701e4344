/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/forms.h"

#include <arpa/inet.h>
#include <errno.h>

#include "base/words.h"

/* Room for a suffix in a file name of 255 bytes. */
#define NAME_MAX_BYTES 200
#define CPU_MAX VESSEL_CPUS_MAX
#define HEX_DIGITS "0123456789abcdefABCDEF"

static bool has_control(const char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            return true;
        /* U+0080 to U+009F */
        if ((unsigned char)text[0] == 0xc2 && (unsigned char)text[1] < 0xa0)
            return true;
    }
    return false;
}

static char *read_name(const char *text)
{
    size_t length = strlen(text);
    bool blank = strspn(text, " ") == length;
    if (blank || length > NAME_MAX_BYTES || text[0] == '.' || strchr(text, '/') ||
        has_control(text))
        return NULL;
    return g_strdup(text);
}

static char *read_line(const char *text)
{
    return has_control(text) ? NULL : g_strdup(text);
}

/* Not empty, and nothing but ASCII letters, digits and what is in @more. */
static bool made_of(const char *text, const char *more)
{
    const char *at = text;
    while (g_ascii_isalnum(*at) || (*at && strchr(more, *at)))
        at++;
    return at > text && !*at;
}

/* The same, and the first is a letter or digit. */
static bool is_word(const char *text, const char *more)
{
    return g_ascii_isalnum(*text) && made_of(text, more);
}

/* How many hexadecimal digits @text has after @prefix, which may be missing; 0 if there is anything
 * else. */
static size_t hex_digits(const char *text, const char *prefix)
{
    const char *digits = text + (g_str_has_prefix(text, prefix) ? strlen(prefix) : 0);
    size_t length = strspn(digits, HEX_DIGITS);
    return digits[length] ? 0 : length;
}

static char *read_word(const char *text)
{
    return is_word(text, "._+-") ? g_strdup(text) : NULL;
}

/* One that the user may choose begins with "ua-"; any other is dropped. */
static char *read_alias(const char *text)
{
    return made_of(text, g_str_has_prefix(text, "ua-") ? "_-" : "._-") ? g_strdup(text) : NULL;
}

static char *read_channel(const char *text)
{
    return made_of(text, "._-") ? g_strdup(text) : NULL;
}

static char *read_filter_name(const char *text)
{
    return made_of(text, "_") ? g_strdup(text) : NULL;
}

static char *read_filter_value(const char *text)
{
    return made_of(text, "_.:") ? g_strdup(text) : NULL;
}

/* RFC 6265 */
static char *read_cookie_name(const char *text)
{
    return made_of(text, "!#$%&'*+-.^_`|~") ? g_strdup(text) : NULL;
}

static char *read_cookie_value(const char *text)
{
    size_t length = strlen(text);
    bool quoted = length > 2 && text[0] == '"' && text[length - 1] == '"';
    g_autofree char *bare = g_strndup(text + quoted, length - 2 * quoted);
    return made_of(bare, "!#$%&'()*+-./:<=>?@[]^_`{|}~") ? g_strdup(text) : NULL;
}

/* Of this host, or of one with drive letters. */
static char *read_path(const char *text)
{
    bool drive = g_ascii_isalpha(text[0]) && text[1] == ':' && text[2] == '\\' && text[3];
    return text[0] == '/' || drive ? g_strdup(text) : NULL;
}

static char *read_integer(const char *text)
{
    int64_t value;
    char *end;
    const char *digits = text + (*text == '-' || *text == '+');
    if (!g_ascii_isdigit(*digits))
        return NULL;
    errno = 0;
    value = g_ascii_strtoll(text, &end, 10);
    if (errno || *end)
        return NULL;
    return g_strdup_printf("%" G_GINT64_FORMAT, value);
}

static char *read_between(const char *text, int64_t least, int64_t most)
{
    g_autofree char *number = read_integer(text);
    int64_t value = number ? g_ascii_strtoll(number, NULL, 10) : 0;
    return number && value >= least && value <= most ? g_steal_pointer(&number) : NULL;
}

static char *read_quota(const char *text)
{
    char *none = read_between(text, INT64_MIN, 0);
    return none ? none : read_between(text, 1000, INT64_C(17592186044415));
}

static char *read_port(const char *text)
{
    return read_between(text, -1, 65535);
}

static char *read_dsp_policy(const char *text)
{
    return read_between(text, -1, 10);
}

static char *read_oom_score(const char *text)
{
    return read_between(text, -1000, 1000);
}

static char *read_signal(const char *text)
{
    return vessel__signal_number(text) ? g_strdup(text) : NULL;
}

/* A name, an IPv4 or an IPv6 address: whether it can be reached is found out when it is used. */
static char *read_host(const char *text)
{
    bool good = strchr(text, ':') ? !text[strspn(text, HEX_DIGITS ":.")] : made_of(text, "-.");
    return good ? g_strdup(text) : NULL;
}

static char *read_date_time(const char *text)
{
    g_autoptr(GTimeZone) utc = g_time_zone_new_utc();
    bool looks = strlen(text) >= 19 && text[4] == '-' && text[7] == '-' && text[10] == 'T';
    g_autoptr(GDateTime) time = looks ? g_date_time_new_from_iso8601(text, utc) : NULL;
    g_autoptr(GDateTime) there = time ? g_date_time_to_utc(time) : NULL;
    return there ? g_date_time_format(there, "%Y-%m-%dT%H:%M:%S") : NULL;
}

static char *read_id(const char *text)
{
    return read_between(text, -1, UINT32_MAX);
}

static char *read_entry(const char *text)
{
    return *text && !strchr(text, '/') && !has_control(text) ? g_strdup(text) : NULL;
}

static char *read_name_any(const char *text)
{
    return *text && !has_control(text) ? g_strdup(text) : NULL;
}

static char *read_file_name(const char *text)
{
    bool folder = strchr(text, '/') || !strcmp(text, ".") || !strcmp(text, "..");
    return folder ? NULL : read_name_any(text);
}

static char *read_uuid(const char *text)
{
    char uuid[VESSEL__UUID_SIZE];
    g_autofree char *bare = g_strstrip(g_strdup(text));
    return vessel__uuid_parse(bare, uuid) ? g_strdup(uuid) : NULL;
}

static char *read_genid(const char *text)
{
    return *text ? read_uuid(text) : g_strdup("");
}

static bool parse_hex(const char *text, uint64_t *value)
{
    size_t length = hex_digits(text, g_str_has_prefix(text, "0X") ? "0X" : "0x");
    *value = g_ascii_strtoull(text, NULL, 16);
    return length > 0 && length <= 16;
}

static char *read_hex(const char *text)
{
    uint64_t value;
    return parse_hex(text, &value) ? g_strdup_printf("0x%" G_GINT64_MODIFIER "x", value) : NULL;
}

static char *read_hex32(const char *text)
{
    uint64_t value;
    return parse_hex(text, &value) && value <= UINT32_MAX
               ? g_strdup_printf("0x%08" G_GINT64_MODIFIER "x", value)
               : NULL;
}

/* Numbers of ports, through at most three hubs. */
static char *read_usb_port(const char *text)
{
    const char *at = text;
    for (int level = 0; level < 4; level++) {
        size_t digits = strspn(at, "0123456789");
        if (digits < 1 || digits > 3)
            return NULL;
        if (!at[digits])
            return g_strdup(text);
        if (at[digits] != '.')
            return NULL;
        at += digits + 1;
    }
    return NULL;
}

static char *read_loadparm(const char *text)
{
    return made_of(text, ". ") ? g_strdup(text) : NULL;
}

static char *read_disk_target(const char *text)
{
    static const char *const prefixes[] = {"fd", "hd", "sd", "vd", "xvd", "ubd"};
    const char *name = text + (g_str_has_prefix(text, "ioemu:") ? strlen("ioemu:") : 0);
    for (size_t i = 0; i < G_N_ELEMENTS(prefixes); i++) {
        size_t length = strlen(prefixes[i]);
        if (strncmp(name, prefixes[i], length) == 0 && is_word(name, "_") && name[length])
            return g_strdup(text);
    }
    return NULL;
}

static char *read_mode(const char *text)
{
    size_t length = strspn(text, "01234567");
    uint64_t mode =
        length && length <= 21 && !text[length] ? g_ascii_strtoull(text, NULL, 8) : 01000;
    return mode <= 0777 ? g_strdup_printf("%04o", (unsigned)mode) : NULL;
}

static char *read_size_unit(const char *text)
{
    const char *why;
    uint64_t bytes;
    return *text && vessel__size_parse_bytes("1", text, &bytes, &why) ? g_strdup(text) : NULL;
}

static char *read_wwn(const char *text)
{
    return hex_digits(text, "0x") == 16 ? g_strdup(text) : NULL;
}

static char *read_printable(const char *text)
{
    for (const char *at = text; *at; at++) {
        if (!g_ascii_isprint(*at))
            return NULL;
    }
    return g_strdup(text);
}

static char *read_printable_some(const char *text)
{
    return *text ? read_printable(text) : NULL;
}

static char *read_timezone(const char *text)
{
    return made_of(text, "_.+-/") ? g_strdup(text) : NULL;
}

/* Six bytes in hex with ":" between them, leading zeros may be missing; not a multicast address. */
static char *read_mac(const char *text)
{
    unsigned char mac[6];
    for (int i = 0; i < 6; i++) {
        int high = g_ascii_xdigit_value(text[0]);
        int low = high < 0 ? -1 : g_ascii_xdigit_value(text[1]);
        if (high < 0)
            return NULL;
        mac[i] = (unsigned char)(low < 0 ? high : high * 16 + low);
        text += low < 0 ? 1 : 2;
        if (i < 5 && *text != ':')
            return NULL;
        text += i < 5;
    }
    if (*text || (mac[0] & 1))
        return NULL;
    return g_strdup_printf("%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4],
                           mac[5]);
}

static char *read_wwpn(const char *text)
{
    bool good = g_str_has_prefix(text, "naa.") && hex_digits(text, "naa.") == 16;
    return good ? g_strdup(text) : NULL;
}

static char *read_usb_match(const char *text)
{
    size_t length = hex_digits(text, "0x");
    bool good = strcmp(text, "-1") == 0 || (length > 0 && length <= 4);
    return good ? g_strdup(text) : NULL;
}

static char *read_usb_class(const char *text)
{
    g_autofree char *number = read_usb_match(text);
    bool any = number && *number == '-';
    return any || (number && g_ascii_strtoull(number, NULL, 16) <= 0xff) ? g_steal_pointer(&number)
                                                                         : NULL;
}

static char *read_usb_version(const char *text)
{
    size_t major = strspn(text, "0123456789");
    size_t minor = text[major] == '.' ? strspn(text + major + 1, "0123456789") : 0;
    bool good = major > 0 && major <= 2 && minor > 0 && minor <= 2 && !text[major + 1 + minor];
    return good || strcmp(text, "-1") == 0 ? g_strdup(text) : NULL;
}

static char *read_ipv4(const char *text)
{
    struct in_addr address;
    return inet_pton(AF_INET, text, &address) == 1 ? g_strdup(text) : NULL;
}

static char *read_ip(const char *text)
{
    struct in6_addr address;
    return inet_pton(AF_INET6, text, &address) == 1 ? g_strdup(text) : read_ipv4(text);
}

static bool read_cpu(const char **text, guint *cpu)
{
    if (!g_ascii_isdigit(**text))
        return false;
    for (*cpu = 0; g_ascii_isdigit(**text); (*text)++) {
        *cpu = *cpu * 10 + (guint)(**text - '0');
        if (*cpu > CPU_MAX)
            return false;
    }
    return true;
}

static const char *skip_blanks(const char *text)
{
    while (g_ascii_isspace(*text))
        text++;
    return text;
}

static bool read_cpu_part(const char *part, guint8 *set)
{
    bool without = *part == '^';
    guint first, last;
    part += without;
    if (!read_cpu(&part, &first))
        return false;
    last = first;
    part = skip_blanks(part);
    if (*part == '-') {
        part = skip_blanks(part + 1);
        if (without || !read_cpu(&part, &last) || last < first)
            return false;
    }
    if (*part)
        return false;
    memset(set + first, !without, last - first + 1);
    return true;
}

static char *read_cpus(const char *text)
{
    g_autofree guint8 *set = g_malloc0(CPU_MAX + 2);
    g_auto(GStrv) parts = g_strsplit(text, ",", -1);
    GString *out = g_string_new(NULL);

    for (char **part = parts; *part; part++) {
        if (!part[1] && part > parts && !*skip_blanks(*part)) /* a comma at the end */
            break;
        if (!read_cpu_part(g_strstrip(*part), set)) {
            g_string_free(out, TRUE);
            return NULL;
        }
    }
    for (guint first = 0; first <= CPU_MAX; first++) {
        if (!set[first])
            continue;
        guint last = first;
        while (set[last + 1])
            last++;
        g_string_append_printf(out, out->len ? ",%u" : "%u", first);
        if (last > first)
            g_string_append_printf(out, "-%u", last);
        first = last;
    }
    if (out->len > 0)
        return g_string_free(out, FALSE);
    g_string_free(out, TRUE);
    return NULL;
}

bool vessel__cpus_next(const char **at, guint *first, guint *last)
{
    if (!*at || !read_cpu(at, first))
        return false;
    *last = *first;
    if (**at == '-') {
        (*at)++;
        read_cpu(at, last);
    }
    *at += **at == ',';
    return true;
}

static char *read_os_type(const char *text)
{
    static const char *const types[] = {"hvm", "exe", "linux", "xen", "xenpvh", "uml", NULL};
    return vessel__word_find(types, text) < 0 ? NULL : g_strdup(text);
}

static char *read_arch(const char *text)
{
    static const char *const arches[] = {
        "aarch64",      "alpha",    "armv6l",  "armv7b",   "armv7l",    "cris",
        "i686",         "ia64",     "itanium", "lm32",     "m68k",      "microblaze",
        "microblazeel", "mips",     "mips64",  "mips64el", "mipsel",    "loongarch64",
        "openrisc",     "or32",     "parisc",  "parisc64", "ppc",       "ppc64",
        "ppc64le",      "ppcemb",   "riscv32", "riscv64",  "s390",      "s390x",
        "sh4",          "sh4eb",    "sparc",   "sparc64",  "unicore32", "x86_64",
        "xtensa",       "xtensaeb", NULL};
    return vessel__word_find(arches, text) < 0 ? NULL : g_strdup(text);
}

static char *read_user(const char *text)
{
    const char *bare = text + (*text == '+');
    return (*bare == '_' || g_ascii_isalnum(*bare)) && is_word(bare + (*bare == '_'), "._+-")
               ? g_strdup(text)
               : NULL;
}

static char *read_variable(const char *text)
{
    return !g_ascii_isdigit(*text) && made_of(text, "_") ? g_strdup(text) : NULL;
}

static char *read_vendor_id(const char *text)
{
    return g_utf8_strlen(text, -1) == 12 && !strchr(text, ',') && !has_control(text)
               ? g_strdup(text)
               : NULL;
}

static char *read_hv_vendor(const char *text)
{
    return *text && !strchr(text, ',') && !has_control(text) ? g_strdup(text) : NULL;
}

static char *read_net_device(const char *text)
{
    size_t length = 0;
    while (g_ascii_isalnum(text[length]) || (text[length] && strchr("_.+:/\\-", text[length])))
        length++;
    return length > 0 && !text[length] ? g_strdup(text) : NULL;
}

const char *const vessel__no_yes[] = {"", "no", "yes", NULL};
const char *const vessel__off_on[] = {"", "off", "on", NULL};

const VesselForm vessel__form_name = {
    "a name of 1 to 200 bytes without '/', control characters or a leading '.'",
    "[^./\\p{Cc}][^/\\p{Cc}]*", read_name};
const VesselForm vessel__form_line = {"text without line breaks or control characters",
                                      "[^\\p{Cc}]*", read_line};
const VesselForm vessel__form_word = {
    "a word of letters, digits, '.', '_', '+' and '-' that begins with a letter or digit",
    "[a-zA-Z0-9][a-zA-Z0-9._+\\-]*", read_word};
const VesselForm vessel__form_alias = {
    "a word of letters, digits, '_' and '-'; '.' too if it does not begin with 'ua-'",
    "[a-zA-Z0-9._\\-]+", read_alias};
const VesselForm vessel__form_channel = {"a word of letters, digits, '.', '_' and '-'",
                                         "[a-zA-Z0-9._\\-]+", read_channel};
const VesselForm vessel__form_filter_name = {"a word of letters, digits and '_'", "[a-zA-Z0-9_]+",
                                             read_filter_name};
const VesselForm vessel__form_filter_value = {"a word of letters, digits, '_', '.' and ':'",
                                              "[a-zA-Z0-9_.:]+", read_filter_value};
const VesselForm vessel__form_cookie_name = {
    "the name of a cookie: no blanks and none of ()<>@,;:\\\"/[]?={}",
    "[!#$%&'*+\\-.0-9A-Z\\^_`a-z|~]+", read_cookie_name};
const VesselForm vessel__form_cookie_value = {
    "the value of a cookie: no blanks and none of \",;\\, perhaps in quotes",
    "\"?[!#$%&'()*+\\-./0-9:<=>?@A-Z\\[\\]\\^_`a-z{|}~]+\"?", read_cookie_value};
const VesselForm vessel__form_os_type = {"hvm, exe, linux, xen, xenpvh or uml",
                                         "hvm|exe|linux|xen|xenpvh|uml", read_os_type};
const VesselForm vessel__form_arch = {"an architecture such as x86_64 or aarch64", "[a-z0-9_]+",
                                      read_arch};
const VesselForm vessel__form_user = {"the name or number of a user, a number with '+' if need be",
                                      "[+]?[a-zA-Z0-9_][a-zA-Z0-9._+\\-]*", read_user};
const VesselForm vessel__form_variable = {
    "a word of letters, digits and '_' that does not begin with a digit", "[a-zA-Z_][a-zA-Z0-9_]*",
    read_variable};
const VesselForm vessel__form_hv_vendor = {"text without control characters and ','",
                                           "[^,\\p{Cc}]+", read_hv_vendor};
const VesselForm vessel__form_net_device = {
    "the name of a network device: letters, digits, '_', '.', '+', '-', ':', '/' and '\\'",
    "[A-Za-z0-9_.+:/\\\\\\-]+", read_net_device};
const VesselForm vessel__form_vendor_id = {"12 characters without ','", "[^,\\p{Cc}]{12}",
                                           read_vendor_id};
const VesselForm vessel__form_integer = {"a whole number", "[+\\-]?[0-9]+", read_integer, true};
const VesselForm vessel__form_quota = {"a number of microseconds from 1000 to 17592186044415, 0 "
                                       "for none given or negative for no limit",
                                       "[+\\-]?[0-9]+", read_quota, true};
const VesselForm vessel__form_id = {"the number of a user or group, or -1", "-1|[0-9]{1,10}",
                                    read_id, true};
const VesselForm vessel__form_entry = {"a name without '/' or control characters", "[^/\\p{Cc}]+",
                                       read_entry};
const VesselForm vessel__form_name_any = {"text without control characters, and not empty",
                                          "[^\\p{Cc}]+", read_name_any};
const VesselForm vessel__form_port = {"a number from 0 to 65535, or -1 for any that is free",
                                      "-1|[0-9]{1,5}", read_port, true};
const VesselForm vessel__form_reboot = {"a number of milliseconds from 0 to 65535, or -1 for never",
                                        "-1|[0-9]{1,5}", read_port, true};
const VesselForm vessel__form_dsp_policy = {"a number from -1 to 10", "-1|[0-9]|10",
                                            read_dsp_policy, true};
const VesselForm vessel__form_oom_score = {"a number from -1000 to 1000", "-?[0-9]{1,4}",
                                           read_oom_score, true};
const VesselForm vessel__form_signal = {
    "a signal such as SIGTERM, SIGINT or SIGRTMIN+3",
    "SIG(ABRT|ALRM|HUP|INT|PWR|QUIT|TERM|USR1|USR2|WINCH|RTMIN\\+([0-9]|[12][0-9]|30))",
    read_signal, false};
const VesselForm vessel__form_host = {"the name of a computer or an IP address",
                                      "[a-zA-Z0-9.\\-]+|[a-fA-F0-9:.]+", read_host};
const VesselForm vessel__form_date_time = {
    "a time in UTC such as 2010-04-09T15:51:00",
    "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}.*", read_date_time};
const VesselForm vessel__form_file_name = {
    "the name of a file: not empty, without '/' or control characters, not '.' or '..'",
    "[^/\\p{Cc}]+", read_file_name};
const VesselForm vessel__form_hex = {"a hexadecimal number of 64 bits such as 0x1f00",
                                     "(0[xX])?[0-9a-fA-F]{1,16}", read_hex};
const VesselForm vessel__form_hex32 = {"a hexadecimal number of 32 bits such as 0x00001000",
                                       "(0[xX])?[0-9a-fA-F]{1,8}", read_hex32};
const VesselForm vessel__form_usb_port = {"one to four numbers with dots between them, such as 1.2",
                                          "[0-9]{1,3}(\\.[0-9]{1,3}){0,3}", read_usb_port};
const VesselForm vessel__form_loadparm = {"1 to 8 letters, digits, dots or blanks",
                                          "[a-zA-Z0-9. ]{1,8}", read_loadparm};
const VesselForm vessel__form_disk_target = {
    "a name such as vda, sdb or hdc: fd, hd, sd, vd, xvd or ubd and then letters or digits",
    "(ioemu:)?(fd|hd|sd|vd|xvd|ubd)[a-zA-Z0-9_]+", read_disk_target};
const VesselForm vessel__form_mode = {"permissions of a file in octal, such as 0644",
                                      "0*[0-7]{1,3}", read_mode};
const VesselForm vessel__form_size_unit = {"a unit such as KiB or MB", "[a-zA-Z]{1,5}",
                                           read_size_unit};
const VesselForm vessel__form_wwn = {"16 hexadecimal digits", "(0x)?[0-9a-fA-F]{16}", read_wwn};
const VesselForm vessel__form_printable = {"printable ASCII characters", "[ -~]*", read_printable};
const VesselForm vessel__form_printable_some = {"printable ASCII characters, and not empty",
                                                "[ -~]+", read_printable_some};
const VesselForm vessel__form_timezone = {"the name of a time zone such as Europe/Paris",
                                          "[a-zA-Z0-9_.+/\\-]+", read_timezone};
const VesselForm vessel__form_path = {"an absolute path", "/.*|[a-zA-Z]:\\\\.+", read_path};
const VesselForm vessel__form_file = {"a path: not empty, and without control characters",
                                      "[^\\p{Cc}]+", read_name_any};
const VesselForm vessel__form_uuid = {
    "a UUID: 32 hexadecimal digits, with or without hyphens",
    "\\s*[a-fA-F0-9]{8}-?[a-fA-F0-9]{4}-?[a-fA-F0-9]{4}-?[a-fA-F0-9]{4}-?[a-fA-F0-9]{12}\\s*",
    read_uuid};
const VesselForm vessel__form_genid = {"a UUID, or nothing", "[a-fA-F0-9\\-]*", read_genid};
const VesselForm vessel__form_mac = {"a unicast MAC address such as 52:54:00:12:34:56",
                                     "[a-fA-F0-9]?[02468aceACE]([:\\-][a-fA-F0-9]{1,2}){5}",
                                     read_mac};
const VesselForm vessel__form_wwpn = {"naa. and 16 hexadecimal digits", "naa\\.[0-9a-fA-F]{16}",
                                      read_wwpn};
const VesselForm vessel__form_usb_match = {"a hexadecimal number of 16 bits such as 0x1234, or -1",
                                           "-1|(0x)?[0-9a-fA-F]{1,4}", read_usb_match};
const VesselForm vessel__form_usb_class = {"a hexadecimal number of 8 bits such as 0x08, or -1",
                                           "-1|(0x)?0{0,2}[0-9a-fA-F]{1,2}", read_usb_class};
const VesselForm vessel__form_usb_version = {"a version such as 1.10, or -1",
                                             "-1|[0-9]{1,2}\\.[0-9]{1,2}", read_usb_version};
const VesselForm vessel__form_ipv4 = {"an IPv4 address such as 192.0.2.1",
                                      "[0-9]{1,3}(\\.[0-9]{1,3}){3}", read_ipv4};
const VesselForm vessel__form_ip = {"an IPv4 or IPv6 address", "[0-9a-fA-F.:]+", read_ip};
const VesselForm vessel__form_cpus = {
    "a list of CPUs such as 0-3,^2,8",
    "\\s*\\^?[0-9]+(\\s*-\\s*[0-9]+)?\\s*(,\\s*\\^?[0-9]+(\\s*-\\s*[0-9]+)?\\s*)*,?\\s*",
    read_cpus};
