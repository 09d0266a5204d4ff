#!/usr/bin/env python3
"""Calls the functions that queries use most in millrace and DuckDB, in turns, and compares what they give.

usage: scripts/bench --functions [--rows N] [--rounds N] [--beside MILLRACE]

Each measurement is a process of its own with one thread that reads columns of a file of Parquet, calls a function with
them and adds up what it gives, takes the greatest, counts what is true, or, of texts and lists, counts what isn't NULL.
Its time is the processor time that this took (of DuckDB without the start of Python), without that of a process that
counts the columns themselves. What a function gives is compared before, by its greatest value as a text, or its sum.
Columns have many different values, so that nobody computes them once for each value of a dictionary.
DuckDB comes from PyPI, into .build/files.
"""
import argparse, json, os, resource, shutil, statistics, subprocess, sys, tempfile, time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "Benchmarks", "Files"))
from beside import with_packages

# (name, columns, aggregate, millrace, DuckDB where it is called otherwise): what a call gives is aggregated so that no
# optimiser can leave it out.
CALLS = [
    ("upper", "s", "count", "upper(s)", None),
    ("lower", "s", "count", "lower(s)", None),
    ("length", "s", "sum", "length(s)", None),
    ("substring", "s", "count", "substring(s, 3, 5)", None),
    ("trim", "padded", "count", "trim(padded)", None),
    ("concat", "s, digits", "count", "concat(s, '-', digits)", "s || '-' || digits"),
    ("replace", "s", "count", "replace(s, 'er', 'ER')", None),
    ("split", "list", "count", "split(list, ',')", "string_split(list, ',')"),
    ("regexp_extract", "s", "count", "regexp_extract(s, '([0-9]+)', 1)", None),
    ("regexp_replace", "s", "count", "regexp_replace(s, '[0-9]+', '#')", "regexp_replace(s, '[0-9]+', '#', 'g')"),
    ("like '%x%'", "s", "count_if", "s LIKE '%ion-7%'", None),
    ("like 'x%'", "s", "count_if", "s LIKE 'Customer 1%'", None),
    ("to_date", "day", "max", "to_date(day)", "CAST(day AS DATE)"),
    ("to_timestamp, pattern", "german", "max", "to_timestamp(german, 'dd.MM.yyyy HH:mm')",
     "strptime(german, '%d.%m.%Y %H:%M')"),
    ("date_format", "ts", "count", "date_format(ts, 'yyyy-MM-dd HH:mm')", "strftime(ts, '%Y-%m-%d %H:%M')"),
    ("date_trunc", "ts", "max", "date_trunc('hour', ts)", None),
    ("date_trunc, month", "ts", "max", "date_trunc('month', ts)", None),
    ("year", "ts", "sum", "year(ts)", None),
    ("text to INT", "digits", "sum", "CAST(digits AS INT)", None),
    ("text to DOUBLE", "decimals", "sum", "CAST(decimals AS DOUBLE)", None),
    ("DOUBLE to text", "x", "count", "CAST(x AS STRING)", "CAST(x AS VARCHAR)"),
    ("INT to text", "i", "count", "CAST(i AS STRING)", "CAST(i AS VARCHAR)"),
    ("round", "x", "sum", "round(x, 2)", None),
    ("abs", "i", "sum", "abs(i)", None),
    ("coalesce", "i", "sum", "coalesce(i, 0)", None),
    ("case", "i", "count",
     "CASE WHEN i > 500000 THEN 'much' WHEN i > 100000 THEN 'some' WHEN i > -500000 THEN 'little' END", None),
    ("md5", "s", "count", "md5(s)", None),
    ("get_json_object", "document", "count", "get_json_object(document, '$.name')",
     "json_extract_string(document, '$.name')"),
]


def duckdb_connection():
    import duckdb

    connection = duckdb.connect()
    connection.execute("SET threads = 1")
    connection.execute("SET TimeZone = 'UTC'")
    return connection


def make(path, rows):
    """A file of Parquet, the same each time; one row of a thousand is NULL, so that nothing is known not to be."""
    duckdb_connection().execute(f"""
        COPY (SELECT {", ".join(f"CASE WHEN hash(n) % 1000 = 0 THEN NULL ELSE {c} END AS {c}"
                                for c in "s digits padded list day german ts decimals x i document".split())}
        FROM (SELECT n, h, 'Customer ' || (h % 99991) || ' of Region-' || (h % 17) AS s, CAST(h % 10000000 AS VARCHAR) AS digits,
            repeat(' ', CAST(h % 4 AS INTEGER)) || 'word' || (h % 1000003) || '  ' AS padded,
            'a' || (h % 10) || ',bb,' || (h % 1000003) || ',d' AS list,
            strftime(DATE '2000-01-01' + CAST(h % 9000 AS INTEGER), '%Y-%m-%d') AS day,
            strftime(TIMESTAMP '2000-01-01' + to_minutes(CAST(h % 9000000 AS BIGINT)), '%d.%m.%Y %H:%M') AS german,
            TIMESTAMP '2000-01-01' + to_microseconds(CAST(h % 800000000000000 AS BIGINT)) AS ts,
            (h % 100000) || '.' || (h % 997) AS decimals, CAST(h % 1000000007 AS DOUBLE) / 1024 AS x,
            CAST(h % 2000003 AS INTEGER) - 1000000 AS i,
            '{{"id":' || h || ',"tags":["a","b"],"name":"Name ' || (h % 99991) || '","score":1.5}}' AS document
        FROM (SELECT n, hash(n + 7) % 9007199254740992 AS h FROM range({rows}) t(n)))) TO '{path}' (FORMAT parquet)""")


