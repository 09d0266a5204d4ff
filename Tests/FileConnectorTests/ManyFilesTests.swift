// Manifests and directories that go on growing: what a batch costs doesn't grow with them, and no file is another one.

import Columns
import Connectors
import DurableFiles
import Testing

@testable import FileConnector

@Suite struct ManyFilesTests {
    private func batch(_ number: Int64) throws -> [RecordBatch] { try picture("k:T n:I\na \(number)") }

    /// A stream that has read what three batches have written.
    private func reading(_ path: String) throws -> Run {
        try sink(["path": path]).run(to: 2, rows: batch)
        var run = try Run(["path": path], columns: schema(("n", .long)))
        #expect(try run.step()?.count == 3)
        #expect(try run.step() == nil)
        return run
    }

    @Test("a batch lists nothing of the manifest and reads only a marker; every tenth lists it once")
    func costOfABatch() throws {
        let disk = FaultyDisk()
        var (lists, reads) = (0, 0)
        var counts: [Int] = []
        func listings() -> Int { disk.operations.count { $0.hasPrefix("list ") } }
        try sink(["path": "/out"], disk: disk).run(
            to: 29, rows: batch,
            begun: { _ in (lists, reads) = (listings(), disk.readBytes) },
            done: { number in
                if number > 0 { counts.append(listings() - lists) }
                if number > 0, number % 10 != 9 { #expect(disk.readBytes - reads < 1000, "batch \(number)") }
            })
        #expect(counts == (1...29).map { $0 % 10 == 9 ? 1 : 0 })
    }

    @Test("a stream reads what is new in a manifest, and all of it again only where that says it anew")
    func manifestOnce() throws {
        let folder = try TestFolder()
        let path = folder.path + "/out"
        var run = try reading(path)
        // What was read before isn't read any more, or this would be an error.
        let first = try text(path + "/_spark_metadata/0")
        try folder.write("out/_spark_metadata/0", "v1\nno JSON")
        try sink(["path": path]).run(to: 4, rows: batch)
        #expect(try run.step()?.sorted() == [#"{"n":3}"#, #"{"n":4}"#])
        #expect(try run.step() == nil)
        // With the file as it was the next one says all, and the one behind it, too.
        try folder.write("out/_spark_metadata/0", first)
        try sink(["path": path]).run(to: 11, rows: batch)
        #expect(try run.step()?.count == 7)
        try sink(["path": path]).run(to: 33, rows: batch)
        #expect(try run.step()?.count == 22)
        #expect(try run.step() == nil)
        run.source.close()
    }

    @Test("a manifest that takes the place of another one is read from its beginning")
    func anotherManifest() throws {
        let folder = try TestFolder()
        let path = folder.path + "/out"
        var run = try reading(path)
        for name in try RealDisk().list(path + "/_spark_metadata") { try folder.remove("out/_spark_metadata/" + name) }
        for name in try files(below: path) { try folder.remove("out/" + name) }
        try sink(["path": path], query: "query-2").run(to: 4) { try batch($0 + 50) }
        #expect(try run.step()?.sorted() == (50...54).map { "{\"n\":\($0)}" })
        run.source.close()
    }

    @Test("a file that a manifest names and that is gone is an error, unless missing files are ignored")
    func missing() throws {
        let folder = try TestFolder()
        let path = folder.path + "/out"
        try sink(["path": path]).run(to: 2, rows: batch)
        let entries = try FileManifest(directory: path, disk: RealDisk()).entries()
        let gone = try #require(entries.dropFirst().first?.path)
        let name = String(gone.dropFirst(folder.path.utf8.count + 1))
        try folder.remove(name)
        var run = try Run(["path": path], columns: schema(("n", .long)))
        let error = #expect(throws: ConnectorError.self) { _ = try run.step() }
        #expect(error?.condition == "FAILED_READ_FILE.FILE_NOT_EXIST")
        #expect(error?.message.contains(gone) == true)
        // Nothing was planned without it.
        try folder.write(name, "{\"n\":1}")
        #expect(try run.step()?.count == 3)
        run.source.close()
        try folder.remove(name)
        run = try Run(["path": path, "ignoreMissingFiles": "true"], columns: schema(("n", .long)))
        #expect(try run.step()?.count == 2)
        #expect(try run.step() == nil)
        run.source.close()
    }

    @Test("of more files than may wait the others are found when those are done, whatever the time")
    func moreThanMayWait() throws {
        let folder = try TestFolder()
        for index in 0..<7 { try folder.write("\(index).json", "{\"a\":\(index)}", second: index) }
        for latestFirst in [false, true] {
            let source = try stream([
                "path": folder.path, "maxFilesPerTrigger": "1", "maxCachedFiles": "3", "latestFirst": "\(latestFirst)",
            ])
            try source.open()
            var (offset, found): (_, [String]) = (try source.initialOffset(), [])
            for _ in 0..<7 {
                // Nobody says that there is something new, and the time for another look has not come.
                let end = try source.readableRange(from: offset, limit: .configured).end
                found += try rows(try source.readers(from: offset, to: end))
                offset = end
            }
            let all = (0..<7).map { "{\"a\":\($0)}" }
            #expect(found == (latestFirst ? all.reversed() : all))
            source.close()
        }
    }

    @Test("names that Swift takes for equal and a file system doesn't are two files, and two folders")
    func bytesOfNames() throws {
        let folder = try TestFolder()
        for (index, name) in ["\u{e9}", "e\u{301}"].enumerated() {
            try folder.write("in/\(name).json", "{\"a\":\(index)}", second: index)
            try folder.write("divided/k=\(name)/x.json", "{\"a\":\(index)}", second: index)
        }
        let checkpoint = folder.path + "/sources/0"
        var run = try Run(["path": folder.path + "/in", "maxFilesPerTrigger": "1"], checkpoint: checkpoint)
        #expect(try run.step() == [#"{"a":0}"#])
        run.source.close()
        run = try Run(["path": folder.path + "/in"], checkpoint: checkpoint, offset: run.offset)
        #expect(try run.step() == [#"{"a":1}"#])
        #expect(try run.step() == nil)
        run.source.close()
        let columns = schema(("a", .integer), ("k", .string))
        let texts = try rows(try table(["path": folder.path + "/divided"], columns)).map { Array($0.utf8) }
        #expect(
            Set(texts) == Set(["{\"a\":0,\"k\":\"\u{e9}\"}", "{\"a\":1,\"k\":\"e\u{301}\"}"].map { Array($0.utf8) }))
    }
}
