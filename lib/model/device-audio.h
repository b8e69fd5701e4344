/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* <audio> as C data. */
#ifndef VESSEL_MODEL_DEVICE_AUDIO_H
#define VESSEL_MODEL_DEVICE_AUDIO_H

#include "model/device-common.h"

typedef enum {
    VESSEL_AUDIO_ABSENT, VESSEL_AUDIO_NONE, VESSEL_AUDIO_ALSA, VESSEL_AUDIO_COREAUDIO,
    VESSEL_AUDIO_DBUS, VESSEL_AUDIO_JACK, VESSEL_AUDIO_OSS, VESSEL_AUDIO_PULSEAUDIO,
    VESSEL_AUDIO_SDL, VESSEL_AUDIO_SPICE, VESSEL_AUDIO_FILE, VESSEL_AUDIO_PIPEWIRE,
} VesselAudioType;

/* <settings> */
typedef struct {
    VesselNumber frequency, channels;
    int format; /* word */
} VesselAudioSettings;

/* <input> and <output> */
typedef struct {
    VesselAudioType type; /* of the backend */
    VesselTri mixing_engine, fixed_settings;
    VesselNumber voices, buffer_length;
    char *dev;                 /* alsa, oss */
    VesselNumber buffer_count; /* coreaudio, oss, sdl */
    VesselTri try_poll;        /* oss */
    char *server_name, *client_name, *connect_ports; /* jack */
    VesselTri exact_name;
    char *name, *stream_name; /* pulseaudio, pipewire */
    VesselNumber latency;
    VesselAudioSettings *settings;
} VesselAudioIo;

typedef struct {
    VesselDeviceCommon common;
    VesselAudioType type;
    VesselNumber id;
    VesselNumber timer_period;
    char *server_name;               /* pulseaudio */
    char *runtime_dir;               /* pipewire */
    int driver;                      /* sdl: word */
    VesselTri try_mmap, exclusive;   /* oss */
    char *dsp_policy;                /* oss: a number from -1 to 10 */
    char *path;                      /* file */
    VesselAudioIo *input, *output;
} VesselAudio;

#endif
