/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/contract/suite.h"

static uint64_t u64(const VesselStats *stats, const char *key)
{
    int64_t index = vessel_stats_find(stats, key);
    if (index < 0)
        fail_msg("there is no %s", key);
    assert_int_equal(vessel_stats_type(stats, (size_t)index), VESSEL_STATS_TYPE_U64);
    return vessel_stats_value_u64(stats, (size_t)index);
}

static int64_t i64(const VesselStats *stats, const char *key)
{
    int64_t index = vessel_stats_find(stats, key);
    if (index < 0)
        fail_msg("there is no %s", key);
    return vessel_stats_value_i64(stats, (size_t)index);
}

static void test_stats(void **state)
{
    VesselError *err = NULL;
    VesselStats *stats = NULL;
    VesselStatsOptions options = VESSEL_STATS_OPTIONS_INIT;
    (void)state;
    VesselHost *host = suite_host();
    suite_need(host, "domain_stats");
    VesselDomain *domain = suite_define(host, "web");
    vessel_domain_stats(domain, NULL, &stats, &err);
    vt_no_error(err);
    assert_int_equal(i64(stats, "state.state"), 5); /* VIR_DOMAIN_SHUTOFF */
    assert_int_equal(vessel_stats_find(stats, "cpu.time"), -1);
    vessel_stats_free(stats);
    suite_start(domain);
    vessel_domain_stats(domain, NULL, &stats, &err);
    vt_no_error(err);
    assert_string_equal(vessel_stats_domain_name(stats), "web");
    assert_string_equal(vessel_stats_domain_uuid(stats), vessel_domain_get_uuid(domain));
    assert_null(vessel_stats_error(stats));
    assert_int_equal(vessel_stats_age_ms(stats), 0);
    assert_int_equal(i64(stats, "state.state"), 1);
    assert_int_equal(i64(stats, "state.reason"), 1); /* booted */
    assert_true(u64(stats, "cpu.time") > 0);
    assert_int_equal(u64(stats, "vcpu.current"), 1);
    assert_true(u64(stats, "balloon.maximum") == 64 * 1024);
    assert_int_equal(u64(stats, "block.count"), 0);
    assert_null(vessel_stats_key(stats, vessel_stats_count(stats)));
    char *json = vessel_stats_json(stats);
    assert_non_null(strstr(json, "\"cpu.time\":"));
    vessel_free(json);
    vessel_stats_free(stats);
    options.groups = VESSEL_STATS_STATE;
    vessel_domain_stats(domain, &options, &stats, &err);
    assert_int_equal(vessel_stats_count(stats), 2);
    vessel_stats_free(stats);
    vessel_domain_destroy(domain, NULL, &err);
    vt_no_error(err);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
}

static void test_stats_of_all(void **state)
{
    VesselError *err = NULL;
    VesselStats **list = NULL;
    VesselStatsOptions options = VESSEL_STATS_OPTIONS_INIT;
    VesselDomain *domains[3];
    size_t count = 0;
    (void)state;
    VesselHost *host = suite_host();
    suite_need(host, "host_stats");
    for (int i = 0; i < 3; i++) {
        g_autofree char *name = g_strdup_printf("web%d", i);
        domains[i] = suite_define(host, name);
    }
    suite_start(domains[0]);
    suite_start(domains[2]);
    vessel_host_stats(host, NULL, &list, &count, &err);
    vt_no_error(err);
    assert_int_equal(count, 3);
    assert_string_equal(vessel_stats_domain_name(list[1]), "web1");
    assert_true(u64(list[2], "cpu.time") > 0);
    vessel_stats_list_free(list);
    options.filter = VESSEL_DOMAIN_LIST_ACTIVE;
    vessel_host_stats(host, &options, &list, &count, &err);
    assert_int_equal(count, 2);
    vessel_stats_list_free(list);
    options.groups = 1u << 20;
    vessel_host_stats(host, &options, &list, &count, &err);
    vt_error(&err, VESSEL_ERROR_INVALID_ARGUMENT);
    vessel_domain_destroy(domains[0], NULL, &err);
    vessel_domain_destroy(domains[2], NULL, &err);
    vt_no_error(err);
    for (int i = 0; i < 3; i++)
        vessel_domain_unref(domains[i]);
    vessel_host_unref(host);
}

static void test_info(void **state)
{
    VesselError *err = NULL;
    VesselDomainInfo *info = NULL;
    (void)state;
    VesselHost *host = suite_host();
    suite_need(host, "domain_start");
    VesselDomain *domain = suite_define(host, "web");
    vessel_domain_info(domain, &info, &err);
    vt_no_error(err);
    assert_string_equal(info->name, "web");
    assert_string_equal(info->type, contract.type);
    assert_string_equal(info->driver, contract.type);
    assert_string_equal(info->os_type, contract.os_type ? contract.os_type : "hvm");
    assert_int_equal(info->id, -1);
    assert_int_equal(info->vcpus, 1);
    assert_int_equal(info->cpu_time_ns, 0);
    assert_int_equal(info->persistent, 1);
    assert_int_equal(info->changed, 0);
    vessel_domain_info_free(info);
    suite_start(domain);
    vessel_domain_info(domain, &info, &err);
    vt_no_error(err);
    assert_true(info->cpu_time_ns > 0);
    assert_int_equal(info->changed, 0);
    assert_int_equal(info->memory_kib, 64 * 1024);
    vessel_domain_info_free(info);
    vessel_domain_destroy(domain, NULL, &err);
    vt_no_error(err);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
}

static void test_log(void **state)
{
    VesselError *err = NULL;
    int fd = -1;
    char text[64];
    (void)state;
    VesselHost *host = suite_host();
    suite_need(host, "domain_open_log");
    suite_need(host, "domain_start");
    VesselDomain *domain = suite_define(host, "web");
    vessel_domain_open_log(domain, &fd, &err);
    vt_error(&err, VESSEL_ERROR_NOT_FOUND);
    suite_start(domain);
    vessel_domain_destroy(domain, NULL, &err);
    vt_no_error(err);
    vessel_domain_open_log(domain, &fd, &err);
    vt_no_error(err);
    assert_true(read(fd, text, sizeof text) > 0);
    close(fd);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
}

const struct CMUnitTest suite_facts[] = {
    cmocka_unit_test(test_stats),
    cmocka_unit_test(test_stats_of_all),
    cmocka_unit_test(test_info),
    cmocka_unit_test(test_log),
    {0},
};
