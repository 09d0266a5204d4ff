// `millrace run` and `millrace plan` as their users meet them.

import TestSupport
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

@Suite("SQL from the command line")
struct RunTests {
    private static func file(_ path: String, _ text: String) throws {
        let file = try #require(fopen(path, "w"))
        defer { fclose(file) }
        _ = text.withCString { fputs($0, file) }
    }

    /// A folder with a table of two files.
    private static func words() throws -> (folder: TemporaryFolder, table: String) {
        let folder = try TemporaryFolder()
        try file("\(folder.path)/1.json", "{\"word\":\"a\"}\n{\"word\":\"b\"}\n")
        try file("\(folder.path)/2.json", "{\"word\":\"a\"}\n{}\n")
        var times = [timespec(tv_sec: 1_790_000_000, tv_nsec: 0), timespec(tv_sec: 1_790_000_000, tv_nsec: 0)]
        utimensat(AT_FDCWD, "\(folder.path)/1.json", &times, 0)
        let table =
            "CREATE TABLE words (word STRING) USING json OPTIONS (path '\(folder.path)', maxFilesPerTrigger 1);\n"
        return (folder, table)
    }

    @Test("rows of a table in each form")
    func forms() throws {
        let (folder, table) = try Self.words()
        let query = table + "SELECT word, count(*) AS n FROM words GROUP BY word ORDER BY word NULLS LAST"
        for (form, expected) in [
            (
                "jsonl",
                "{\"row\":{\"word\":\"a\",\"n\":2}}\n{\"row\":{\"word\":\"b\",\"n\":1}}\n"
                    + "{\"row\":{\"word\":null,\"n\":1}}\n"
            ),
            ("csv", "word,n\na,2\nb,1\n,1\n"),
            ("table", "+----+---+\n|word|n  |\n+----+---+\n|a   |2  |\n|b   |1  |\n|NULL|1  |\n+----+---+\n"),
        ] {
            let process = try CommandProcess(["run", "-e", query, "--format", form])
            #expect(process.waitForEnd() == .exited(0), "\(process.errors)")
            #expect(process.output == expected)
        }
        withExtendedLifetime(folder) {}
    }

    @Test(
        "progress that can't be written is told once, and the query goes on",
        .enabled(if: access("/dev/full", W_OK) == 0))
    func progressWithoutRoom() throws {
        let (folder, table) = try Self.words()
        let process = try CommandProcess([
            "run", "-e", table + "SELECT word FROM STREAM words", "--format", "csv", "--trigger", "available-now",
            "--progress", "jsonl", "--progress-to", "/dev/full",
        ])
        #expect(process.waitForEnd() == .exited(0), "\(process.errors)")
        // Two batches.
        let warnings = process.errors.split(separator: "\n").filter { $0.contains("can't be written to /dev/full") }
        #expect(warnings.count == 1, "\(process.errors)")
        withExtendedLifetime(folder) {}
    }

    @Test("progress in lines of JSON, and a log of a source that was damaged is told as such")
    func progressAndDamage() throws {
        let (folder, table) = try Self.words()
        let (checkpoint, progress) = ("\(folder.path)/.checkpoint", "\(folder.path)/.progress")
        let words = [
            "run", "-e", table + "SELECT word, count(*) AS n FROM STREAM words GROUP BY word", "--format", "jsonl",
            "--trigger", "available-now", "--checkpoint", checkpoint,
        ]
        let first = try CommandProcess(words + ["--progress", "jsonl", "--progress-to", progress])
        #expect(first.waitForEnd() == .exited(0), "\(first.errors)")
        let lines = CommandProcess.read(progress).split(separator: "\n")
        #expect(lines.count == 2)
        #expect(lines.allSatisfy { $0.contains("\"numInputRows\":2") && $0.contains("\"name\":\"select-1\"") })
        let shown = try CommandProcess(["checkpoint", "show", "\(checkpoint)/select-1"])
        #expect(shown.waitForEnd() == .exited(0), "\(shown.errors)")
        #expect(shown.output.contains("committed   batch 1"))
        let log = "\(checkpoint)/select-1/sources/0/00000001.log"
        let damaged = open(log, O_WRONLY)
        #expect(damaged >= 0 && pwrite(damaged, "X", 1, 20) == 1)
        close(damaged)
        for words in [["checkpoint", "verify", "\(checkpoint)/select-1"], words] {
            let process = try CommandProcess(words)
            #expect(process.waitForEnd() == .exited(65), "\(process.errors)")
            #expect(process.errors.contains("[CHECKPOINT_CORRUPT]"), "\(process.errors)")
        }
        withExtendedLifetime(folder) {}
    }

