/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/check.h"
#include "model/device.h"

#define ABI VESSEL_ROW_GUEST_ABI
#define CERTIFICATES 3

static const char *const modes[] = {"", "host", "host-certificates", "passthrough", NULL};

static const VesselRow smartcard_rows[] = {
    VESSEL_ENUM(VesselSmartcard, mode, "@mode", modes, VESSEL_ROW_REQUIRED | ABI,
                "where the card is"),
    VESSEL_CHARDEV_BACKEND_ROWS(VesselSmartcard, 0),
    VESSEL_OBJECTS(VesselSmartcard, certificate, "certificate", &vessel__text_table, 16, 0,
                   "names of the three certificates of a card made by the host"),
    VESSEL_STRING(VesselSmartcard, database, "database", &vessel__form_path, 4095,
                  VESSEL_ROW_HOSTPATH, "folder with the certificates", .preset = "/etc/pki/nssdb"),
    VESSEL_DEVICE_ROWS(VesselSmartcard),
    {.path = NULL},
};

const VesselTable vessel__smartcard_table = {
    .name = "smartcard",
    VESSEL_DEVICE_TABLE(VesselSmartcard),
    .rows = smartcard_rows,
    .tag = "@type",
};

static void check_smartcard(const VesselCheck *check, const VesselDevice *device)
{
    const VesselSmartcard *card = device->smartcard;
    guint certificates = card->certificate ? card->certificate->len : 0;
    bool made = card->mode == VESSEL_SMARTCARD_HOST_CERTIFICATES;

    if (made && certificates != CERTIFICATES)
        vessel__check_problem(check, device, "/certificate", NULL,
                              "a card made by the host has three certificates, not %u",
                              certificates);
    if (!made && (certificates > 0 || card->database))
        vessel__check_problem(check, device, certificates ? "/certificate" : "/database",
                              "use mode='host-certificates'",
                              "only a card made by the host has certificates");
    if (card->mode == VESSEL_SMARTCARD_PASSTHROUGH && !card->backend.type)
        vessel__check_problem(check, device, "/@type", NULL,
                              "a card that is passed through needs the type of the host's end");
    /* A card of the host has no other end: virt-install gives it a type that says nothing. */
    if (card->mode == VESSEL_SMARTCARD_PASSTHROUGH)
        vessel__check_chardev_backend(check, device, "", &card->backend, false);
    if (card->common.address && card->common.address->type != VESSEL_ADDRESS_CCID)
        vessel__check_problem(check, device, "/address/@type", "use type='ccid'",
                              "a smartcard is connected to a ccid controller");
}

void vessel__check_smartcards(const VesselCheck *check)
{
    for (guint i = 0; i < check->devices->len; i++) {
        const VesselDevice *device = check->devices->pdata[i];
        if (device->kind == VESSEL_DEVICE_SMARTCARD)
            check_smartcard(check, device);
    }
}
