# bt_precompile(TARGET HEADERS... FOLDERS...): with BT_PRECOMPILE, what most files of the target include
# is read once. Not by default: a file that forgets to include something would build.
function(bt_precompile target)
    cmake_parse_arguments(arg "" "" "HEADERS;FOLDERS" ${ARGN})
    if(NOT BT_PRECOMPILE)
        return()
    endif()
    foreach(folder net session cli)
        if(folder IN_LIST arg_FOLDERS)
            list(APPEND arg_HEADERS "${PROJECT_SOURCE_DIR}/include/bt/net/asio.hpp")
            break()
        endif()
    endforeach()
    target_precompile_headers(${target} PRIVATE <algorithm> <chrono> <filesystem> <functional> <memory>
                              <optional> <string> <unordered_map> <variant> <vector> ${arg_HEADERS})
endfunction()

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
        bt_precompile(bt_${name} FOLDERS ${name})
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
    add_executable(${name} ${arg_SOURCES})
    bt_precompile(${name} HEADERS <gmock/gmock.h> <gtest/gtest.h> FOLDERS ${arg_FOLDERS})
    # What takes time is in the folders, and what is to be watched; a test is slow to compile.
    if(BT_SANITIZE AND NOT "sim" IN_LIST arg_LABELS)
        target_compile_options(${name} PRIVATE -O0 -fno-sanitize=undefined)
    else()
        target_compile_options(${name} PRIVATE $<$<CONFIG:Release>:-O1>)
    endif()
    list(TRANSFORM arg_FOLDERS PREPEND bt_)
    target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests ${PROJECT_SOURCE_DIR}/src)
    target_compile_definitions(${name}
                               PRIVATE BT_TEST_DATA="${PROJECT_SOURCE_DIR}/tests/data")
    target_link_libraries(${name} PRIVATE ${arg_FOLDERS} ${arg_LIBRARIES} GTest::gmock
                                          GTest::gtest_main)
    gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60
                         TEST_PREFIX "${BT_TEST_PREFIX}"
                         PROPERTIES TIMEOUT ${arg_TIMEOUT} LABELS "${arg_LABELS}")
endfunction()
