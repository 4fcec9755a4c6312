# Everything linked, carried by the interface target entrepot_dependencies. Versions are the oldest tried (Debian 12).
find_package(PkgConfig REQUIRED)
find_package(OpenMP REQUIRED COMPONENTS C)
pkg_check_modules(FYAML REQUIRED IMPORTED_TARGET libfyaml>=0.7.12)
pkg_check_modules(GSL REQUIRED IMPORTED_TARGET gsl>=2.7)
pkg_check_modules(NLOPT REQUIRED IMPORTED_TARGET nlopt>=2.7)
pkg_check_modules(JANSSON REQUIRED IMPORTED_TARGET jansson>=2.14)
pkg_check_modules(CRYPTO REQUIRED IMPORTED_TARGET libcrypto>=3.0)
# Debian names the serial build hdf5-serial; elsewhere it is plain hdf5
pkg_search_module(HDF5 REQUIRED IMPORTED_TARGET hdf5-serial>=1.10 hdf5>=1.10)
find_library(HDF5_HL_LIBRARY NAMES hdf5_serial_hl hdf5_hl REQUIRED)
pkg_check_modules(ZLIB REQUIRED IMPORTED_TARGET zlib>=1.2) # observations are shipped compressed
find_library(CSV_LIBRARY NAMES csv REQUIRED)
find_path(CSV_INCLUDE csv.h REQUIRED)
find_path(RANDOM123_INCLUDE Random123/philox.h REQUIRED)

add_library(entrepot_dependencies INTERFACE)
target_include_directories(entrepot_dependencies SYSTEM INTERFACE ${RANDOM123_INCLUDE} ${CSV_INCLUDE})
target_link_libraries(entrepot_dependencies INTERFACE
  PkgConfig::FYAML PkgConfig::GSL PkgConfig::NLOPT PkgConfig::JANSSON PkgConfig::CRYPTO PkgConfig::ZLIB
  ${HDF5_HL_LIBRARY} PkgConfig::HDF5 ${CSV_LIBRARY} OpenMP::OpenMP_C m)