class Runner:
    """Runs queries in each engine."""

    def __init__(self, engines, source):
        self.engines, self.source = engines, source

    def run(self, engine, select):
        """The processor time of a query, and its one value."""
        if engine == "duckdb":
            command = [sys.executable, os.path.abspath(__file__), "--child", f"SELECT {select} FROM read_parquet('{self.source}')"]
        else:
            command = [
                self.engines[engine], "run", "-e", f"SELECT {select} AS c FROM parquet.`{self.source}`",
                "--workers", "1", "--format", "jsonl", "--log-level", "error",
            ]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(command, capture_output=True, text=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if done.returncode != 0:
            sys.exit(f"bench: {engine}: {select}: {done.stderr[-1000:]}")
        value = json.loads([line for line in done.stdout.splitlines() if line.startswith(("{", "["))][-1])
        if engine == "duckdb":
            return value
        value = value["row"]["c"]
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, value


def check(runner, names):
    """Ends the benchmark where a call gives something else in one engine than in the other."""
    for name, _, aggregate, here, there in CALLS:
        if name not in names:
            continue
        text = "CAST({} AS {})".format
        if name == "split":
            here, there = f"array_join({here}, '|')", f"array_to_string({there}, '|')"
        kind = aggregate if aggregate in ("sum", "count_if") else "max"
        found = {}
        for engine in runner.engines:
            call = there or here if engine == "duckdb" else here
            found[engine] = runner.run(
                engine, f"{kind}({text(call, 'VARCHAR' if engine == 'duckdb' else 'STRING') if kind == 'max' else call})")[1]
            if kind == "sum":
                found[engine] = f"{float(found[engine]):.6e}"
        if len(set(map(str, found.values()))) > 1:
            sys.exit(f"bench: {name} differs: {found}")


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--rows", type=int, default=4_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default="", help="a part of names")
    parser.add_argument("--millrace", default=os.path.join(ROOT, ".build", "release", "millrace"))
    parser.add_argument("--beside", help="another build's command")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        connection = duckdb_connection()
        start = time.process_time()
        value = connection.execute(arguments.child).fetchone()[0]
        print(json.dumps([time.process_time() - start, value], default=str))
        return
    engines = {"millrace": arguments.millrace, "duckdb": ""}
    if arguments.beside:
        engines["beside"] = arguments.beside
    folder = tempfile.mkdtemp(prefix="functions-", dir=os.path.join(ROOT, ".build"))
    try:
        source = os.path.join(folder, "rows.parquet")
        make(source, arguments.rows)
        runner = Runner(engines, source)
        names = [name for name, *_ in CALLS if arguments.only in name]
        check(runner, names)
        measure(runner, arguments, names)
    finally:
        shutil.rmtree(folder)


def measure(runner, arguments, names):
    """A table in Markdown: medians of the rounds, in nanoseconds a row."""
    import duckdb

    print(f"{arguments.rows:,} rows, {arguments.rounds} rounds, DuckDB {duckdb.__version__}; processor time of one thread\n")
    engines = list(runner.engines)
    print("| | " + " | ".join(f"{engine}, ns" for engine in engines) + " | millrace's speed to DuckDB's |")
    print("|---" * (len(engines) + 2) + "|", flush=True)
    faster = below = 0
    for name, columns, aggregate, here, there in CALLS:
        if name not in names:
            continue
        took = {engine: [] for engine in engines}
        for _ in range(arguments.rounds):
            for engine in engines:
                call = there or here if engine == "duckdb" else here
                whole, _ = runner.run(engine, f"{aggregate}({call})")
                idle, _ = runner.run(engine, " + ".join(f"count({column})" for column in columns.split(", ")))
                took[engine].append((whole - idle) / arguments.rows * 1e9)
        medians = {engine: statistics.median(times) for engine, times in took.items()}
        ratio = max(medians["duckdb"], 0.05) / max(medians["millrace"], 0.05)
        faster += ratio >= 1
        below += ratio < 0.5
        print(f"| {name} | " + " | ".join(f"{medians[engine]:.1f}" for engine in engines) + f" | {ratio:.2f} |", flush=True)
    print(f"\nFaster in {faster} of {len(names)}, below half of DuckDB's speed in {below}. Load at the end {os.getloadavg()[0]:.1f}.")


if __name__ == "__main__":
    with_packages()
    main()
