/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/document.h"
#include "model/shape.h"

void vessel__document_clear(VesselDocument *document)
{
    if (document->def)
        vessel__schema_free(document->kind->shape()->table, document->def);
    *document = (VesselDocument){0};
}

static char *join_kinds(bool roots, guint max, const char *nearest_to, const char **nearest)
{
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    for (const VesselKind *kind = vessel__kinds; kind->word; kind++)
        g_ptr_array_add(words, (gpointer)(roots ? kind->root : kind->word));
    g_ptr_array_add(words, NULL);
    *nearest = vessel__word_nearest((VesselWords)words->pdata, nearest_to);
    return vessel__words_join((VesselWords)words->pdata, max);
}

int vessel__document_kind_find(const char *word, const VesselKind **kind, VesselError **err)
{
    const char *nearest;
    VesselShown shown;
    *kind = vessel__kind_find(word);
    if (*kind)
        return VESSEL_OK;
    g_autofree char *all = join_kinds(false, 24, word, &nearest);
    int code =
        vessel__fail(err, VESSEL_ERROR_INVALID_ARGUMENT,
                     "there is no kind of definition called '%s'", vessel__shown(word, shown));
    if (nearest)
        vessel__error_hint(err, "did you mean '%s'?", nearest);
    else
        vessel__error_hint(err, "the kinds are %s", all);
    return code;
}

/* A text that is well formed and begins with an element of none of them. */
static int no_kind(const char *text, VesselError **err)
{
    const char *nearest;
    VesselShown shown;
    g_autoptr(VesselXml) xml = NULL;
    int code = vessel__xml_parse(text, strlen(text), NULL, "definition", &xml, err);
    if (code)
        return code;
    const VesselXmlNode *root = vessel__xml_root(xml);
    g_autofree char *all = join_kinds(true, 24, root->name, &nearest);
    g_autofree char *hint = nearest ? g_strdup_printf("did you mean <%s>?", nearest)
                                    : g_strdup_printf("the root element must be %s", all);
    g_autofree char *path = g_strconcat("/", vessel__shown(root->name, shown), NULL);
    g_autoptr(VesselProblems) problems = vessel__problems_new();
    int line, column;
    vessel__xml_position(xml, root->start, &line, &column);
    vessel__problems_add(problems, VESSEL_ERROR_INVALID_DEFINITION, path, line, column, hint,
                         "<%s> is no definition", vessel__shown(root->name, shown));
    return vessel__problems_to_error(problems, "the text", err);
}

int vessel__document_kind(const char *text, const char *word, const VesselKind **kind,
                          VesselError **err)
{
    if (word)
        return vessel__document_kind_find(word, kind, err);
    *kind = vessel__kind_of_text(text, strlen(text));
    if (*kind)
        return VESSEL_OK;
    if (g_strstr_len(text, -1, "<") == text + strspn(text, " \t\r\n") && *text)
        return no_kind(text, err);
    *kind = vessel__kinds;
    return VESSEL_OK;
}

static void *read_def(const VesselKind *kind, const char *text, unsigned flags,
                      VesselProblems *problems, VesselProblems *warnings)
{
    return vessel__schema_parse(kind->shape(), text, strlen(text), flags, problems, warnings);
}

int vessel__document_parse(const char *text, const char *word, unsigned flags, const char *what,
                           VesselDocument *document, VesselProblems *warnings, VesselError **err)
{
    g_autoptr(VesselProblems) problems = vessel__problems_new();
    *document = (VesselDocument){0};
    int code = vessel__document_kind(text, word, &document->kind, err);
    if (code)
        return code;
    document->def = read_def(document->kind, text, flags, problems, warnings);
    vessel__document_locate(document->kind, text, problems);
    code = vessel__problems_to_error(problems, what, err);
    if (!code && !document->def)
        code = vessel__fail(err, VESSEL_ERROR_BUG, "a text was refused without a reason");
    if (code)
        vessel__document_clear(document);
    return code;
}

/* Whether one is about @path, and says @message if that is not NULL. */
static bool has_problem(const VesselProblems *problems, const char *path, const char *message)
{
    for (guint i = 0; i < vessel__problems_count(problems); i++) {
        const VesselError *one = vessel__problems_get(problems, i);
        if (one && path && g_strcmp0(vessel_error_path(one), path) == 0 &&
            (!message || strcmp(vessel_error_message(one), message) == 0))
            return true;
    }
    return false;
}

