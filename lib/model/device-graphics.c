/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/check.h"
#include "model/device.h"

#define ON_SDL VESSEL_WHEN(VESSEL_GRAPHICS_SDL)
#define ON_VNC VESSEL_WHEN(VESSEL_GRAPHICS_VNC)
#define ON_SPICE VESSEL_WHEN(VESSEL_GRAPHICS_SPICE)
#define ON_RDP VESSEL_WHEN(VESSEL_GRAPHICS_RDP)
#define ON_DESKTOP VESSEL_WHEN(VESSEL_GRAPHICS_DESKTOP)
#define ON_EGL VESSEL_WHEN(VESSEL_GRAPHICS_EGL_HEADLESS)
#define ON_DBUS VESSEL_WHEN(VESSEL_GRAPHICS_DBUS)
#define ON_SERVER (ON_VNC | ON_SPICE | ON_RDP)
#define ON_PASSWD (ON_VNC | ON_SPICE)
#define ON_WINDOW (ON_SDL | ON_DESKTOP)

static const char *const graphics_types[] = {"",        "sdl",          "vnc",  "spice", "rdp",
                                             "desktop", "egl-headless", "dbus", NULL};
static const char *const listen_types[] = {"", "address", "network", "socket", "none", NULL};
static const char *const connected_words[] = {"", "fail", "disconnect", "keep", NULL};
static const char *const share_policies[] = {"", "allow-exclusive", "force-shared", "ignore", NULL};
static const char *const modes[] = {"", "any", "secure", "insecure", NULL};
static const char *const channels[] = {"",         "main",   "display",   "inputs",   "cursor",
                                       "playback", "record", "smartcard", "usbredir", NULL};
static const char *const image_words[] = {"",    "auto_glz", "auto_lz", "quic",
                                          "glz", "lz",       "off",     NULL};
static const char *const wan_words[] = {"", "auto", "never", "always", NULL};
static const char *const streaming_words[] = {"", "filter", "all", "off", NULL};
static const char *const mouse_modes[] = {"", "server", "client", NULL};

static const VesselRow listen_rows[] = {
    VESSEL_ENUM(VesselListen, type, "@type", listen_types, VESSEL_ROW_REQUIRED,
                "where clients find the display"),
    VESSEL_STRING(VesselListen, address, "@address", &vessel__form_host, 255, VESSEL_ROW_BLANK,
                  "address or name of this host", .when = VESSEL_WHEN(VESSEL_LISTEN_ADDRESS),
                  .otherwise = "the driver's"),
    VESSEL_STRING(VesselListen, network_address, "@address", &vessel__form_host, 255,
                  VESSEL_ROW_RUNTIME, "address of this host in that network",
                  .when = VESSEL_WHEN(VESSEL_LISTEN_NETWORK)),
    VESSEL_STRING(VesselListen, network, "@network", &vessel__form_name_any, 255,
                  VESSEL_ROW_REQUIRED, "network whose address is used",
                  .when = VESSEL_WHEN(VESSEL_LISTEN_NETWORK)),
    VESSEL_STRING(VesselListen, socket, "@socket", &vessel__form_path, 107, VESSEL_ROW_HOSTPATH,
                  "path of a socket", .when = VESSEL_WHEN(VESSEL_LISTEN_SOCKET),
                  .otherwise = "one is made"),
    {.path = NULL},
};

static const VesselTable listen_table =
    VESSEL_PART_TABLE(VesselListen, "listen", listen_rows, .tag = "@type");

static const VesselRow channel_rows[] = {
    VESSEL_ENUM(VesselSpiceChannel, name, "@name", channels, VESSEL_ROW_REQUIRED | VESSEL_ROW_KEY,
                "the channel"),
    VESSEL_ENUM(VesselSpiceChannel, mode, "@mode", modes, VESSEL_ROW_REQUIRED,
                "whether it is encrypted"),
    {.path = NULL},
};

static const VesselTable channel_table =
    VESSEL_PART_TABLE(VesselSpiceChannel, "channel", channel_rows);

static const VesselRow gl_rows[] = {
    VESSEL_ENUM(VesselGraphicsGl, type, "..", graphics_types, VESSEL_ROW_RUNTIME,
                "type of the display"),
    VESSEL_SWITCH(VesselGraphicsGl, enable, "@enable", vessel__no_yes, VESSEL_ROW_REQUIRED,
                  "whether OpenGL is used", .when = ON_SDL | ON_SPICE | ON_DBUS),
    VESSEL_STRING(VesselGraphicsGl, rendernode, "@rendernode", &vessel__form_path, 4095,
                  VESSEL_ROW_HOSTPATH, "the host's device that draws",
                  .when = ON_SPICE | ON_DBUS | ON_EGL, .otherwise = "the first one"),
    {.path = NULL},
};

static const VesselTable gl_table = VESSEL_PART_TABLE(VesselGraphicsGl, "gl", gl_rows, .tag = "..");

