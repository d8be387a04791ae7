# bt_folder(NAME SOURCES... [DEPENDS folders...] [LIBRARIES targets...])
#
# One folder of src/ as one static library, linked to the folders of lower floors that it names. The
# link graph is so the include graph: a folder that is not named here does not link.
function(bt_folder name)
    cmake_parse_arguments(arg "" "" "SOURCES;DEPENDS;LIBRARIES" ${ARGN})
    list(TRANSFORM arg_DEPENDS PREPEND bt_)
    if(arg_SOURCES)
        add_library(bt_${name} STATIC ${arg_SOURCES})
        # Private headers are included by their folder: "net/connect.hpp".
        target_include_directories(bt_${name} PRIVATE ${PROJECT_SOURCE_DIR}/src)
        set(scope PUBLIC)
    else()
        add_library(bt_${name} INTERFACE)
        set(scope INTERFACE)
    endif()
    target_link_libraries(bt_${name} ${scope} bt_options ${arg_DEPENDS} ${arg_LIBRARIES})
endfunction()

# bt_test(NAME SOURCES... FOLDERS... [LABELS...]): one GoogleTest program, its cases known to ctest.
function(bt_test name)
    cmake_parse_arguments(arg "" "TIMEOUT" "SOURCES;FOLDERS;LABELS;LIBRARIES" ${ARGN})
    if(NOT arg_SOURCES)
        return()
    endif()
    if(NOT arg_TIMEOUT)
        set(arg_TIMEOUT 60)
    endif()
    list(TRANSFORM arg_FOLDERS PREPEND bt_)
    add_executable(${name} ${arg_SOURCES})
    target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests ${PROJECT_SOURCE_DIR}/src)
    target_compile_definitions(${name}
                               PRIVATE BT_TEST_DATA="${PROJECT_SOURCE_DIR}/tests/data")
    target_link_libraries(${name} PRIVATE ${arg_FOLDERS} ${arg_LIBRARIES} GTest::gmock
                                          GTest::gtest_main)
    gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60
                         TEST_PREFIX "${BT_TEST_PREFIX}"
                         PROPERTIES TIMEOUT ${arg_TIMEOUT} LABELS "${arg_LABELS}")
endfunction()
