#!/usr/bin/env python3
"""Scans and writes files of CSV, JSON and Parquet in millrace, DuckDB and pyarrow, in turns, and compares what comes out.

usage: scripts/bench --files [--rows N] [--rounds N] [--beside MILLRACE]

Each measurement is a process of its own with one thread; its time is the processor time that it took, without that of a
process that starts and does next to nothing. A scan reads every value of every column into sums, greatest values and
counts, which must be the same in all; a file is written out of the rows of a file of Parquet, and read again by DuckDB,
which must find the same sums. DuckDB and pyarrow come from PyPI, into .build/files.
"""
import argparse, json, os, resource, shutil, statistics, subprocess, sys, tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FORMATS = ["parquet", "csv", "json"]
SCHEMA = "id BIGINT, n INT, price DOUBLE, word STRING, text STRING, day DATE"
SUMS = "count(*) AS c, sum(id) AS i, sum(n) AS n, sum(price) AS p, max(word) AS w, max(text) AS t, max(day) AS d"
PACKAGES = ["duckdb", "pyarrow"]


def with_packages():
    """Goes on in a Python that has the packages: this one, or one of our own."""
    try:
        for package in PACKAGES:
            __import__(package)
        return
    except ImportError:
        pass
    home = os.path.join(ROOT, ".build", "files")
    python = os.path.join(home, "bin", "python")
    if sys.executable == python:
        sys.exit("bench: the packages were installed and can't be imported: " + ", ".join(PACKAGES))
    for command in ([sys.executable, "-m", "venv", home], [python, "-m", "pip", "install", "-q", *PACKAGES]):
        made = subprocess.run(command, capture_output=True, text=True)
        if made.returncode != 0:
            sys.exit("bench: PyPI gives no " + ", ".join(PACKAGES) + ": " + made.stderr.strip()[-300:])
    os.execv(python, [python, *sys.argv])


# MARK: What the others do, each in a process of its own

def duckdb_reads(format, path):
    """The rows of a file, in DuckDB's words."""
    columns = "{id: 'BIGINT', n: 'INTEGER', price: 'DOUBLE', word: 'VARCHAR', text: 'VARCHAR', day: 'DATE'}"
    if format == "parquet":
        return f"read_parquet('{path}')"
    if format == "csv":
        return f"read_csv('{path}', columns = {columns}, header = true, auto_detect = false)"
    return f"read_json('{path}', columns = {columns}, format = 'newline_delimited')"


def duckdb_connection():
    import duckdb
    connection = duckdb.connect()
    connection.execute("SET threads = 1")
    connection.execute("SET preserve_insertion_order = true")
    return connection


def in_duckdb(task, format, source, target):
    connection = duckdb_connection()
    if task == "scan":
        return connection.execute(f"SELECT {SUMS} FROM {duckdb_reads(format, source)}").fetchone()
    if task == "write":
        how = {"parquet": "FORMAT parquet, COMPRESSION snappy", "csv": "FORMAT csv, HEADER", "json": "FORMAT json"}
        connection.execute(f"COPY (FROM read_parquet('{source}')) TO '{target}' ({how[format]})")
    return None


def arrow_table(format, source):
    import pyarrow as pa, pyarrow.csv, pyarrow.json, pyarrow.parquet
    pa.set_cpu_count(1)
    types = {"id": pa.int64(), "n": pa.int32(), "price": pa.float64(), "word": pa.string(), "text": pa.string(),
             "day": pa.date32()}
    if format == "parquet":
        return pa.parquet.ParquetFile(source).iter_batches(use_threads=False)
    if format == "csv":
        return pa.csv.open_csv(
            source, pa.csv.ReadOptions(use_threads=False),
            convert_options=pa.csv.ConvertOptions(column_types=types, strings_can_be_null=False))
    # Its JSON knows no dates.
    types["day"] = pa.string()
    return pa.json.open_json(
        source, pa.json.ReadOptions(use_threads=False), pa.json.ParseOptions(explicit_schema=pa.schema(types.items())))