/* Whether something around @path is wrong as a whole. */
static bool is_inside_of_problem(const VesselProblems *problems, const char *path)
{
    for (guint i = 0; path && i < vessel__problems_count(problems); i++) {
        const VesselError *one = vessel__problems_get(problems, i);
        const char *around = one ? vessel_error_path(one) : NULL;
        size_t length = around ? strlen(around) : 0;
        if (length && strncmp(path, around, length) == 0 && path[length] == '/')
            return true;
    }
    return false;
}

static VesselProblems *rest_problems(const VesselKind *kind, const char *text, unsigned flags,
                                     VesselDocumentChecker check, void *data)
{
    g_autoptr(VesselProblems) known = vessel__problems_new();
    VesselProblems *found = vessel__problems_new();
    VesselDocument rest __attribute__((cleanup(vessel__document_clear))) = {
        kind, read_def(kind, text, VESSEL_PARSE_STORED | VESSEL_PARSE_LINES | flags, known, NULL)};
    if (rest.def)
        check(rest.def, found, data);
    return found;
}

void vessel__document_check_rest(const VesselKind *kind, const char *text,
                                 VesselDocumentChecker check, void *data, VesselProblems *problems)
{
    g_autoptr(VesselProblems) without = rest_problems(kind, text, 0, check, data);
    if (vessel__problems_count(without) == 0)
        return;
    g_autoptr(VesselProblems) with = rest_problems(kind, text, VESSEL_PARSE_STAND_IN, check, data);
    for (guint i = 0; i < vessel__problems_count(without); i++) {
        const VesselError *one = vessel__problems_get(without, i);
        const char *path = one ? vessel_error_path(one) : NULL;
        if (one && !has_problem(problems, path, NULL) && !is_inside_of_problem(problems, path) &&
            (!path || has_problem(with, path, vessel_error_message(one))))
            vessel__problems_add_error(problems, one);
    }
}

static void check_kind(void *def, VesselProblems *problems, void *data)
{
    const VesselKind *kind = data;
    if (kind->check)
        kind->check(def, problems);
}

int vessel__document_validate(const char *text, const char *word, unsigned flags,
                              VesselProblems *warnings, VesselError **err)
{
    g_autoptr(VesselProblems) problems = vessel__problems_new();
    VesselDocument document __attribute__((cleanup(vessel__document_clear))) = {0};
    int code = vessel__document_kind(text, word, &document.kind, err);
    if (code)
        return code;
    const VesselKind *kind = document.kind;
    document.def = read_def(kind, text, flags, problems, warnings);
    if (vessel__problems_count(problems) > 0) {
        vessel__document_check_rest(kind, text, check_kind, (void *)kind, problems);
    } else if (document.def) {
        if (kind->defaults)
            kind->defaults(document.def);
        if (kind->check)
            kind->check(document.def, problems);
    }
    vessel__document_locate(kind, text, problems);
    return vessel__problems_to_error(problems, "the definition", err);
}

/* What is ours and libvirt does not have. */
static void find_ours(const VesselValue *value, void *data)
{
    VesselProblems *problems = data;
    const VesselRow *row = value->row;
    bool ours = row && row->flags & VESSEL_ROW_OURS;
    bool word = row && row->libvirt && value->word && !*vessel__row_libvirt_word(row, value->word);
    if (!ours && !word)
        return;
    g_autofree char *path = vessel__schema_value_path(value);
    if (word)
        vessel__problems_add(problems, VESSEL_ERROR_UNSUPPORTED, path, 0, 0, NULL,
                             "libvirt has no word for '%s'", value->word);
    else
        vessel__problems_add(problems, VESSEL_ERROR_UNSUPPORTED, path, 0, 0, NULL,
                             "libvirt has nothing like it");
}

int vessel__document_format(const VesselDocument *document, VesselDocumentForm form, bool libvirt,
                            char **text, VesselError **err)
{
    const VesselShape *shape = document->kind->shape();
    unsigned flags = VESSEL_FORMAT_SECRET | (libvirt ? VESSEL_FORMAT_LIBVIRT : 0);
    if (form == VESSEL_DOCUMENT_JSON) {
        g_autoptr(VesselJson) json = vessel__schema_format_json(shape, document->def, flags);
        *text = vessel__json_format(json, true);
        return VESSEL_OK;
    }
    g_autoptr(VesselProblems) problems = vessel__problems_new();
    if (libvirt)
        vessel__schema_each_value(shape, document->def, find_ours, problems);
    int code = vessel__problems_to_error(problems, "the definition", err);
    if (!code)
        *text = vessel__schema_format_xml(shape, document->def, flags);
    return code;
}
