/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A hypervisor's words on the monitor, in pieces whose size the first byte says: the same messages
 * come out as from one piece, and what is an error stays one. */
#include "sys/qmp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct {
    unsigned messages, kinds;
    bool failed;
} Heard;

static Heard hear(const char *text, size_t size, size_t piece)
{
    g_autoptr(VesselQmp) qmp = vessel__qmp_new(4096);
    Heard heard = {0};
    for (size_t at = 0; at < size && !heard.failed; at += piece) {
        VesselQmpMessage message;
        int result = vessel__qmp_feed(qmp, text + at, MIN(piece, size - at), NULL);
        while (result == 0 && (result = vessel__qmp_next(qmp, &message, NULL)) > 0) {
            g_autoptr(VesselError) err = NULL;
            if (!message.json ||
                vessel__qmp_error(message.json, "x", &err) != VESSEL_ERROR_GUEST_REFUSED || !err)
                abort();
            heard.messages++;
            heard.kinds = heard.kinds * 5 + message.kind;
            vessel__qmp_message_clear(&message);
            result = 0;
        }
        heard.failed = result < 0;
    }
    g_autoptr(VesselError) err = NULL;
    if (heard.failed && vessel__qmp_feed(qmp, "x", 1, &err) != VESSEL_ERROR_PROTOCOL)
        abort();
    return heard;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    const char *text = (const char *)data + 1;
    Heard whole = hear(text, size - 1, 2048), pieces = hear(text, size - 1, data[0] % 64 + 1);
    if (whole.messages != pieces.messages || whole.kinds != pieces.kinds ||
        whole.failed != pieces.failed)
        abort();
    return 0;
}
