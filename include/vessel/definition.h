/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef VESSEL_DEFINITION_H
#define VESSEL_DEFINITION_H

#include <stddef.h>
#include <stdint.h>
#include <vessel/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** VesselDefinitionFlags: for VesselDefinitionOptions.flags. */
typedef enum VesselDefinitionFlags {
    VESSEL_DEFINITION_LENIENT = 1 << 0, /**< unknown elements and attributes are let pass and kept */
    VESSEL_DEFINITION_HOST = 1 << 1,    /**< validate: also what a start would need; needs a host */
    VESSEL_DEFINITION_LIBVIRT = 1 << 2  /**< convert to XML: libvirt's words in place of ours */
} VesselDefinitionFlags;

/**
 * VesselDefinitionOptions: how a text is read. Initialise with VESSEL_DEFINITION_OPTIONS_INIT.
 *
 * @size: sizeof of this structure
 * @flags: VesselDefinitionFlags
 * @kind: (nullable) what the text defines: "domain" …; NULL: by the root element of XML, and
 *     "domain" for JSON, which has none
 * @host: (nullable) vessel_definition_validate(): the host whose drivers have a say in it; NULL:
 *     only what is true on every host
 *
 * Since: 0.1.0
 */
typedef struct VesselDefinitionOptions {
    size_t size;
    uint32_t flags;
    const char *kind;
    VesselHost *host;
} VesselDefinitionOptions;
/** VESSEL_DEFINITION_OPTIONS_INIT: the defaults. */
#define VESSEL_DEFINITION_OPTIONS_INIT                                                             \
    {                                                                                              \
        sizeof(VesselDefinitionOptions), 0, NULL, NULL                                             \
    }

/**
 * vessel_definition_validate:
 * @text: a definition of any kind, XML or JSON
 * @options: (nullable): NULL for the defaults
 * @err: (out) (optional): the error, with all problems
 *
 * Checks a definition: what is known, words, ranges, and what goes together. With a host a domain is
 * checked as vessel_host_validate() does it, by the driver that would run it; with
 * VESSEL_DEFINITION_HOST also for what its start would need now (files, devices, memory). Kinds that
 * no driver looks at are checked the same with a host and without.
 *
 * Errors: invalid-definition, unsupported, missing-feature (what a start needs is not here), those
 * of vessel_host_validate() where a host is given, invalid-argument (there is no such kind).
 * Returns: 0 if it is fine, or a negative VesselErrorCode.
 * Since: 0.1.0
 */
VESSEL_API int vessel_definition_validate(const char *text, const VesselDefinitionOptions *options,
                                          VesselError **err);

/** VesselDefinitionForm: how a definition is written. */
typedef enum VesselDefinitionForm {
    VESSEL_DEFINITION_XML = 0, /**< xml: libvirt's XML */
    VESSEL_DEFINITION_JSON = 1 /**< json: the same names in snake_case, indented */
} VesselDefinitionForm;

/**
 * vessel_definition_convert:
 * @text: a definition of any kind, XML or JSON
 * @form: a VesselDefinitionForm
 * @options: (nullable): NULL for the defaults
 * @result: (out) (transfer full): the same definition in that form
 * @err: (out) (optional): the error, with all problems
 *
 * Writes a definition anew. Nothing is filled in and nothing is lost, secrets neither, but for what
 * only a running domain has (its id, aliases that are not the user's). Converting what came out
 * changes no byte of it. With VESSEL_DEFINITION_LIBVIRT a word of ours that libvirt does not know
 * becomes the nearest that it does: `<domain type='emulator'>` becomes `qemu`; such definitions can
 * only be written as XML.
 *
 * Errors: invalid-definition; unsupported (libvirt has no word for it; the problems say for what);
 * invalid-argument (no such kind or form).
 * Returns: 0 or a negative VesselErrorCode.
 * Since: 0.1.0
 */
VESSEL_API int vessel_definition_convert(const char *text, int form,
                                         const VesselDefinitionOptions *options, char **result,
                                         VesselError **err);

#ifdef __cplusplus
}
#endif

#endif