static const VesselRow graphics_rows[] = {
    VESSEL_ENUM(VesselGraphics, type, "@type", graphics_types, VESSEL_ROW_REQUIRED | VESSEL_ROW_KEY,
                "how the display is shown"),
    VESSEL_STRING(VesselGraphics, display, "@display", &vessel__form_line, 255, 0,
                  "X display, such as :0.0", .when = ON_WINDOW,
                  .otherwise = "that of the hypervisor's environment"),
    VESSEL_STRING(VesselGraphics, xauth, "@xauth", &vessel__form_line, 4095, VESSEL_ROW_HOSTPATH,
                  "file with the key of the X display", .when = ON_SDL,
                  .otherwise = "that of the hypervisor's environment"),
    VESSEL_SWITCH(VesselGraphics, fullscreen, "@fullscreen", vessel__no_yes, 0,
                  "whether the window fills the screen", .when = ON_WINDOW, .preset = "no"),
    VESSEL_STRING(VesselGraphics, port, "@port", &vessel__form_port, 6, 0,
                  "TCP port; -1 is autoport", .when = ON_SERVER, .otherwise = "autoport"),
    VESSEL_STRING(VesselGraphics, tls_port, "@tlsPort", &vessel__form_port, 6, 0,
                  "TCP port of encrypted connections; -1 is autoport", .when = ON_SPICE,
                  .otherwise = "none, or autoport"),
    VESSEL_SWITCH(VesselGraphics, autoport, "@autoport", vessel__no_yes, 0,
                  "whether a free port is chosen at each start", .when = ON_SERVER,
                  .otherwise = "no if a port is given, else yes"),
    VESSEL_STRING(VesselGraphics, websocket, "@websocket", &vessel__form_port, 6, 0,
                  "TCP port of WebSocket clients; -1 is a free one", .when = ON_VNC,
                  .otherwise = "none"),
    VESSEL_STRING(VesselGraphics, listen, "@listen", &vessel__form_host, 255, VESSEL_ROW_BLANK,
                  "address of the first listen element under an old name", .when = ON_SERVER),
    VESSEL_STRING(VesselGraphics, socket, "@socket", &vessel__form_path, 107, VESSEL_ROW_HOSTPATH,
                  "socket of the first listen element under an old name", .when = ON_VNC),
    VESSEL_STRING(VesselGraphics, keymap, "@keymap", &vessel__form_line, 64, 0,
                  "keyboard of the clients, such as de", .when = ON_PASSWD,
                  .otherwise = VESSEL_ITS_OWN),
    VESSEL_STRING(VesselGraphics, passwd, "@passwd", &vessel__form_line, 255,
                  VESSEL_ROW_SECRET | VESSEL_ROW_LIVE,
                  "password of the clients; nobody may connect if it is empty", .when = ON_PASSWD,
                  .otherwise = "none is asked for"),
    VESSEL_STRING(VesselGraphics, passwd_valid_to, "@passwdValidTo", &vessel__form_date_time, 64,
                  VESSEL_ROW_LIVE, "until when the password is taken, in UTC", .when = ON_PASSWD,
                  .otherwise = "for ever"),
    VESSEL_ENUM(VesselGraphics, connected, "@connected", connected_words, VESSEL_ROW_LIVE,
                "what becomes of a client when the password changes", .when = ON_PASSWD,
                .otherwise = VESSEL_ITS_OWN),
    VESSEL_ENUM(VesselGraphics, share_policy, "@sharePolicy", share_policies, 0,
                "whether several clients may be connected", .when = ON_VNC,
                .otherwise = VESSEL_ITS_OWN),
    VESSEL_SWITCH(VesselGraphics, power_control, "@powerControl", vessel__no_yes, 0,
                  "whether clients may power off and reset the guest", .when = ON_VNC,
                  .preset = "no"),
    VESSEL_ENUM(VesselGraphics, default_mode, "@defaultMode", modes, 0,
                "whether channels without a mode of their own are encrypted", .when = ON_SPICE,
                .preset = "any"),
    VESSEL_SWITCH(VesselGraphics, replace_user, "@replaceUser", vessel__no_yes, 0,
                  "whether a new client takes the place of the old one", .when = ON_RDP,
                  .preset = "no"),
    VESSEL_SWITCH(VesselGraphics, multi_user, "@multiUser", vessel__no_yes, 0,
                  "whether several clients may be connected", .when = ON_RDP, .preset = "no"),
    VESSEL_STRING(VesselGraphics, address, "@address", &vessel__form_name_any, 4095, 0,
                  "address of a D-Bus", .when = ON_DBUS, .otherwise = "a bus of its own"),
    VESSEL_SWITCH(VesselGraphics, p2p, "@p2p", vessel__no_yes, 0,
                  "whether clients are handed over by call, without a bus", .when = ON_DBUS,
                  .preset = "no"),
    VESSEL_OBJECTS(VesselGraphics, listens, "listen", &listen_table, 16, 0,
                   "where clients find the display", .when = ON_SERVER,
                   .otherwise = "one at the driver's address"),
    VESSEL_OBJECTS(VesselGraphics, channels, "channel", &channel_table, 64, 0,
                   "channels that differ from defaultMode", .when = ON_SPICE),
    VESSEL_ENUM(VesselGraphics, image, "image/@compression", image_words, VESSEL_ROW_NEEDED,
                "how images are compressed", .when = ON_SPICE, .otherwise = VESSEL_ITS_OWN),
    VESSEL_ENUM(VesselGraphics, jpeg, "jpeg/@compression", wan_words, VESSEL_ROW_NEEDED,
                "JPEG for images on slow lines", .when = ON_SPICE, .otherwise = VESSEL_ITS_OWN),
    VESSEL_ENUM(VesselGraphics, zlib, "zlib/@compression", wan_words, VESSEL_ROW_NEEDED,
                "zlib for images on slow lines", .when = ON_SPICE, .otherwise = VESSEL_ITS_OWN),
    VESSEL_SWITCH(VesselGraphics, playback, "playback/@compression", vessel__off_on,
                  VESSEL_ROW_NEEDED, "whether sound is compressed", .when = ON_SPICE,
                  .otherwise = VESSEL_ITS_OWN),
    VESSEL_ENUM(VesselGraphics, streaming, "streaming/@mode", streaming_words, VESSEL_ROW_NEEDED,
                "which parts are found to be videos", .when = ON_SPICE,
                .otherwise = VESSEL_ITS_OWN),
    VESSEL_ENUM(VesselGraphics, mouse_mode, "mouse/@mode", mouse_modes, VESSEL_ROW_NEEDED,
                "which end leads the pointer", .when = ON_SPICE, .preset = "client"),
    VESSEL_SWITCH(VesselGraphics, copypaste, "clipboard/@copypaste", vessel__no_yes,
                  VESSEL_ROW_NEEDED, "whether guest and client share a clipboard", .when = ON_SPICE,
                  .preset = "yes"),
    VESSEL_SWITCH(VesselGraphics, filetransfer, "filetransfer/@enable", vessel__no_yes,
                  VESSEL_ROW_NEEDED, "whether clients may copy files to the guest",
                  .when = ON_SPICE, .preset = "yes"),
    VESSEL_OBJECT(VesselGraphics, gl, "gl", &gl_table, 0, "OpenGL",
                  .when = ON_SDL | ON_SPICE | ON_EGL | ON_DBUS),
    VESSEL_NUMBER(VesselGraphics, audio, "audio/@id", 1, 255, VESSEL_ROW_NEEDED,
                  "audio backend whose sound the clients hear", .when = ON_VNC | ON_DBUS,
                  .otherwise = "the first"),
    {.path = NULL},
};