def in_pyarrow(task, format, source, target):
    import pyarrow as pa, pyarrow.compute as compute, pyarrow.csv, pyarrow.parquet
    if task == "scan":
        sums, greatest, count = {"id": 0, "n": 0, "price": 0.0}, {}, 0
        for batch in arrow_table(format, source):
            count += batch.num_rows
            for name in sums:
                sums[name] += compute.sum(batch.column(name)).as_py() or 0
            for name in ["word", "text", "day"]:
                value = compute.max(batch.column(name)).as_py()
                greatest[name] = max(greatest.get(name, value), value)
        return count, sums["id"], sums["n"], sums["price"], greatest["word"], greatest["text"], greatest["day"]
    if task == "write":
        pa.set_cpu_count(1)
        batches = pa.parquet.ParquetFile(source)
        if format == "parquet":
            with pa.parquet.ParquetWriter(target, batches.schema_arrow, compression="snappy") as writer:
                for batch in batches.iter_batches(use_threads=False, batch_size=122_880):
                    writer.write_batch(batch)
        else:
            with pa.csv.CSVWriter(target, batches.schema_arrow) as writer:
                for batch in batches.iter_batches(use_threads=False):
                    writer.write_batch(batch)
    return None


# MARK: Measuring

class Runner:
    """Runs tasks in each engine and remembers what they took."""

    def __init__(self, engines, folder):
        self.engines, self.folder = engines, folder
        self.seconds, self.idle = {}, {engine: [] for engine in engines}

    def command(self, engine, task, format, source, target):
        if engine in ("duckdb", "pyarrow"):
            return [sys.executable, os.path.abspath(__file__), "--child", engine, task, format, source, target]
        if task == "start":
            sql = "SELECT 1"
        elif task == "scan":
            sql = f"CREATE TABLE t ({SCHEMA}) USING {format} OPTIONS (path '{source}'" + (
                ", header 'true')" if format == "csv" else ")") + f"; SELECT {SUMS} FROM t"
        else:
            sql = f"CREATE TABLE t ({SCHEMA}) USING {format} OPTIONS (path '{target}'" + (
                ", header 'true')" if format == "csv" else ")") + f"; INSERT INTO t SELECT * FROM parquet.`{source}`"
        return [self.engines[engine], "run", "-e", sql, "--workers", "1", "--format", "jsonl", "--log-level", "error"]

    def run(self, engine, task, format="", source="", target=""):
        """The processor time of a task, and what it printed."""
        command = self.command(engine, task, format, source, target)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(command, capture_output=True, text=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if done.returncode != 0:
            sys.exit(f"bench: {engine} {task} {format}: {done.stderr[-2000:]}")
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout

    def measure(self, engine, task, format, source, target=""):
        seconds, output = self.run(engine, task, format, source, target)
        self.seconds.setdefault((task, format, engine), []).append(seconds)
        return output


def sums(output):
    """What a scan has found: the number of rows, sums and greatest values."""
    lines = [line for line in output.splitlines() if line.startswith("{") or line.startswith("[")]
    found = json.loads(lines[-1])
    found = list(found["row"].values()) if isinstance(found, dict) else found
    # Sums of many doubles depend on their order in the last digits.
    return [*found[:3], f"{float(found[3]):.9e}", *map(str, found[4:])]


def make(path, rows):
    """A file of Parquet with some columns of every kind, the same each time."""
    connection = duckdb_connection()
    connection.execute(f"""
        COPY (SELECT i AS id, CAST(hash(i) % 100000 AS INTEGER) AS n, CAST(hash(i + 1) % 10000000 AS DOUBLE) / 100 AS price,
            'word' || (hash(i + 2) % 1000) AS word, md5(CAST(i AS VARCHAR)) AS text,
            DATE '2020-01-01' + CAST(hash(i + 3) % 2000 AS INTEGER) AS day
        FROM range({rows}) t(i)) TO '{path}' (FORMAT parquet, COMPRESSION snappy)""")


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--millrace", default=os.path.join(ROOT, ".build", "release", "millrace"))
    parser.add_argument("--beside", help="another build's command")
    parser.add_argument("--child", nargs=5, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        engine, task, format, source, target = arguments.child
        found = (in_duckdb if engine == "duckdb" else in_pyarrow)(task, format, source, target)
        print(json.dumps(found, default=str))
        return
    engines = {"millrace": arguments.millrace, "duckdb": "", "pyarrow": ""}
    if arguments.beside:
        engines["beside"] = arguments.beside
    folder = tempfile.mkdtemp(prefix="files-", dir=os.path.join(ROOT, ".build"))
    try:
        measure(Runner(engines, folder), arguments)
    finally:
        shutil.rmtree(folder)


def measure(runner, arguments):
    source = os.path.join(runner.folder, "rows.parquet")
    make(source, arguments.rows)
    files = {"parquet": source}
    for format in ["csv", "json"]:
        files[format] = os.path.join(runner.folder, "rows." + format)
        in_duckdb("write", format, source, files[format])
    expected = sums(json.dumps(in_duckdb("scan", "parquet", source, ""), default=str))
    can = lambda engine, task, format: not (engine == "pyarrow" and task == "write" and format == "json")
    for round in range(arguments.rounds + 1):
        for engine in runner.engines:
            runner.idle[engine].append(runner.run(engine, "start")[0])
        for format in FORMATS:
            for engine in runner.engines:
                found = sums(runner.measure(engine, "scan", format, files[format]))
                if found != expected:
                    sys.exit(f"bench: {engine} found {found} in {format}, not {expected}")
            for engine in filter(lambda engine: can(engine, "write", format), runner.engines):
                target = os.path.join(runner.folder, f"{engine}-{format}")
                runner.measure(engine, "write", format, source, target)
                written = target if os.path.isfile(target) else os.path.join(target, "part-*")
                found = sums(json.dumps(in_duckdb("scan", format, written, ""), default=str))
                if found != expected:
                    sys.exit(f"bench: {engine} wrote {found} to {format}, not {expected}")
                shutil.rmtree(target) if os.path.isdir(target) else os.remove(target)
        print(f"bench: round {round} of {arguments.rounds}" + (", not counted" if round == 0 else ""), file=sys.stderr)
    report(runner, arguments, {format: os.path.getsize(path) for format, path in files.items()})


def report(runner, arguments, sizes):
    """A table in Markdown: medians of the rounds behind the first."""
    import duckdb, pyarrow
    load = os.getloadavg()[0]
    print(f"{arguments.rows:,} rows, {arguments.rounds} rounds, DuckDB {duckdb.__version__}, pyarrow {pyarrow.__version__}, "
          f"load at the end {load:.1f}; processor time of one thread\n")
    print("| | file | engine | s | million rows/s | GB/s | millrace / it |\n|---|---|---|---|---|---|---|")
    for task in ["scan", "write"]:
        for format in FORMATS:
            times = {}
            for engine in runner.engines:
                measured = runner.seconds.get((task, format, engine))
                if measured:
                    times[engine] = [a - b for a, b in zip(measured[1:], runner.idle[engine][1:])]
            for engine, own in times.items():
                seconds = statistics.median(own)
                ratio = statistics.median(other / ours for other, ours in zip(own, times["millrace"]))
                print(f"| {task} | {format}, {sizes[format] / 1e6:.0f} MB | {engine} | {seconds:.2f} "
                      f"| {arguments.rows / seconds / 1e6:.2f} | {sizes[format] / seconds / 1e9:.2f} | {ratio:.2f} |")


if __name__ == "__main__":
    with_packages()
    main()
