/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/check.h"
#include "model/device.h"

#define ON_ALSA VESSEL_WHEN(VESSEL_AUDIO_ALSA)
#define ON_COREAUDIO VESSEL_WHEN(VESSEL_AUDIO_COREAUDIO)
#define ON_JACK VESSEL_WHEN(VESSEL_AUDIO_JACK)
#define ON_OSS VESSEL_WHEN(VESSEL_AUDIO_OSS)
#define ON_PULSEAUDIO VESSEL_WHEN(VESSEL_AUDIO_PULSEAUDIO)
#define ON_SDL VESSEL_WHEN(VESSEL_AUDIO_SDL)
#define ON_FILE VESSEL_WHEN(VESSEL_AUDIO_FILE)
#define ON_PIPEWIRE VESSEL_WHEN(VESSEL_AUDIO_PIPEWIRE)

static const char *const types[] = {"",     "none",     "alsa",       "coreaudio", "dbus",
                                    "jack", "oss",      "pulseaudio", "sdl",       "spice",
                                    "file", "pipewire", NULL};
static const char *const sdl_drivers[] = {"", "esd", "alsa", "arts", "pulseaudio", NULL};
static const char *const formats[] = {"", "s8", "u8", "s16", "u16", "s32", "u32", "f32", NULL};

static const VesselRow settings_rows[] = {
    VESSEL_NUMBER(VesselAudioSettings, frequency, "@frequency", 1, UINT32_MAX, 0,
                  "samples in a second", .otherwise = VESSEL_ITS_OWN),
    VESSEL_NUMBER(VesselAudioSettings, channels, "@channels", 1, UINT32_MAX, 0,
                  "how many channels there are", .otherwise = VESSEL_ITS_OWN),
    VESSEL_ENUM(VesselAudioSettings, format, "@format", formats, 0, "format of a sample",
                .otherwise = VESSEL_ITS_OWN),
    {.path = NULL},
};

static const VesselTable settings_table =
    VESSEL_PART_TABLE(VesselAudioSettings, "settings", settings_rows);

static const VesselRow io_rows[] = {
    VESSEL_ENUM(VesselAudioIo, type, "..", types, VESSEL_ROW_RUNTIME, "type of the backend"),
    VESSEL_SWITCH(VesselAudioIo, mixing_engine, "@mixingEngine", vessel__no_yes, 0,
                  "whether the hypervisor mixes and converts", .otherwise = VESSEL_ITS_OWN),
    VESSEL_SWITCH(VesselAudioIo, fixed_settings, "@fixedSettings", vessel__no_yes, 0,
                  "whether the mixing engine keeps to the settings below",
                  .otherwise = VESSEL_ITS_OWN),
    VESSEL_NUMBER(VesselAudioIo, voices, "@voices", 1, UINT32_MAX, 0,
                  "how many sounds are mixed at once", .otherwise = VESSEL_ITS_OWN),
    VESSEL_NUMBER(VesselAudioIo, buffer_length, "@bufferLength", 1, UINT32_MAX, 0,
                  "length of the buffer, in microseconds", .otherwise = VESSEL_ITS_OWN),
    VESSEL_STRING(VesselAudioIo, dev, "@dev", &vessel__form_name_any, 4095, VESSEL_ROW_HOSTPATH,
                  "the host's device", .when = ON_ALSA | ON_OSS, .otherwise = VESSEL_ITS_OWN),
    VESSEL_NUMBER(VesselAudioIo, buffer_count, "@bufferCount", 1, UINT32_MAX, 0,
                  "how many buffers there are", .when = ON_COREAUDIO | ON_OSS | ON_SDL,
                  .otherwise = VESSEL_ITS_OWN),
    VESSEL_SWITCH(VesselAudioIo, try_poll, "@tryPoll", vessel__no_yes, 0,
                  "whether polling is tried", .when = ON_OSS, .otherwise = VESSEL_ITS_OWN),
    VESSEL_STRING(VesselAudioIo, server_name, "@serverName", &vessel__form_line, 255, 0,
                  "server of JACK", .when = ON_JACK, .otherwise = VESSEL_ITS_OWN),
    VESSEL_STRING(VesselAudioIo, client_name, "@clientName", &vessel__form_line, 255, 0,
                  "name this client asks for", .when = ON_JACK, .otherwise = VESSEL_ITS_OWN),
    VESSEL_STRING(VesselAudioIo, connect_ports, "@connectPorts", &vessel__form_line, 1024, 0,
                  "regular expression of the ports it connects to", .when = ON_JACK,
                  .otherwise = VESSEL_ITS_OWN),
    VESSEL_SWITCH(VesselAudioIo, exact_name, "@exactName", vessel__no_yes, 0,
                  "whether the server may not change the name", .when = ON_JACK,
                  .otherwise = VESSEL_ITS_OWN),
    VESSEL_STRING(VesselAudioIo, name, "@name", &vessel__form_line, 255, 0,
                  "name of the sink or source", .when = ON_PULSEAUDIO | ON_PIPEWIRE,
                  .otherwise = VESSEL_ITS_OWN),
    VESSEL_STRING(VesselAudioIo, stream_name, "@streamName", &vessel__form_line, 255, 0,
                  "name of the stream", .when = ON_PULSEAUDIO | ON_PIPEWIRE,
                  .otherwise = VESSEL_ITS_OWN),
    VESSEL_NUMBER(VesselAudioIo, latency, "@latency", 1, UINT32_MAX, 0,
                  "latency that is asked for, in microseconds", .when = ON_PULSEAUDIO | ON_PIPEWIRE,
                  .otherwise = VESSEL_ITS_OWN),
    VESSEL_OBJECT(VesselAudioIo, settings, "settings", &settings_table, 0,
                  "what the mixing engine keeps to"),
    {.path = NULL},
};

