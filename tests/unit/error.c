/* SPDX-License-Identifier: MIT */
/*
 * Tests of lib/error: Xen's error numbers and their names.
 */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/error.h"

static void a_number_of_either_sign_has_its_name(void **state)
{
    (void)state;
    assert_string_equal(error_name(-XEN_EACCES), "EACCES");
    assert_string_equal(error_name(XEN_EACCES), "EACCES");
    assert_string_equal(error_name(-XEN_ECONNREFUSED), "ECONNREFUSED");
}

static void every_number_of_the_list_comes_back(void **state)
{
    (void)state;
#define XEN_ERRNO(name, number)                                                \
    assert_int_equal(error_from_name(text_of(#name)), -(number));              \
    assert_int_equal(error_from_name(text_of(error_name(number))), -(number));
#include <xen/errno.h>
}

static void the_first_of_two_names_is_used(void **state)
{
    (void)state;
    assert_string_equal(error_name(-XEN_EWOULDBLOCK), "EAGAIN");
    assert_string_equal(error_name(-XEN_EDEADLOCK), "EDEADLK");
}

static void other_numbers_are_unknown(void **state)
{
    const int numbers[] = {0, 15, -15, 112, 256 + XEN_EPERM, INT_MIN, INT_MAX};

    (void)state;
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        assert_string_equal(error_name(numbers[i]), "unknown error");
    }
}

static void other_names_are_an_input_error(void **state)
{
    const struct text names[] = {TEXT(""),
                                 TEXT("E"),
                                 TEXT("EACCE"),
                                 TEXT("EACCESS"),
                                 TEXT("eacces"),
                                 TEXT("EACCES\0"),
                                 TEXT("unknown error"),
                                 {NULL, 0}};

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        assert_int_equal(error_from_name(names[i]), -XEN_EIO);
    }
}

static void a_quota_of_the_store_has_a_name(void **state)
{
    (void)state;
    assert_int_equal(error_from_name(TEXT("EQUOTA")), -ERROR_QUOTA);
    assert_string_equal(error_name(-ERROR_QUOTA), "EQUOTA");
}

static void a_name_needs_no_nul(void **state)
{
    (void)state;
    assert_int_equal(error_from_name((struct text){"ENOENTRY", 6}),
                     -XEN_ENOENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_number_of_either_sign_has_its_name),
        cmocka_unit_test(every_number_of_the_list_comes_back),
        cmocka_unit_test(the_first_of_two_names_is_used),
        cmocka_unit_test(a_quota_of_the_store_has_a_name),
        cmocka_unit_test(other_numbers_are_unknown),
        cmocka_unit_test(other_names_are_an_input_error),
        cmocka_unit_test(a_name_needs_no_nul),
    };

    return cmocka_run_group_tests_name("error", tests, NULL, NULL);
}
