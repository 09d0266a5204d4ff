// A program with StreamingProgram.run, as its users and supervisors meet it.

import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

@Suite("A program of the library")
struct ProgramTests {
    private static func program(_ mode: String) throws -> CommandProcess {
        try CommandProcess([mode], program: "ProgramFixture")
    }

    @Test(
        "An error is two lines and an exit code; what is no error of ours is one line and 1", .timeLimit(.minutes(1)),
        arguments: [
            (
                "wrong", 78,
                "ProgramFixture: error: [INVALID_OPTION] unknown option 'numRow' of the console sink\n"
                    + "  hint: did you mean 'numRows'?\n"
            ),
            ("throws", 1, "ProgramFixture: error: Odd()\n"),
        ] as [(String, Int32, String)])
    func errors(mode: String, code: Int32, text: String) throws {
        let process = try Self.program(mode)
        #expect(process.waitForEnd() == .exited(code))
        #expect(process.errors == text)
        #expect(process.output.isEmpty)
    }

    @Test("A query that fails says so once, behind its log lines", .timeLimit(.minutes(1)))
    func failure() throws {
        let process = try Self.program("fails")
        #expect(process.waitForEnd() == .exited(78))
        let lines = process.errors.split(separator: "\n")
        #expect(lines.filter { $0.contains("foreachBatch failed: Odd()") }.count == 1, "\(process.errors)")
        #expect(lines.dropLast().last?.hasPrefix("ProgramFixture: error: [USER_CODE] batch ") == true)
        #expect(lines.last?.hasPrefix("  hint: ") == true)
    }

    @Test("A program that comes to its end returns", .timeLimit(.minutes(1)))
    func returns() throws {
        let process = try Self.program("nothing")
        #expect(process.waitForEnd() == .exited(0))
        #expect(process.output == "returned\n")
    }

    @Test("Partitions take no descriptors: 300 of them are read with fewer than 100", .timeLimit(.minutes(1)))
    func descriptors() throws {
        let process = try Self.program("partitions")
        #expect(process.waitForEnd() == .exited(0), "\(process.errors)")
        let words = process.output.split(separator: " ")
        #expect(process.output.hasPrefix("900 rows, ") && words.count > 3, "\(process.output)")
        let count = words.count > 2 ? Int(words[2]) : nil
        #expect(count.map { (3..<100).contains($0) } == true, "\(process.output)")
    }

    @Test(
        "A signal ends it in good order: while it runs, and while it waits for a broker", .timeLimit(.minutes(1)),
        arguments: [("runs", SIGTERM), ("runs", SIGINT), ("runs", SIGHUP), ("waits", SIGTERM)])
    func signals(mode: String, signal: Int32) throws {
        let process = try Self.program(mode)
        if mode == "runs" {
            process.waitForText("Batch: ", in: { $0.output })
        } else {
            process.waitForText("waiting for", in: { $0.errors })
        }
        process.signal(signal)
        #expect(process.waitForEnd() == .exited(0), "\(process.errors)")
        #expect(process.output.hasSuffix("returned\n"))
        #expect(process.errors.contains(" info stopping after the running batch"))
    }

    @Test("A second signal ends it at once", .timeLimit(.minutes(1)))
    func secondSignal() throws {
        let process = try Self.program("hangs")
        process.waitForText("hanging", in: { $0.output })
        process.signal(SIGTERM)
        process.waitForText("stopping after", in: { $0.errors })
        process.signal(SIGTERM)
        #expect(process.waitForEnd() == .exited(130), "\(process.errors)")
    }

    @Test(
        "As process 1 of a container it takes signals, too", .timeLimit(.minutes(1)),
        .enabled(if: geteuid() == 0 && access("/usr/bin/unshare", X_OK) == 0, "it takes root and unshare"))
    func processOne() throws {
        let program = try CommandProcess.binary("ProgramFixture")
        let process = try CommandProcess(
            ["--pid", "--fork", "--kill-child", "sh", "-c", "exec \(program) runs"], program: "/usr/bin/unshare")
        process.waitForText("Batch: ", in: { $0.output })
        #expect(process.signalChild(SIGTERM), "the system refuses namespaces")
        #expect(process.waitForEnd() == .exited(0), "\(process.errors)")
        #expect(process.output.hasSuffix("returned\n"))
    }
}
