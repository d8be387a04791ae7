# The libraries of the project, all from the distribution's packages, and bt_asio: the one target that
# carries every Asio and Beast macro, since a macro that differs between two files breaks the
# one-definition rule without a diagnostic.
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)

# utf8proc comes without a CMake package.
find_path(BT_UTF8PROC_HEADERS utf8proc.h REQUIRED)
find_library(BT_UTF8PROC_LIBRARY utf8proc REQUIRED)
add_library(utf8proc::utf8proc UNKNOWN IMPORTED)
set_target_properties(
    utf8proc::utf8proc PROPERTIES IMPORTED_LOCATION "${BT_UTF8PROC_LIBRARY}"
                                  INTERFACE_INCLUDE_DIRECTORIES "${BT_UTF8PROC_HEADERS}")

add_library(bt_asio STATIC ${PROJECT_SOURCE_DIR}/cmake/boost_impl.cpp)
target_compile_definitions(
    bt_asio
    PUBLIC BOOST_ASIO_SEPARATE_COMPILATION
           BOOST_BEAST_SEPARATE_COMPILATION
           BOOST_ASIO_NO_DEPRECATED
           BOOST_ASIO_NO_TS_EXECUTORS
           BOOST_ASIO_DISABLE_BOOST_DATE_TIME
           BOOST_ASIO_DISABLE_BOOST_REGEX
           BOOST_ASIO_RECYCLING_ALLOCATOR_CACHE_SIZE=16)
target_link_libraries(bt_asio PUBLIC bt_options Boost::headers OpenSSL::SSL OpenSSL::Crypto
                                     Threads::Threads)
target_compile_options(bt_asio PRIVATE -w)
