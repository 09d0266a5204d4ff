// What becomes of a stream's files when they have been read: nothing before their batch can't come again.

import Connectors
import DurableFiles
import JSONText
import Synchronization
import Testing

@testable import FileConnector

struct FileCleanerTests {
    private let folder: TestFolder
    private let disk = RealDisk()

    init() throws {
        folder = try TestFolder()
        for index in 0..<4 { try folder.write("in/\(index).json", "{\"a\":\(index)}", second: index) }
    }

    private func options(_ mode: String) -> [String: String] {
        [
            "path": folder.path + "/in", "maxFilesPerTrigger": "1", "cleanSource": mode,
            "sourceArchiveDir": folder.path + "/read",
        ]
    }

    private var left: [String] { get throws { try disk.list(folder.path + "/in") } }

    @Test func filesGoOneBatchLate() throws {
        var run = try Run(options("DELETE"), checkpoint: folder.path + "/sources/0")
        #expect(try run.step() == [#"{"a":0}"#])
        #expect(try left == ["0.json", "1.json", "2.json", "3.json"])
        #expect(try run.step() == [#"{"a":1}"#])
        #expect(try left == ["1.json", "2.json", "3.json"])
        // A batch without rows of this stream is one, too.
        run.source.commit(run.offset)
        #expect(try left == ["2.json", "3.json"])
        run.source.close()
    }

    @Test func aBatchThatRunsAgainHasItsFiles() throws {
        let checkpoint = folder.path + "/sources/0"
        var run = try Run(options("delete"), checkpoint: checkpoint)
        _ = try run.step()
        // Read and never committed: the process is killed.
        let end = try run.source.readableRange(from: run.offset, limit: .configured).end
        #expect(try rows(try run.source.readers(from: run.offset, to: end)) == [#"{"a":1}"#])
        run.source.close()
        #expect(try left == ["0.json", "1.json", "2.json", "3.json"])
        run = try Run(options("delete"), checkpoint: checkpoint, offset: run.offset)
        #expect(try run.step() == [#"{"a":1}"#])
        // The run before was committed, and is settled now.
        #expect(try left == ["1.json", "2.json", "3.json"])
        run.source.close()
        // A batch whose rows are out and which is not computed again: only that it is committed is known.
        run = try Run(options("delete"), checkpoint: checkpoint, offset: run.offset)
        let next = try run.source.readableRange(from: run.offset, limit: .configured).end
        run.source.commit(next)
        #expect(try left == ["1.json", "2.json", "3.json"])
        run.offset = next
        #expect(try run.step() == [#"{"a":3}"#])
        #expect(try left == ["3.json"])
        run.source.close()
    }

    @Test func archivedFilesKeepTheirPaths() throws {
        let lines = Mutex<[String]>([])
        // Two files can't be moved, which is said once.
        for name in ["1", "2"] { try folder.write("read" + folder.path + "/in/\(name).json", "taken") }
        let source = try stream(options("archive")) { _, line in lines.withLock { $0.append(line) } }
        try source.open()
        var offset = try source.initialOffset()
        for _ in 0..<4 {
            source.expectNewRows()
            let end = try source.readableRange(from: offset, limit: .configured).end
            _ = try rows(try source.readers(from: offset, to: end))
            source.commit(end)
            offset = end
        }
        #expect(try left == ["1.json", "2.json", "3.json"])
        let archive = folder.path + "/read" + folder.path + "/in"
        #expect(try disk.list(archive) == ["0.json", "1.json", "2.json"])
        #expect(try disk.readWhole(archive + "/1.json") == Array("taken".utf8))
        #expect(lines.withLock { $0 }.count == 1)
        #expect(lines.withLock { $0 }.first?.contains("/in/1.json: File exists") == true)
    }

    @Test func anotherFileOfTheNameStays() throws {
        var run = try Run(options("delete"), checkpoint: nil)
        _ = try run.step()
        try folder.write("in/0.json", "{\"a\":7}", second: 9)
        _ = try run.step()
        #expect(try left.contains("0.json"))
    }

    @Test func nothingIsCleanedUnlessAskedFor() throws {
        for mode in ["off", "OFF"] {
            var run = try Run(options(mode), checkpoint: nil)
            while try run.step() != nil {}
            #expect(try left.count == 4)
        }
    }

    /// Spark's rule: by as many names as both paths have they must differ.
    @Test(arguments: [
        ("/data/in", "/data/in/read"), ("/data/in", "/data/in"), ("/data/in", "/data"), ("/data/*/in", "/data/read"),
        ("/data/{a,b}", "/data/b/read"), ("/data/in", ""),
    ])
    func archivesThatCouldBeReadAgain(_ path: String, _ archive: String) throws {
        let error = #expect(throws: ConnectorError.self) {
            try stream(["path": path, "cleanSource": "archive", "sourceArchiveDir": archive])
        }
        #expect(error?.message.contains("sourceArchiveDir") == true, "\(String(describing: error))")
    }

    @Test func whatIsRefused() throws {
        #expect(throws: ConnectorError.self) { try stream(["path": "/data/in", "cleanSource": "archive"]) }
        #expect(throws: ConnectorError.self) { try stream(["path": "/data/in", "cleanSource": "move"]) }
        _ = try stream(["path": "/data/in", "cleanSource": "archive", "sourceArchiveDir": "/data/read"])
        _ = try stream(["path": "/data/in/*.json", "cleanSource": "archive", "sourceArchiveDir": "/data/out/x"])
    }
}
