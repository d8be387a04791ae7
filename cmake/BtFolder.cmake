# How tests are compiled. What takes time is in the folders, and what is to be watched; a test is slow
# to compile. But simulations are there to be run at length.
function(bt_test_options target kind)
    if(BT_SANITIZE AND NOT kind STREQUAL "sim")
        target_compile_options(${target} PRIVATE -O0 -fno-sanitize=undefined)
    else()
        target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-O1>)
    endif()
endfunction()

# bt_precompile(TARGET KIND FOLDERS...): with BT_PRECOMPILE, what most files include is read once for all
# targets of the same KIND (folder, test or sim), apart for those that use Asio. Not by default: a file
# that forgets to include something would build.
function(bt_precompile target kind)
    if(NOT BT_PRECOMPILE)
        return()
    endif()
    set(shared bt_precompiled_${kind})
    set(headers <algorithm> <chrono> <filesystem> <functional> <memory> <optional> <string>
                <unordered_map> <variant> <vector>)
    set(libraries bt_options)
    if(NOT kind STREQUAL "folder")
        list(APPEND headers <gmock/gmock.h> <gtest/gtest.h>)
        list(APPEND libraries GTest::gmock GTest::gtest)
    endif()
    foreach(folder net session cli)
        if(folder IN_LIST ARGN)
            string(APPEND shared _asio)
            list(APPEND headers "${PROJECT_SOURCE_DIR}/include/bt/net/asio.hpp")
            list(APPEND libraries bt_asio)
            break()
        endif()
    endforeach()
    if(NOT TARGET ${shared})
        file(WRITE ${PROJECT_BINARY_DIR}/${shared}.cpp "")
        add_library(${shared} OBJECT ${PROJECT_BINARY_DIR}/${shared}.cpp)
        target_link_libraries(${shared} PRIVATE ${libraries})
        if(NOT kind STREQUAL "folder")
            bt_test_options(${shared} ${kind})
        endif()
        target_precompile_headers(${shared} PRIVATE ${headers})
    endif()
    target_precompile_headers(${target} REUSE_FROM ${shared})
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
        bt_precompile(bt_${name} folder ${name})
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
    set(kind test)
    set(cost 0)
    if("sim" IN_LIST arg_LABELS)
        set(kind sim)
        set(cost 60)  # long ones first, so that none is waited for at the end
    endif()
    bt_test_options(${name} ${kind})
    bt_precompile(${name} ${kind} ${arg_FOLDERS})
    list(TRANSFORM arg_FOLDERS PREPEND bt_)
    target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests ${PROJECT_SOURCE_DIR}/src)
    target_link_libraries(${name} PRIVATE ${arg_FOLDERS} ${arg_LIBRARIES} GTest::gmock
                                          GTest::gtest_main)
    gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60
                         TEST_PREFIX "${BT_TEST_PREFIX}"
                         PROPERTIES TIMEOUT ${arg_TIMEOUT} COST ${cost} LABELS "${arg_LABELS}")
endfunction()
