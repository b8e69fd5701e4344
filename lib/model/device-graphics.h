/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* <graphics> as C data. */
#ifndef VESSEL_MODEL_DEVICE_GRAPHICS_H
#define VESSEL_MODEL_DEVICE_GRAPHICS_H

#include "model/device-common.h"

typedef enum {
    VESSEL_GRAPHICS_ABSENT, VESSEL_GRAPHICS_SDL, VESSEL_GRAPHICS_VNC, VESSEL_GRAPHICS_SPICE,
    VESSEL_GRAPHICS_RDP, VESSEL_GRAPHICS_DESKTOP, VESSEL_GRAPHICS_EGL_HEADLESS,
    VESSEL_GRAPHICS_DBUS,
} VesselGraphicsType;
typedef enum {
    VESSEL_LISTEN_ABSENT, VESSEL_LISTEN_ADDRESS, VESSEL_LISTEN_NETWORK, VESSEL_LISTEN_SOCKET,
    VESSEL_LISTEN_NONE,
} VesselListenType;
typedef enum {
    VESSEL_CONNECTED_ABSENT, VESSEL_CONNECTED_FAIL, VESSEL_CONNECTED_DISCONNECT,
    VESSEL_CONNECTED_KEEP,
} VesselGraphicsConnected;

/* <listen> */
typedef struct {
    VesselListenType type;
    char *address;
    char *network, *network_address; /* the latter is @address, too: RUNTIME */
    char *socket;
} VesselListen;

/* <channel> of spice */
typedef struct {
    int name, mode; /* words */
} VesselSpiceChannel;

/* <gl> */
typedef struct {
    VesselGraphicsType type; /* of the device */
    VesselTri enable;
    char *rendernode;
} VesselGraphicsGl;

typedef struct {
    VesselDeviceCommon common;
    VesselGraphicsType type;
    /* vnc, spice, rdp */
    char *port; /* a number from -1, which is autoport */
    VesselTri autoport;
    char *listen;       /* the address of the first <listen> under an old name */
    GPtrArray *listens; /* of VesselListen */
    /* vnc, spice */
    char *passwd, *passwd_valid_to, *keymap;
    VesselGraphicsConnected connected;
    /* vnc */
    char *websocket; /* like port */
    char *socket;    /* the path of the first <listen> under an old name */
    int share_policy;
    VesselTri power_control;
    /* spice */
    char *tls_port; /* like port */
    int default_mode;
    GPtrArray *channels; /* of VesselSpiceChannel */
    int image, jpeg, zlib, streaming, mouse_mode; /* words */
    VesselTri playback, copypaste, filetransfer;
    /* rdp */
    VesselTri replace_user, multi_user;
    /* sdl, desktop */
    char *display;
    char *xauth; /* sdl */
    VesselTri fullscreen;
    /* dbus */
    char *address; /* @address, of a bus */
    VesselTri p2p;
    /* sdl, spice, dbus, egl-headless */
    VesselGraphicsGl *gl;
    /* vnc, dbus */
    VesselNumber audio; /* audio/@id */
} VesselGraphics;

#endif
