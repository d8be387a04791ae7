# bt_options: the warnings and sanitizers that every target of the project is built with.
add_library(bt_options INTERFACE)
target_include_directories(bt_options INTERFACE ${PROJECT_SOURCE_DIR}/include)
target_compile_options(
    bt_options
    INTERFACE -Wall
              -Wextra
              -Wpedantic
              -Wconversion
              -Wshadow
              -Wnon-virtual-dtor
              -Woverloaded-virtual
              $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>
              # False alarms of GCC 12 on std::string (PR 105651).
              $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
              # False alarms on the frames of coroutines, which Asio allocates and frees.
              $<$<CXX_COMPILER_ID:GNU>:-Wno-mismatched-new-delete>
              $<$<CXX_COMPILER_ID:GNU>:-Wno-stringop-overflow>)
if(BT_WERROR)
    target_compile_options(bt_options INTERFACE -Werror)
endif()

if(BT_SANITIZE)
    target_compile_options(bt_options INTERFACE -fsanitize=${BT_SANITIZE} -fno-omit-frame-pointer
                                                -fno-sanitize-recover=all)
    target_link_options(bt_options INTERFACE -fsanitize=${BT_SANITIZE})
    if(BT_SANITIZE MATCHES "undefined")
        # The check of vptr probes memory by way of a pipe, and raises a false alarm in the tests that
        # use up all descriptors. AddressSanitizer finds what it is there to find.
        target_compile_options(bt_options INTERFACE -fno-sanitize=vptr)
    endif()
    if(BT_SANITIZE MATCHES "thread")
        # ThreadSanitizer does not understand stand-alone fences: Asio has a mode without them.
        target_compile_definitions(bt_options INTERFACE BOOST_ASIO_DISABLE_FENCED_BLOCK)
        target_compile_options(bt_options INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-tsan>)
    endif()
endif()
