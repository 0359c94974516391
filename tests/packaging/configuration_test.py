#!/usr/bin/env python3
"""docs/configuration.md and dcat.yaml(5) have every key that the code reads, those below `counting`, `hooks`, `tenants`... too.

That values and ranges of configs/dcat.yaml are the program's is tested in tests/controller/config; here: the reference is that
file's, and no key that controller/config reads is missing from it.

Usage: configuration_test.py SOURCES. Exit code: 0 passed, 1 failed.
"""
import glob
import os
import re
import sys

sys.dont_write_bytecode = True

# Keys are read by name: `root.read("interval", ...)`, `read_path(map, "socket", ...)`, Field{"miss_ratio", ...}.
READS = re.compile(r"""(?:\.(?:read|read_word|read_bytes|map|maps|require)\(|
                       \bread_(?:duration|path)\(\w+,\ |Field\{)"([a-z_]+)\"""", re.X)


def keys_of_code(sources):
    keys = {}
    for path in glob.glob(os.path.join(sources, "controller/config/*.cpp")):
        if os.path.basename(path) in ("yaml_reader.cpp", "yaml_tree.cpp"):
            continue
        with open(path, encoding="utf-8") as file:
            for key in READS.findall(file.read()):
                keys[key] = os.path.relpath(path, sources)
    return keys


def main(sources):
    sys.path.insert(0, os.path.join(sources, "packaging/pages"))
    import config_reference
    config_reference.main(sources, "--check")
    keys = keys_of_code(sources)
    assert {"interval", "miss_ratio", "socket", "window", "max_events", "tenants", "feature_file"} <= set(keys), sorted(keys)
    with open(os.path.join(sources, "docs/configuration.md"), encoding="utf-8") as file:
        page = file.read()
    with open(os.path.join(sources, "configs/dcat.yaml"), encoding="utf-8") as file:
        manual = config_reference.man_page(file.read(), "2026-01-01", "0")
    missing = [f"{keys[k]}: {k} is not in docs/configuration.md: describe it in configs/dcat.yaml" for k in sorted(keys)
               if not re.search(rf"(?:`{k}`|^  {k} |^ *(?:- )?{k}:)", page, re.M)]
    missing += [f"{keys[k]}: {k} is not in dcat.yaml(5)" for k in sorted(keys) if k not in manual]
    print("\n".join(missing) or f"{len(keys)} keys")
    sys.exit(1 if missing else 0)


if __name__ == "__main__":
    main(sys.argv[1])