static const VesselTable io_table =
    VESSEL_PART_TABLE(VesselAudioIo, "input or output", io_rows, .tag = "..");

static const VesselRow audio_rows[] = {
    VESSEL_NUMBER(VesselAudio, id, "@id", 1, 255, VESSEL_ROW_REQUIRED | VESSEL_ROW_KEY,
                  "number that sound devices and displays name it by"),
    VESSEL_ENUM(VesselAudio, type, "@type", types, VESSEL_ROW_REQUIRED,
                "what of the host plays and records"),
    VESSEL_NUMBER(VesselAudio, timer_period, "@timerPeriod", 1, UINT32_MAX, 0,
                  "period of its timer, in microseconds", .otherwise = "the shortest there is"),
    VESSEL_STRING(VesselAudio, server_name, "@serverName", &vessel__form_line, 255, 0,
                  "computer with the server", .when = ON_PULSEAUDIO, .otherwise = VESSEL_ITS_OWN),
    VESSEL_STRING(VesselAudio, runtime_dir, "@runtimeDir", &vessel__form_path, 4095,
                  VESSEL_ROW_HOSTPATH, "folder with the server's socket", .when = ON_PIPEWIRE,
                  .otherwise = VESSEL_ITS_OWN),
    VESSEL_ENUM(VesselAudio, driver, "@driver", sdl_drivers, 0, "what SDL plays with",
                .when = ON_SDL, .otherwise = VESSEL_ITS_OWN),
    VESSEL_STRING(VesselAudio, path, "@path", &vessel__form_name_any, 4095, VESSEL_ROW_HOSTPATH,
                  "file that is written", .when = ON_FILE, .otherwise = VESSEL_ITS_OWN),
    VESSEL_SWITCH(VesselAudio, try_mmap, "@tryMMap", vessel__no_yes, 0,
                  "whether memory mapping is tried", .when = ON_OSS, .otherwise = VESSEL_ITS_OWN),
    VESSEL_SWITCH(VesselAudio, exclusive, "@exclusive", vessel__no_yes, 0,
                  "whether nobody else may use the device", .when = ON_OSS,
                  .otherwise = VESSEL_ITS_OWN),
    VESSEL_STRING(VesselAudio, dsp_policy, "@dspPolicy", &vessel__form_dsp_policy, 2, 0,
                  "from short delays to little work; -1 for fragments", .when = ON_OSS,
                  .otherwise = VESSEL_ITS_OWN),
    VESSEL_OBJECT(VesselAudio, input, "input", &io_table, 0, "recording"),
    VESSEL_OBJECT(VesselAudio, output, "output", &io_table, 0, "playing"),
    {.path = NULL},
};

const VesselTable vessel__audio_table = {
    .name = "audio",
    VESSEL_DEVICE_TABLE(VesselAudio),
    .rows = audio_rows,
    .tag = "@type",
};

static void check_io(const VesselCheck *check, const VesselDevice *device, const VesselAudioIo *io,
                     const char *name)
{
    if (!io)
        return;
    g_autofree char *fixed = g_strdup_printf("/%s/@fixedSettings", name);
    g_autofree char *settings = g_strdup_printf("/%s/settings", name);
    if (io->fixed_settings == VESSEL_TRI_YES && io->mixing_engine != VESSEL_TRI_YES)
        vessel__check_problem(check, device, fixed, "give mixingEngine='yes' too",
                              "only the mixing engine keeps to settings");
    if (io->settings && io->fixed_settings != VESSEL_TRI_YES)
        vessel__check_problem(check, device, settings, "give fixedSettings='yes' too",
                              "settings are given, but they are not fixed");
}

/* What names an audio backend: audio/@id. */
static VesselNumber named_audio(const VesselDevice *device)
{
    switch (device->kind) {
    case VESSEL_DEVICE_SOUND:
        return device->sound->audio;
    case VESSEL_DEVICE_GRAPHICS:
        return device->graphics->audio;
    default:
        return (VesselNumber){0, false};
    }
}

void vessel__check_audios(const VesselCheck *check)
{
    const VesselDevice *backends[256] = {NULL};
    for (guint i = 0; i < check->devices->len; i++) {
        const VesselDevice *device = check->devices->pdata[i];
        if (device->kind != VESSEL_DEVICE_AUDIO)
            continue;
        check_io(check, device, device->audio->input, "input");
        check_io(check, device, device->audio->output, "output");
        const VesselDevice **backend = &backends[device->audio->id.value & 255];
        if (*backend)
            vessel__check_duplicate(check, device, *backend, "/@id", "the number");
        else
            *backend = device;
    }
    for (guint i = 0; i < check->devices->len; i++) {
        const VesselDevice *device = check->devices->pdata[i];
        VesselNumber id = named_audio(device);
        if (id.set && !backends[id.value & 255])
            vessel__check_problem(check, device, "/audio/@id", "add an <audio> with this id",
                                  "there is no audio backend %u", (unsigned)id.value);
    }
}
