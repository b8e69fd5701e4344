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
    VESSEL_DEFINITION_LENIENT =
        1 << 0,                        /**< unknown elements and attributes are let pass and kept */
    VESSEL_DEFINITION_HOST = 1 << 1,   /**< validate: also what a start would need; needs a host */
    VESSEL_DEFINITION_LIBVIRT = 1 << 2 /**< convert to XML: libvirt's words in place of ours */
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
 * @warnings: (out) (nullable) (transfer full): where to put what was let pass, an error with a
 *     problem for each place, in the order of the text: what is not known and was kept
 *     (VESSEL_DEFINITION_LENIENT), what only a running domain has and was left out. Messages of
 *     vessel_definition_diff() begin with which of the two definitions it is. NULL is put there if
 *     there is none, or if the call fails. The caller frees it with vessel_error_free().
 *
 * Since: 0.1.0
 */
typedef struct VesselDefinitionOptions {
    size_t size;
    uint32_t flags;
    const char *kind;
    VesselHost *host;
    VesselError **warnings;
} VesselDefinitionOptions;
/** VESSEL_DEFINITION_OPTIONS_INIT: the defaults. */
#define VESSEL_DEFINITION_OPTIONS_INIT                                                             \
    {                                                                                              \
        sizeof(VesselDefinitionOptions), 0, NULL, NULL, NULL                                             \
    }

/**
 * vessel_definition_validate:
 * @text: a definition of any kind, XML or JSON
 * @options: (nullable): NULL for the defaults
 * @err: (out) (optional): the error, with all problems
 *
 * Checks a definition: what is known, words, ranges, and what goes together. With a host a domain
 * is checked as vessel_host_validate() does it, by the driver that would run it; with
 * VESSEL_DEFINITION_HOST also for what its start would need now (files, devices, memory). Kinds
 * that no driver looks at are checked the same with a host and without.
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

/** VesselSchemaForm: for vessel_definition_schema(). */
typedef enum VesselSchemaForm {
    VESSEL_SCHEMA_RNG = 0,      /**< rng: RELAX NG in its XML syntax, for the XML form */
    VESSEL_SCHEMA_JSON = 1,     /**< json: JSON Schema 2020-12, for the JSON form */
    VESSEL_SCHEMA_MARKDOWN = 2, /**< markdown: a reference page for people */
    VESSEL_SCHEMA_MAN = 3       /**< man: the same as a manual page */
} VesselSchemaForm;

/**
 * vessel_definition_schema:
 * @kind: "domain" …; vessel_definition_explain() of "" tells which there are
 * @form: a VesselSchemaForm
 * @result: (out) (transfer full): the schema
 * @err: (out) (optional): the error
 *
 * Writes the format of a kind of definition as a schema file, for editors and other programs. What
 * it accepts is what vessel_definition_validate() accepts but for what a schema cannot say: what
 * goes together in different places, sums, duplicates, sizes in bytes of text.
 *
 * Errors: invalid-argument (no such kind or form).
 * Returns: 0 or a negative VesselErrorCode.
 * Since: 0.1.0
 */
VESSEL_API int vessel_definition_schema(const char *kind, int form, char **result,
                                        VesselError **err);

/**
 * vessel_definition_explain:
 * @path: a place in a definition as messages and XPath write it,
 *     "/domain/devices/disk/target/@bus", or as the members of its JSON,
 *     "domain.devices.disk.target.bus"; indices are of no account; a piece from the end of one,
 *     "interface/mac" or "//interface/mac", if no other place ends with it; "" for the kinds there are
 * @json: (out) (transfer full): what is known of it, an object on one line
 * @err: (out) (optional): the error; its hint has the nearest names, or the paths that end with @path
 *
 * Explains an element or attribute. The object has the members path, json (its name there), rows,
 * drivers and beneath. A row has meaning, type (text, number, hexadecimal, size, word, words,
 * switch, presence, xml, element or elements), takes (limits in words), words, minimum, maximum,
 * unit (of a size: that of these and in JSON), unit_of_xml (that of a number in XML without one),
 * units (all that it takes), max_bytes, pattern and max_count as far as they apply, since, only_for (attribute and
 * words: it is only there with these), default (the value that holds if it is left out, as in JSON,
 * where it is one value), if_left_out (the same in words, and whether it is filled in at define)
 * and, if true, required, needed (required if its element is given), key (it tells elements of a
 * list apart), live (false: a change of a domain waits for the next start), live_if (path and
 * words: it is only live where that attribute has one of these), guest_visible, secret, runtime,
 * hostpath, old; notes says the same in words. A place has several rows if what it means depends on
 * another attribute, none if it only holds others. drivers has the name of each that honours it,
 * and the words it takes if it does not take all; beneath the path, json and meaning of everything
 * there is in it. For "" the object has the one member kinds: kind, path and meaning of each.
 *
 * Errors: not-found (there is no such path, or there are several), invalid-argument.
 * Returns: 0 or a negative VesselErrorCode.
 * Since: 0.1.0
 */
VESSEL_API int vessel_definition_explain(const char *path, char **json, VesselError **err);

/**
 * vessel_definition_diff:
 * @from: a definition, XML or JSON
 * @to: a definition of the same kind
 * @options: (nullable): NULL for the defaults
 * @json: (out) (transfer full): the differences, an object on one line
 * @err: (out) (optional): the error, with all problems of the definition that could not be read
 *
 * Compares two definitions. The object has the members kind and changes; changes is empty if they
 * say the same. A change has path (indices are those in @to, or in @from if @to does not have it),
 * change (changed, added, removed or moved), old and new (values; the XML of an element; the former
 * path of what moved) as far as there are any, live (it can be changed while the domain runs: its
 * name by vessel_domain_rename(); else it waits for the next start) and guest_visible (the guest
 * would notice). Elements that may repeat are told apart by an alias of the user's own, by being
 * the same, by what names them (the target of a disk, a MAC address, an index: what
 * vessel_definition_explain() calls key) and only without such by their order; the order of devices
 * of different kinds is no difference, since addresses are what the guest sees of it. name has that
 * of an element which was added, removed or moved, in that of the nearest element around a change
 * which has one. A secret that changed has secret instead of its values. What only a running domain
 * has is no difference.
 *
 * Errors: invalid-definition; invalid-argument (they are of different kinds, or there is no such
 * kind).
 * Returns: 0, also if they differ, or a negative VesselErrorCode.
 * Since: 0.1.0
 */
VESSEL_API int vessel_definition_diff(const char *from, const char *to,
                                      const VesselDefinitionOptions *options, char **json,
                                      VesselError **err);

#ifdef __cplusplus
}
#endif

#endif
