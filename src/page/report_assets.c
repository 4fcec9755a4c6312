/* The assembler copies the files in: a C array of half a megabyte would take the compiler longer than the
 * rest of the library. ENT_REPORT_SOURCES is set by cmake/EntrepotReport.cmake. */
#include "page/report_assets.h"

#define ASSET(name, file)                                                                                    \
    __asm__(".pushsection .rodata\n"                                                                         \
            ".hidden ent_asset_" #name "_begin\n"                                                            \
            ".hidden ent_asset_" #name "_end\n"                                                              \
            ".global ent_asset_" #name "_begin\n"                                                            \
            ".global ent_asset_" #name "_end\n"                                                              \
            "ent_asset_" #name "_begin:\n"                                                                   \
            ".incbin \"" ENT_REPORT_SOURCES "/" file "\"\n"                                                  \
            "ent_asset_" #name "_end:\n"                                                                     \
            ".byte 0\n"                                                                                      \
            ".popsection\n");                                                                                \
    extern const char ent_asset_##name##_begin[], ent_asset_##name##_end[];                                  \
    ent_asset_t ent_asset_##name(void)                                                                       \
    {                                                                                                        \
        return (ent_asset_t){ent_asset_##name##_begin,                                                       \
                             (size_t)(ent_asset_##name##_end - ent_asset_##name##_begin)};                   \
    }

ASSET(page, "page.html")
ASSET(style, "style.css")
ASSET(script, "dist/report.js")
