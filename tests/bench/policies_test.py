#!/usr/bin/env python3
"""The tables of policies: what headroom.py adds up, by hand; mixes from a seed; and both on the built program.

Usage: policies_test.py DCAT BENCH_POLICIES. Exit code: 0 passed, 1 failed.
"""
import os
import subprocess
import sys
import tempfile
import unittest

DCAT, FOLDER = sys.argv[1:3]

# Two mixes of one tenant and of two, 10 periods each. Of the room of 0.5 + 1.5 the policy gets 0.1 + 0.9.
ROWS = """\
mix,policy,stp,unfairness,ways,normalised_ipc,violations,moved_ways,violation_depth_periods,note,contract_periods,\
violations_in_a_row,changed_periods,reclaims,to_98_unseen,to_98_recurring,refused,noise
1,static,0.8,1.2,4,1.0,0,0,0,,10,0,0 0,,never:1,,0,none
1,new,0.9,1.1,4,1.1,1,3,0.5,,10,1,7 1,2,1:2 3:1,,0,none
1,oracle,0.9,1.0,4,1.5,0,4,0,,10,0,1 0,,,,0,none
2,static,1.6,1.2,2 2,2.0,0,0,0,,20,0,0 0,,never:3,never:1,0,none
2,new,1.8,1.3,2 2,2.9,2,6,0.25,,20,2,9 3,1,2:1 never:1,1:4,0,none
2,oracle,2.0,1.0,2 2,3.5,0,4,0,,20,0,1 0,,,,0,none
1,new,,,,,,,,it does not fit,,,,,,,,measured
1,static,0.8,1.2,4,1.0,0,0,0,,10,0,0 0,,,,0,measured
"""
# Programs that gain by ways, that stream, and that do neither.
CURVES = "BENCH,NR_WAYS,ipc,llcrpki,llcmpki,stalls_l3_miss\n" + "".join(
    f"{name},{ways},{first + (last - first) * (ways - 1) / 7},{misses + 5},{misses * (1 - fall * (ways - 1) / 7)},0.3\n"
    for name, first, last, misses, fall in (("gains", 0.5, 1.5, 20, 0.9), ("grows", 0.8, 1.2, 15, 0.8),
                                            ("streams", 0.7, 0.71, 30, 0.1), ("light", 1.8, 1.8, 0.1, 0))
    for ways in range(1, 9))


def run(*command, code=0):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != code:
        raise AssertionError(f"{command}: exit code {done.returncode}, want {code}\n{done.stdout}{done.stderr}")
    return done


def script(name, *arguments, code=0):
    return run(sys.executable, f"{FOLDER}/{name}", *arguments, code=code)


def tables(text):
    """By heading, then policy: the cells by their column."""
    found, heading, columns = {}, "", None
    for line in text.splitlines():
        if line.startswith("### "):
            heading, columns = line[4:], None
        elif line.startswith("| "):
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            if columns is None:
                columns = cells
            else:
                found.setdefault(heading, {})[cells[0]] = dict(zip(columns, cells))
    return found


