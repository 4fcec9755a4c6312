# What was found and chosen, at a glance.
message(STATUS "Entrepot ${PROJECT_VERSION}, ${CMAKE_BUILD_TYPE}, ${CMAKE_C_COMPILER_ID} ${CMAKE_C_COMPILER_VERSION}
   libraries  libfyaml ${FYAML_VERSION}, GSL ${GSL_VERSION}, NLopt ${NLOPT_VERSION}, HDF5 ${HDF5_VERSION}, \
jansson ${JANSSON_VERSION}, OpenSSL ${CRYPTO_VERSION}, OpenMP ${OpenMP_C_VERSION}
   options    tests ${BUILD_TESTING}, warnings as errors ${ENT_WERROR}, coverage ${ENT_COVERAGE}, \
sanitizers \"${ENT_SANITIZE}\"
   installs   ${CMAKE_INSTALL_PREFIX}")
