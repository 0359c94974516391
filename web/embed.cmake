# The page as one text and the policy that lets nothing but its own style and script run, for site.cpp: OUT is made of
# page.html, page.css and page.js in PAGE_DIR. No tool but CMake is needed.

# Base64 of 32 bytes in hexadecimal, into OUT_VARIABLE: three digits are two characters.
function(base64_of_sha256 hex out_variable)
  set(alphabet "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
  string(APPEND hex "00")  # 64 digits and two are 22 times three; the last character becomes the padding
  set(text "")
  foreach(at RANGE 0 63 3)
    string(SUBSTRING "${hex}" ${at} 3 digits)
    math(EXPR high "0x${digits} >> 6")
    math(EXPR low "0x${digits} & 63")
    string(SUBSTRING "${alphabet}" ${high} 1 first)
    string(SUBSTRING "${alphabet}" ${low} 1 second)
    string(APPEND text "${first}${second}")
  endforeach()
  string(SUBSTRING "${text}" 0 43 text)
  set(${out_variable} "${text}=" PARENT_SCOPE)
endfunction()

file(READ ${PAGE_DIR}/page.html DCAT_PAGE)
file(READ ${PAGE_DIR}/page.css DCAT_STYLE)
file(READ ${PAGE_DIR}/page.js DCAT_SCRIPT)
string(SHA256 style_hash "${DCAT_STYLE}")
string(SHA256 script_hash "${DCAT_SCRIPT}")
base64_of_sha256(${style_hash} style_hash)
base64_of_sha256(${script_hash} script_hash)
string(REPLACE "{{style}}" "${DCAT_STYLE}" DCAT_PAGE "${DCAT_PAGE}")
string(REPLACE "{{script}}" "${DCAT_SCRIPT}" DCAT_PAGE "${DCAT_PAGE}")
set(policy "default-src 'none'; script-src 'sha256-${script_hash}'; style-src 'sha256-${style_hash}'; connect-src 'self'; ")
string(APPEND policy "base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
file(WRITE ${OUT} "// Made of web/page/ by web/embed.cmake.
#include \"web/site.h\"

namespace dcat::web {

std::string_view page_html() {
  return R\"=page=(${DCAT_PAGE})=page=\";
}

std::string_view page_policy() {
  return \"${policy}\";
}

}  // namespace dcat::web
")