    @Test("plan warns of state that never goes")
    func unboundedState() throws {
        let (folder, table) = try Self.words()
        let process = try CommandProcess([
            "plan", "-e", table + "SELECT word, count(*) FROM STREAM words GROUP BY word",
        ])
        #expect(process.waitForEnd() == .exited(0), "\(process.errors)")
        #expect(process.output.contains("-- warning: the state of aggregate-0 is unbounded because none of its keys"))
        withExtendedLifetime(folder) {}
    }

    @Test("a stream's rows by batch, and from its checkpoint on only what is new")
    func stream() throws {
        let (folder, table) = try Self.words()
        let query = table + "SELECT word, count(*) AS n FROM STREAM words WHERE word = 'a' GROUP BY word"
        let words = [
            "run", "-e", query, "--format", "jsonl", "--trigger", "available-now", "--checkpoint",
            "\(folder.path)/.checkpoint",
        ]
        let first = try CommandProcess(words)
        #expect(first.waitForEnd() == .exited(0), "\(first.errors)")
        #expect(
            first.output
                == "{\"batchId\":0,\"row\":{\"word\":\"a\",\"n\":1}}\n"
                + "{\"batchId\":1,\"row\":{\"word\":\"a\",\"n\":2}}\n"
        )
        #expect(access("\(folder.path)/.checkpoint/select-1/metadata", R_OK) == 0)
        try Self.file("\(folder.path)/3.json", "{\"word\":\"a\"}\n")
        let second = try CommandProcess(words)
        #expect(second.waitForEnd() == .exited(0), "\(second.errors)")
        #expect(second.output == "{\"batchId\":2,\"row\":{\"word\":\"a\",\"n\":3}}\n")
    }

    @Test("a stream runs until a signal asks it to end", .timeLimit(.minutes(1)))
    func signal() throws {
        let (folder, table) = try Self.words()
        let process = try CommandProcess(["run", "-e", table + "SELECT word FROM STREAM words", "--format", "csv"])
        process.waitForText("b\n", in: { $0.output })
        process.signal(SIGTERM)
        #expect(process.waitForEnd() == .exited(0), "\(process.errors)")
        #expect(process.output.hasPrefix("word\n"))
        withExtendedLifetime(folder) {}
    }

    @Test(
        "exit codes",
        arguments: [
            ("run", 64), ("run -e SELECT file", 64), ("run /nonexistent.sql", 64), ("run -e SELECT --format xml", 64),
            ("run -e SELEC", 78), ("run -e SELECT", 78), ("run -e TABLE+nothing", 78), ("run -e SHOW+TABLES", 0),
            ("plan -e SELEC", 1), ("plan -e SELECT+1/0+AS+a", 0), ("plan -e TABLE+nothing;TABLE+other", 1),
        ] as [(String, Int32)])
    func exitCodes(line: String, code: Int32) throws {
        let words = line.split(separator: " ").map { word in String(word.map { $0 == "+" ? " " : $0 }) }
        let process = try CommandProcess(words)
        #expect(process.waitForEnd() == .exited(code), "\(process.errors)")
        #expect(code == 0 || process.errors.hasPrefix("millrace: error: "))
        #expect(code == 0 || process.output.isEmpty)
    }

    @Test("plan tells all mistakes, and runs nothing")
    func plan() throws {
        let script = """
            CREATE TABLE t (a INT);
            INSERT INTO t SELECT 1;
            SELECT b FROM t;
            SELECT a FROM nothing;
            SELECT a + 1 AS c FROM t;
            """
        let process = try CommandProcess(["plan", "-e", script])
        #expect(process.waitForEnd() == .exited(1))
        #expect(process.errors.contains("[UNRESOLVED_COLUMN.WITH_SUGGESTION] line 3, column 8"), "\(process.errors)")
        #expect(process.errors.contains("[TABLE_OR_VIEW_NOT_FOUND] line 4, column 15"), "\(process.errors)")
        #expect(process.output.hasPrefix("-- line 2: INSERT INTO t SELECT 1\n== Physical Plan =="), "\(process.output)")
        #expect(process.output.contains("-- line 5: SELECT a + 1 AS c FROM t\n"))
    }

    @Test("plan tells every statement that can't be read, and then nothing else", .timeLimit(.minutes(1)))
    func planOfMistakes() throws {
        let process = try CommandProcess(["plan", "-e", "SELEC 1;\nSELECT b FROM t;\nSELECT (1;\nSELECT 2"])
        #expect(process.waitForEnd() == .exited(1))
        #expect(process.errors.contains("[PARSE_SYNTAX_ERROR] line 1, column 1"), "\(process.errors)")
        #expect(process.errors.contains("[PARSE_SYNTAX_ERROR] line 3, column 10"), "\(process.errors)")
        #expect(!process.errors.contains("line 2") && process.output.isEmpty, "\(process.errors)")
    }

    @Test("the word count on the embedded broker, with an INSERT of rows before it", .timeLimit(.minutes(1)))
    func local() throws {
        let folder = try TemporaryFolder()
        let script = """
            CREATE TABLE lines USING kafka OPTIONS (
              `kafka.bootstrap.servers` 'nowhere:1', subscribe 'events', topic 'events', startingOffsets 'earliest');
            CREATE TABLE wordCounts USING kafka OPTIONS (
              `kafka.bootstrap.servers` 'nowhere:1', topic 'counts', subscribe 'counts', startingOffsets 'earliest');
            INSERT INTO lines TABLE said;
            INSERT INTO wordCounts
            SELECT word AS key, CAST(count(*) AS STRING) AS value
            FROM (SELECT explode(split(CAST(value AS STRING), '\\\\s+')) AS word FROM STREAM lines)
            GROUP BY word;
            SELECT CAST(key AS STRING) AS word, CAST(value AS STRING) AS n FROM STREAM wordCounts;
            """
        try Self.file("\(folder.path)/said.json", "{\"value\":\"to be or not to be\"}\n")
        let process = try CommandProcess(
            [
                "run", "--local", "--format", "csv", "--checkpoint", "\(folder.path)/checkpoint", "-e",
                "CREATE TABLE said (value STRING) USING json LOCATION '\(folder.path)/said.json';\n" + script,
            ])
        for line in ["to,2\n", "be,2\n", "or,1\n", "not,1\n"] { process.waitForText(line, in: { $0.output }) }
        process.signal(SIGTERM)
        #expect(process.waitForEnd() == .exited(0), "\(process.errors)")
        #expect(process.output.contains("to,2\n"), "\(process.errors)")
        #expect(access("\(folder.path)/checkpoint/wordcounts-1/metadata", R_OK) == 0)
        #expect(access("\(folder.path)/checkpoint/select-1/metadata", R_OK) == 0)
    }
    @Test("streams of a script share its memory, and what is too little for all is refused", .timeLimit(.minutes(1)))
    func memory() throws {
        let (folder, table) = try Self.words()
        let script =
            table + "CREATE TABLE nowhere USING noop;\nINSERT INTO nowhere SELECT word FROM STREAM words;\n"
            + "INSERT INTO nowhere SELECT upper(word) AS word FROM STREAM words;"
        func run(memory: String) throws -> (end: CommandProcess.End?, errors: String) {
            let process = try CommandProcess([
                "run", "-e", script, "--trigger", "available-now", "--memory", memory, "--workers", "1",
            ])
            return (process.waitForEnd(), process.errors)
        }
        let enough = try run(memory: "256m")
        #expect(enough.end == .exited(0), "\(enough.errors)")
        let told = "1 worker, 256 MiB of memory for 2 queries, for each: 16 MiB fetched ahead"
        #expect(enough.errors.split(separator: "\n").count { $0.contains(told) } == 2, "\(enough.errors)")
        let little = try run(memory: "128m")
        #expect(little.end == .exited(78))
        #expect(little.errors.contains("128 MiB of memory are too little for 2 queries at the same time"))
        #expect(little.errors.contains("--memory 144m"), "\(little.errors)")
        withExtendedLifetime(folder) {}
    }
}