class Policies(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def file(self, name, text):
        path = os.path.join(self.folder.name, name)
        with open(path, "w") as file:
            file.write(text)
        return path

    def test_headroom_pools_over_mixes(self):
        found = tables(script("headroom.py", self.file("rows.csv", ROWS), "eight ways").stdout)
        self.assertEqual(list(found), ["eight ways, noise none", "eight ways, noise measured"])
        new = found["eight ways, noise none"]["new"]
        self.assertEqual(new, {
            "policy": "new", "H": "0.500", "STP": "0.9000", "unfairness": "1.200", "violations / 1,000": "100.00",
            "depth / 1,000": "25.000", "in a row": "2", "moves": "4", "x oracle": "1.12", "reclaims / 1,000": "100.00",
            "changes / 100": "5.0", "later": "2.0", "unseen 50 / 95 %": "2 / never of 5",
            "recurring 50 / 95 %": "1 / 1 of 4"})
        static = found["eight ways, noise none"]["static"]
        self.assertEqual(static["H"], "0.000")
        self.assertEqual(static["reclaims / 1,000"], "-")
        self.assertEqual(static["unseen 50 / 95 %"], "never / never of 4")
        self.assertEqual(found["eight ways, noise none"]["oracle"]["H"], "1.000")
        self.assertNotIn("new", found["eight ways, noise measured"])  # it had no figures
        self.assertEqual(found["eight ways, noise measured"]["static"]["H"], "-")

    def test_together_each_row_is_there_once(self):
        rows = ROWS.replace("refused,noise", "refused,cost").replace(",0,measured", ",0,5").replace(",0,none", ",0,1")
        rows += "1,new,0.9,1.1,4,1.1,0,1,0,,10,0,0 0,0,,,0,5\n"
        rows += "".join(line.replace(",0,1\n", ",0,5\n") for line in rows.splitlines(True) if ",oracle," in line)
        found = tables(script("headroom.py", "--together", self.file("rows.csv", rows), "a curve").stdout)
        self.assertEqual(list(found), ["a curve"])
        self.assertEqual([(name, cells["moves"], cells["H"]) for name, cells in found["a curve"].items()], [
            ("static, cost 1", "0", "0.000"), ("static, cost 5", "0", "0.000"), ("new, cost 1", "4", "0.500"),
            ("new, cost 5", "1", "0.200"), ("oracle", "4", "1.000")])

    def test_rows_without_figures_are_told(self):
        none = ROWS.splitlines()[0] + "\n1,new,,,,,,,,it does not fit,,,,,,,,none\n"
        self.assertIn("no row has figures", script("headroom.py", self.file("rows.csv", none), code=1).stderr)

    def test_mixes_come_from_the_seed(self):
        curves = self.file("curves.csv", CURVES)
        make = lambda seed: script("make_mixes.py", curves, "--seed", seed, "--sizes", "2,3", "--each", "20").stdout
        lines = make("1").splitlines()
        self.assertEqual(lines[0], "# seed 1; sensitive: gains grows; streaming: streams; light: light")
        self.assertEqual([line.count(",") + 1 for line in lines[1:]], [2] * 20 + [3] * 20)
        for line in lines[1:]:
            self.assertTrue({"gains", "grows"} & set(line.split(",")), line)
        self.assertTrue({"streams", "light"} <= {name for line in lines[1:] for name in line.split(",")})
        self.assertEqual(make("1").splitlines(), lines)
        self.assertNotEqual(make("2").splitlines()[1:], lines[1:])

    def test_curves_that_gain_nothing_are_told(self):
        flat = self.file("flat.csv", "".join(line for line in CURVES.splitlines(True) if "g" not in line.split(",")[0]))
        self.assertIn("no program gains", script("make_mixes.py", flat, "--seed", "1", code=1).stderr)

    def test_all_tables_come_from_one_command(self):
        build = os.path.dirname(os.path.dirname(DCAT))
        curves = self.file("curves.csv", CURVES)
        mixes = self.file("mixes.csv", script("make_mixes.py", curves, "--seed", "1", "--sizes", "3", "--each", "3").stdout)
        files = ["--build", build, "--curves", curves, "--mixes", mixes, "--output", self.folder.name]
        found = tables(run(f"{FOLDER}/headroom", *files, "--quick", "--ways", "8").stdout)
        self.assertEqual(list(found), ["8 ways, mixes 3, noise none", "8 ways, mixes 3, noise measured"])
        self.assertEqual(list(found["8 ways, mixes 3, noise none"]), ["static", "dcat-max", "adaptive", "oracle"])
        found = tables(run(f"{FOLDER}/headroom", *files, "--ways", "8", "--periods", "40").stdout)
        self.assertEqual(len(found), 8)
        equal = found["8 ways, noise none"]
        self.assertEqual(equal["oracle"]["H"], "1.000")
        self.assertEqual(equal["oracle-clusters"]["H clusters"], "1.000")
        self.assertEqual(equal["static"]["violations / 1,000"], "0.00")
        for heading, rows in found.items():
            self.assertIn("adaptive", rows, heading)

    def test_bad_usage_is_told(self):
        self.assertIn("wants a value", run(f"{FOLDER}/headroom", "--ways", code=2).stderr)
        self.assertIn("unknown option", run(f"{FOLDER}/headroom", "--fast", code=2).stderr)
        self.assertIn("are needed", run(f"{FOLDER}/headroom", "--quick", code=2).stderr)


unittest.main(argv=sys.argv[:1])
