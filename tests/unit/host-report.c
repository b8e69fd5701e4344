/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From what a processor says to what `doctor` and type auto make of it; and the machine itself. */
#include "kit/cpu.h"
#include "kit/report.h"
#include "tests/lib/vt.h"

static char *status_of(const VesselCpuFacts *facts, const char *name, char **message)
{
    g_autoptr(VesselReport) report = vessel__report_new();
    vessel__cpu_facts_report(facts, report);
    g_autoptr(VesselJson) rows = vessel__report_steal_json(report);
    char *status = NULL;
    VESSEL_JSON_FOREACH (row, rows) {
        bool remedy = vessel__json_get_string(row, "remedy", NULL) != NULL;
        bool pass = strcmp(vessel__json_get_string(row, "status", ""), "pass") == 0;
        assert_int_equal(remedy, !pass); /* what is not well has a remedy */
        if (strcmp(vessel__json_get_string(row, "name", ""), name) != 0)
            continue;
        status = g_strdup(vessel__json_get_string(row, "status", NULL));
        *message = g_strdup(vessel__json_get_string(row, "message", NULL));
    }
    return status;
}

static void expect(VesselCpuFacts facts, VesselKvmKind kind, const char *name, const char *status,
                   const char *word)
{
    g_autofree char *message = NULL, *why = NULL;
    facts.x86 = true;
    assert_int_equal(vessel__cpu_facts_kind(&facts, &why), kind);
    assert_int_equal(why == NULL, kind == VESSEL_KVM_HARDWARE);
    g_autofree char *is = status_of(&facts, name, &message);
    assert_non_null(is);
    assert_string_equal(is, status);
    assert_non_null(strstr(message, word));
}

#define ABSENT .device = VESSEL_DEV_KVM_ABSENT, .device_why = (char *)"there is no /dev/kvm"
static void test_processors(void **state)
{
    (void)state;
    expect((VesselCpuFacts){.vmx = true, .cpuinfo_flag = true, .device = VESSEL_DEV_KVM_OK},
           VESSEL_KVM_HARDWARE, "cpu-virtualisation", "pass", "VT-x");
    expect((VesselCpuFacts){.svm = true,
                            .cpuinfo_flag = true,
                            .device = VESSEL_DEV_KVM_OK,
                            .hypervisor = "KVMKVMKVM"},
           VESSEL_KVM_HARDWARE, "cpu-virtualisation", "pass", "guest of KVM");
    expect((VesselCpuFacts){.vmx = true, .msr = VESSEL_CPU_MSR_OFF, ABSENT}, VESSEL_KVM_NONE,
           "cpu-virtualisation", "fail", "IA32_FEATURE_CONTROL");
    expect((VesselCpuFacts){.svm = true, ABSENT}, VESSEL_KVM_NONE, "cpu-virtualisation", "fail",
           "disabled");
    expect((VesselCpuFacts){.hypervisor = "Microsoft Hv", ABSENT}, VESSEL_KVM_NONE,
           "cpu-virtualisation", "warn", "Hyper-V");
    expect((VesselCpuFacts){.device = VESSEL_DEV_KVM_OK, .page_table = true}, VESSEL_KVM_SOFT,
           "kvm-kind", "warn", "page-table");
    expect((VesselCpuFacts){.vmx = true,
                            .cpuinfo_flag = true,
                            .device = VESSEL_DEV_KVM_DENIED,
                            .device_why = (char *)"/dev/kvm (mode 0600)"},
           VESSEL_KVM_DENIED, "kvm-device", "fail", "0600");
}

static void test_this_host(void **state)
{
    (void)state;
    g_autoptr(VesselReport) report = vessel__report_new();
    g_autofree char *why = NULL;
    VesselNode node;
    VesselError *err = NULL;
    vessel__report_host(report);
    g_autoptr(VesselJson) rows = vessel__report_steal_json(report);
    assert_true(vessel__json_length(rows) >= 6);
    VesselKvmKind kind = vessel__kvm_kind(&why);
    assert_int_equal(why == NULL, kind == VESSEL_KVM_HARDWARE);
    vessel__node_read(&node, &err);
    vt_no_error(err);
    assert_true(node.memory_kib > 1024 && node.cpus > 0 && node.nodes > 0 && node.sockets > 0 &&
                node.cores > 0 && node.threads > 0);
    assert_true(node.arch[0] && node.model[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_processors),
                                       cmocka_unit_test(test_this_host)};
    return vt_main(tests);
}