const VesselTable vessel__graphics_table = {
    .name = "graphics",
    VESSEL_DEVICE_TABLE(VesselGraphics),
    .rows = graphics_rows,
    .tag = "@type",
};

static void check_listens(const VesselCheck *check, const VesselDevice *device)
{
    const GPtrArray *listens = device->graphics->listens;
    const VesselListen *first = listens && listens->len ? listens->pdata[0] : NULL;
    const char *listen = device->graphics->listen;

    for (guint i = 0; listens && i < listens->len; i++) {
        const VesselListen *one = listens->pdata[i];
        g_autofree char *below = g_strdup_printf("/listen[%u]/@type", i + 1);
        if (one->type == VESSEL_LISTEN_NONE && listens->len > 1)
            vessel__check_problem(check, device, below, "leave out the other listen elements",
                                  "who listens nowhere cannot listen elsewhere");
        if (device->graphics->type == VESSEL_GRAPHICS_RDP &&
            (one->type == VESSEL_LISTEN_NONE || one->type == VESSEL_LISTEN_SOCKET))
            vessel__check_problem(check, device, below, "use type='address' or type='network'",
                                  "rdp listens on addresses only, not on '%s'",
                                  vessel__word_at(listen_types, (int)one->type));
    }
    if (listen && first && first->type == VESSEL_LISTEN_ADDRESS && first->address &&
        strcmp(listen, first->address) != 0)
        vessel__check_problem(check, device, "/@listen", "leave out the attribute 'listen'",
                              "'%s' is not the address of the first listen element, '%s'", listen,
                              first->address);
    const char *socket = device->graphics->socket;
    if (socket && first && first->type == VESSEL_LISTEN_SOCKET && first->socket &&
        strcmp(socket, first->socket) != 0)
        vessel__check_problem(check, device, "/@socket", "leave out the attribute 'socket'",
                              "'%s' is not the socket of the first listen element, '%s'", socket,
                              first->socket);
}

void vessel__check_graphics(const VesselCheck *check, const VesselDevice *device)
{
    const VesselGraphics *graphics = device->graphics;

    if (graphics->type == VESSEL_GRAPHICS_VNC && graphics->connected &&
        graphics->connected != VESSEL_CONNECTED_KEEP)
        vessel__check_problem(check, device, "/@connected", "use connected='keep'",
                              "vnc keeps its clients when the password changes");
    if (graphics->address && graphics->p2p == VESSEL_TRI_YES)
        vessel__check_problem(check, device, "/@p2p", "leave out one of the two",
                              "a display without a bus has no address of a bus");
    check_listens(check, device);
}
