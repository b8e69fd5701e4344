/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sys/qmp.h"

struct VesselQmp {
    GByteArray *input;
    size_t scanned; /* no newline before this offset */
    size_t line_max;
    bool broken;
};

VesselQmp *vessel__qmp_new(size_t line_max)
{
    VesselQmp *qmp = g_new0(VesselQmp, 1);
    qmp->input = g_byte_array_new();
    qmp->line_max = line_max ? line_max : VESSEL__QMP_LINE_MAX;
    return qmp;
}

void vessel__qmp_free(VesselQmp *qmp)
{
    if (!qmp)
        return;
    g_byte_array_unref(qmp->input);
    g_free(qmp);
}

static int qmp_broken(VesselQmp *qmp, VesselError **err, const char *what)
{
    qmp->broken = true;
    g_byte_array_set_size(qmp->input, 0);
    return vessel__fail(err, VESSEL_ERROR_PROTOCOL, "the monitor speaks nonsense: %s", what);
}

int vessel__qmp_feed(VesselQmp *qmp, const char *data, size_t length, VesselError **err)
{
    if (qmp->broken)
        return vessel__fail(err, VESSEL_ERROR_PROTOCOL, "the monitor spoke nonsense before");
    /* What is not one line too long may still be many short ones: the cap is on the unfinished
     * one, and on twice as much in all, so that a reader that never takes messages is bounded. */
    if (length > 2 * qmp->line_max - MIN(qmp->input->len, 2 * qmp->line_max))
        return qmp_broken(qmp, err, "an endless line");
    g_byte_array_append(qmp->input, (const guint8 *)data, (guint)length);
    return VESSEL_OK;
}

static int classify(VesselQmpMessage *message)
{
    const VesselJson *json = message->json;
    message->id = vessel__json_get_uint(json, "id", 0);
    if (vessel__json_get(json, "QMP"))
        message->kind = VESSEL_QMP_GREETING;
    else if (vessel__json_get(json, "return"))
        message->kind = VESSEL_QMP_RETURN;
    else if (vessel__json_get(json, "error"))
        message->kind = VESSEL_QMP_ERROR;
    else if (vessel__json_kind(vessel__json_get(json, "event")) == VESSEL_JSON_STRING)
        message->kind = VESSEL_QMP_EVENT;
    else
        return -1;
    return 0;
}

static bool blank(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (!g_ascii_isspace(text[i]))
            return false;
    return true;
}

/* One line, without its newline, to a message; 0 if there was nothing in it. */
static int parse_line(VesselQmp *qmp, const char *line, size_t length, VesselQmpMessage *message,
                      VesselError **err)
{
    VesselJsonLimits limits = {.bytes = qmp->line_max, .depth = 64, .nodes = 300000};
    if (blank(line, length))
        return 0;
    g_autoptr(VesselError) why = NULL;
    if (vessel__json_parse(line, length, &limits, "a message", &message->json, &why) < 0)
        return qmp_broken(qmp, err, vessel_error_message(why));
    if (classify(message) == 0)
        return 1;
    vessel__qmp_message_clear(message);
    return qmp_broken(qmp, err, "a message that is neither greeting, reply nor event");
}

int vessel__qmp_next(VesselQmp *qmp, VesselQmpMessage *message, VesselError **err)
{
    *message = (VesselQmpMessage){0};
    int result = 0;
    size_t start = 0;
    while (result == 0 && !qmp->broken) {
        const guint8 *from = qmp->input->data + qmp->scanned;
        const guint8 *end = qmp->input->len > qmp->scanned
                                ? memchr(from, '\n', qmp->input->len - qmp->scanned)
                                : NULL;
        if (!end)
            break;
        size_t stop = (size_t)(end - qmp->input->data);
        result =
            parse_line(qmp, (const char *)qmp->input->data + start, stop - start, message, err);
        start = qmp->scanned = stop + 1;
    }
    if (qmp->broken)
        return result < 0
                   ? result
                   : vessel__fail(err, VESSEL_ERROR_PROTOCOL, "the monitor spoke nonsense before");
    if (start)
        g_byte_array_remove_range(qmp->input, 0, (guint)start);
    qmp->scanned = result == 0 ? qmp->input->len : 0;
    if (result == 0 && qmp->input->len > qmp->line_max)
        return qmp_broken(qmp, err, "an endless line");
    return result;
}

void vessel__qmp_message_clear(VesselQmpMessage *message)
{
    g_clear_pointer(&message->json, vessel__json_free);
}

char *vessel__qmp_command(const char *name, const VesselJson *arguments, uint64_t id)
{
    g_autoptr(VesselJson) json = vessel__json_new_object();
    vessel__json_set_string(json, "execute", name);
    if (arguments)
        vessel__json_set(json, "arguments", vessel__json_copy(arguments));
    vessel__json_set_uint(json, "id", id);
    g_autofree char *text = vessel__json_format(json, false);
    return g_strconcat(text, "\n", NULL);
}

int vessel__qmp_error(const VesselJson *message, const char *command, VesselError **err)
{
    const VesselJson *error = vessel__json_get(message, "error");
    const char *desc = vessel__json_get_string(error, "desc", "no reason given");
    g_autofree char *cause =
        g_strdup_printf("%s: %s", vessel__json_get_string(error, "class", "GenericError"), desc);
    vessel__fail(err, VESSEL_ERROR_GUEST_REFUSED, "the hypervisor refused %s: %s", command, desc);
    vessel__error_cause(err, cause);
    return VESSEL_ERROR_GUEST_REFUSED;
}
