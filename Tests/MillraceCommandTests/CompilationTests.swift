// What must not compile: a text where only a column makes sense.

import TestSupport
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// The first `swiftc` of the path.
private let compiler: String? = (getenv("PATH").map { String(cString: $0) } ?? "").split(separator: ":")
    .map { "\($0)/swiftc" }.first { access($0, X_OK) == 0 }

@Suite("What compiles and what doesn't", .enabled(if: compiler != nil, "it takes swiftc"))
struct CompilationTests {
    private static let opening = """
        import Millrace
        let frame = Session(appName: "x").readStream.format("rate").load()

        """

    /// Checks lines behind the opening, each a statement; returns the numbers of those with errors, and all that the
    /// compiler says.
    private static func check(_ lines: [String]) throws -> (failed: Set<Int>, said: String) {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/main.swift"
        let file = try #require(fopen(path, "w"))
        fputs(opening + lines.map { "\($0)\n" }.joined(), file)
        fclose(file)
        let program = try CommandProcess.binary("ProgramFixture")
        let products = String(program[..<(program.lastIndex(of: "/") ?? program.startIndex)])
        let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
        var words = ["-typecheck", "-I", "\(products)/Modules", "-Xcc", "-I\(root)/Sources/CPlatform/include"]
        var libraries = ["CPCRE2", "CRdKafka", "CZstd", "CSnappy", "CLZ4", "CZlib"]
        #if RocksDB
        libraries.append("CRocksDB")
        #endif
        let maps = libraries.map { "\(root)/Sources/\($0)/module.modulemap" }
        for map in maps + ["\(products)/CPlatform.build/module.modulemap"] {
            words += ["-Xcc", "-fmodule-map-file=\(map)"]
        }
        let process = try CommandProcess(words + [path], program: try #require(compiler))
        _ = process.waitForEnd()
        let said = process.errors
        let failed = said.split(separator: "\n").filter { $0.contains("main.swift:") && $0.contains(": error: ") }
            .compactMap { line in line.split(separator: "main.swift:").last?.split(separator: ":").first }
            .compactMap { Int($0) }
        return (Set(failed.map { $0 - opening.split(separator: "\n").count - 1 }), said)
    }

    @Test("conditions on columns, and in SQL", .timeLimit(.minutes(2)))
    func good() throws {
        let (failed, said) = try Self.check([
            #"_ = frame.filter(col("value") > 2 && col("value") != 5)"#, #"_ = frame.filter("value > 2")"#,
            #"_ = frame.select("value", upper("value"), col("value") + 1)"#,
            #"_ = frame.withColumn("copy", "value").groupBy("copy").agg(max("value"))"#,
        ])
        #expect(failed.isEmpty && !said.contains("error:"), "\(said)")
    }

    @Test("a text on the left of an operator, and a text as a condition's side, are errors", .timeLimit(.minutes(2)))
    func bad() throws {
        let lines = [
            #"_ = frame.filter("value" > 2)"#, #"_ = frame.filter("value" == 2)"#,
            #"_ = frame.filter("value" == "line")"#, #"_ = frame.filter("value" != "line")"#,
            #"_ = frame.filter("a" < "b")"#, #"_ = frame.filter("a" && "b")"#,
            #"_ = frame.withColumn("n", "value" + 1)"#, #"_ = frame.agg("value")"#, "_ = frame.filter(true)",
        ]
        let (failed, said) = try Self.check(lines)
        #expect(failed == Set(lines.indices), "\(said)")
    }
}
