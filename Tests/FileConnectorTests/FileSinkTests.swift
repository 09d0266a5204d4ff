// Streams into files: what counts, who may write, and what the manifest says.

import Columns
import Connectors
import DurableFiles
import JSONText
import Testing

@testable import FileConnector

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

@Suite struct FileSinkTests {
    private static let columns = schema(("k", .string), ("n", .long))

    private func batch(_ number: Int64) throws -> [RecordBatch] {
        try picture("k:T n:I\na \(number)\nb \(number + 100)")
    }

    private func numbers(_ path: String) throws -> [Int] {
        try rows(try table(["path": path], schema(("n", .long)), all: Self.columns))
            .compactMap { Int($0.dropFirst(5).dropLast()) }.sorted()
    }

    private func error(_ body: () throws -> Void) -> ConnectorError.Code? {
        do {
            try body()
            return nil
        } catch {
            return (error as? ConnectorError)?.code
        }
    }

    @Test("a batch counts when it is committed, and readers see no other files")
    func commits() throws {
        let folder = try TestFolder()
        let path = folder.path + "/out"
        try sink(["path": path]).run(to: 1, rows: batch)
        #expect(try numbers(path) == [0, 1, 100, 101])
        let next = try sink(["path": path])
        try next.fence()
        try next.send(batchID: 2, rows: batch(2), aside: .none, positions: [], expecting: marker(1))
        #expect(try files(below: path).count == 3)
        #expect(try numbers(path) == [0, 1, 100, 101])
        next.abort()
        #expect(try files(below: path).count == 2)
        try next.send(batchID: 2, rows: batch(2), aside: .none, positions: [], expecting: marker(1))
        try next.commit(marker(2))
        #expect(try numbers(path) == [0, 1, 2, 100, 101, 102])
        // A batch that is there isn't written again, and its marker may be committed once more.
        try next.send(batchID: 2, rows: batch(9), aside: .none, positions: [], expecting: marker(2))
        try next.commit(marker(2))
        #expect(try files(below: path).count == 3)
        next.close()
        #expect(try next.lastMarker(candidates: []) == marker(2))
        // A file of nobody's counts for nothing.
        try folder.write("out/part-99999-x.json", "{\"n\":9}")
        #expect(try numbers(path) == [0, 1, 2, 100, 101, 102])
    }

    @Test("the manifest is Spark's, line by line")
    func manifest() throws {
        let folder = try TestFolder()
        let path = folder.path + "/o ut%"
        try sink(["path": path], partitionBy: ["k"]).run(to: 0) { _ in try picture("k:T n:I\n'x/y' 1") }
        let lines = try text(path + "/_spark_metadata/0").split(separator: "\n")
        #expect(lines.count == 2 && lines[0] == "v1")
        let json = try JSONValue.parse(String(lines[1]))
        let address = json["path"]?.stringValue ?? ""
        let prefix = "file://" + folder.path + "/o%20ut%25/k=x%252Fy/part-00000-"
        #expect(address.hasPrefix(prefix) && address.hasSuffix(".c000.json"), "\(address)")
        #expect(
            json.objectValue?.map(\.key) == [
                "path", "size", "isDir", "modificationTime", "blockReplication", "blockSize", "action",
            ])
        #expect(json["size"]?.integerValue == 8)
        #expect(json["action"]?.stringValue == "add")
        #expect(json["modificationTime"]?.integerValue == 1_790_000_000_000)
        let back = try table(["path": path], Self.columns, all: schema(("n", .long), ("k", .string)))
        #expect(try rows(back) == [#"{"k":"x/y","n":1}"#])
    }

    @Test("a manifest that Spark has written is read: files that it lists, without those that it took back")
    func manifestOfSpark() throws {
        let folder = try TestFolder()
        for name in ["a", "b", "c"] { try folder.write("out/k=\(name)/\(name) 1.json", "{\"n\":\"\(name)\"}") }
        func line(_ name: String, _ action: String = "add") -> String {
            "{\"path\":\"file://\(folder.path)/out/k=\(name)/\(name)%201.json\",\"size\":9,\"isDir\":false,"
                + "\"modificationTime\":1790000000000,\"blockReplication\":1,\"blockSize\":33554432,"
                + "\"action\":\"\(action)\"}"
        }
        try folder.write("out/_spark_metadata/9.compact", "v1\n\(line("a"))\n\(line("c"))")
        try folder.write("out/_spark_metadata/8", "v1\n\(line("b"))")
        try folder.write("out/_spark_metadata/10", "v1")
        try folder.write("out/_spark_metadata/11", "v1\n\(line("c", "delete"))")
        let columns = schema(("n", .string), ("k", .string))
        let out = folder.path + "/out"
        #expect(try rows(try table(["path": out], columns)) == [#"{"n":"a","k":"a"}"#])
        // A folder below it, and a pattern, know of no manifest.
        #expect(try rows(try table(["path": out + "/k=*"], columns)).count == 3)
        #expect(try rows(try table(["path": out + "/k=b"], schema(("n", .string)))).count == 1)
        // A stream takes files as they come to count.
        var stream = try Run(["path": out], checkpoint: nil)
        #expect(try stream.step()?.count == 1)
        try folder.write("out/_spark_metadata/12", "v1\n\(line("b"))")
        #expect(try stream.step()?.count == 1)
        // It may be moved; what is gone is missed; a batch that is missing ends it.
        rename(out, folder.path + "/moved")
        #expect(try rows(try table(["path": folder.path + "/moved"], columns)).count == 2)
        try folder.remove("moved/k=a/a 1.json")
        #expect(error { _ = try rows(try table(["path": folder.path + "/moved"], columns)) } == .dataLoss)
        #expect(
            try rows(try table(["path": folder.path + "/moved", "ignoreMissingFiles": "true"], columns)).count == 1)
        try folder.remove("moved/_spark_metadata/11")
        #expect(error { _ = try rows(try table(["path": folder.path + "/moved"], columns)) } == .dataLoss)
        try folder.write("moved/_spark_metadata/11", "v2")
        #expect(error { _ = try rows(try table(["path": folder.path + "/moved"], columns)) } == .dataLoss)
    }

    @Test("every tenth batch says all, and older ones go; what is older than the retention is left out")
    func compaction() throws {
        let folder = try TestFolder()
        let path = folder.path + "/out"
        let clock = Clock()
        try sink(["path": path, "retention": "15ms"], now: clock.next).run(to: 34, rows: batch)
        let names = try RealDisk().list(path + "/_spark_metadata")
        let numbers = names.filter { !$0.hasPrefix(".") && $0 != "LOCK" }
        let single: [String] = Array(20...28).map { "\($0)" } + Array(30...34).map { "\($0)" }
        let wanted: Set<String> = Set(single).union(["19.compact", "29.compact"])
        #expect(Set(numbers) == wanted)
        #expect(names.filter { $0.hasPrefix(".") } == [".millrace-marker-34"])
        // The clock goes on by a millisecond with each look: some of the batches before 29 are too old by then.
        let seen = try self.numbers(path).filter { $0 < 100 }
        #expect(seen.last == 34 && seen.count < 35 && seen.count >= 5)
        #expect(seen == Array((35 - seen.count)..<35))
        // Files stay: only the manifest forgets them.
        #expect(try files(below: path).count == 35)
    }

    private final class Clock: Sendable {
        private let log = SharedCount()
        @Sendable func next() -> Int64 { 1_790_000_000_000_000 + log.next() * 1000 }
    }

    @Test("a directory is one query's: another one, and Spark's, are refused before anything is written")
    func otherQueries() throws {
        let folder = try TestFolder()
        let path = folder.path + "/out"
        try sink(["path": path]).run(to: 3, rows: batch)
        #expect(error { try sink(["path": path], query: "query-2").run(to: 3, rows: batch) } == .outputTaken)
        #expect(try files(below: path).count == 4)
        try sink(["path": path]).run(to: 4, rows: batch)
        // Somebody writes there now.
        let running = try sink(["path": path])
        try running.fence()
        #expect(error { try sink(["path": path]).run(to: 5, rows: batch) } == .outputInUse)
        running.close()
        // Without a marker the manifest is Spark's.
        try folder.remove("out/_spark_metadata/.millrace-marker-4")
        #expect(error { try sink(["path": path]).run(to: 5, rows: batch) } == .outputTaken)
        // Files without a manifest would no longer be seen.
        try folder.write("other/a.json", "{}")
        #expect(error { try sink(["path": folder.path + "/other"]).run(to: 5, rows: batch) } == .outputTaken)
        #expect(try RealDisk().list(folder.path + "/other") == ["a.json"])
        #expect(try rows(try table(["path": folder.path + "/other"], schema(("n", .long)))).count == 1)
        // A query that has begun and written nothing gives way.
        let empty = folder.path + "/empty"
        try sink(["path": empty]).run(to: -1, rows: batch)
        try sink(["path": empty], query: "query-2").run(to: 0, rows: batch)
        #expect(error { try sink(["path": empty]).run(to: 1, rows: batch) } == .outputTaken)
    }

    @Test("another format, or other folders, are refused at the start")
    func otherManner() throws {
        let folder = try TestFolder()
        let path = folder.path + "/out"
        try sink(["path": path], partitionBy: ["k"]).run(to: 1, rows: batch)
        for folders in [[], ["n"]] {
            #expect(error { try sink(["path": path], partitionBy: folders).run(to: 2, rows: batch) } == .invalidOption)
        }
        #expect(
            error {
                try sink(["path": path], partitionBy: ["k"], as: CSVWriting.self).run(to: 2, rows: batch)
            } == .invalidOption)
        #expect(try files(below: path).count == 4)
        // Compression is a matter of each file, and folders have the name that the column has.
        try sink(["path": path, "compression": "gzip"], partitionBy: ["K"]).run(to: 2, rows: batch)
        #expect(try numbers(path).count == 6)
        // A query without batches is bound, too.
        let empty = folder.path + "/empty"
        try sink(["path": empty]).run(to: -1, rows: batch)
        #expect(error { try sink(["path": empty], partitionBy: ["k"]).run(to: 0, rows: batch) } == .invalidOption)
        try sink(["path": empty]).run(to: 0, rows: batch)
    }

    @Test("a marker of a version that didn't say how files are written is taken as it is")
    func markerWithoutManner() throws {
        let folder = try TestFolder()
        let path = folder.path + "/out"
        try sink(["path": path]).run(to: 0, rows: batch)
        let marker = path + "/_spark_metadata/.millrace-marker-0"
        let kind = FileKind("file-sink-marker", version: 1)
        try folder.remove("out/_spark_metadata/.millrace-marker-0")
        try AtomicFile.write(
            marker, kind: kind, bytes: Array(#"{"query":"query-1","marker":"batch 0"}"#.utf8), disk: RealDisk())
        try sink(["path": path]).run(to: 2, rows: batch)
        #expect(try numbers(path) == [0, 1, 2, 100, 101, 102])
    }

    @Test("texts of other bytes are other folders; a directory is the same however its path is written")
    func bytesOfPaths() throws {
        let folder = try TestFolder()
        try sink(["path": folder.path + "/out"], partitionBy: ["k"]).run(to: 0) { _ in
            try picture("k:T n:I\n'\u{e9}' 1\n'e\u{301}' 2")
        }
        #expect(try files(below: folder.path + "/out").count == 2)
        let other = try sink(["path": folder.path + "//out/./"], partitionBy: ["k"])
        #expect(try other.identity == sink(["path": folder.path + "/out"], partitionBy: ["k"]).identity)
    }

    @Test("folders that the directory itself lies in are none of its files'")
    func folderAsRoot() throws {
        let folder = try TestFolder()
        let path = folder.path + "/source=web"
        try sink(["path": path], partitionBy: ["k"]).run(to: 0) { _ in try picture("k:T n:I\n'a' 1") }
        let columns = schema(("n", .long), ("k", .string))
        #expect(try rows(try table(["path": path], columns)) == [#"{"n":1,"k":"a"}"#])
        #expect(
            throws: ConnectorError.self, "what the manifest names stays",
            performing: { _ = try Run(["path": path, "cleanSource": "delete"], checkpoint: nil) })
    }

    @Test("an instance that sleeps while another one goes on commits nothing")
    func zombies() throws {
        let folder = try TestFolder()
        let path = folder.path + "/out"
        try sink(["path": path]).run(to: 0, rows: batch)
        let zombie = try sink(["path": path])
        try zombie.fence()
        try zombie.send(batchID: 1, rows: batch(1), aside: .none, positions: [], expecting: marker(0))
        // An operator takes its lock for a leftover.
        try folder.remove("out/_spark_metadata/LOCK")
        let other = try sink(["path": path])
        try other.fence()
        // What it has left is gone, and its manifest can't count any more.
        #expect(try files(below: path).count == 1)
        #expect(error { try zombie.commit(marker(1)) } == .superseded)
        try other.send(batchID: 1, rows: batch(1), aside: .none, positions: [], expecting: marker(0))
        try other.commit(marker(1))
        #expect(
            error { try zombie.send(batchID: 1, rows: batch(1), aside: .none, positions: [], expecting: marker(0)) }
                == .superseded)
        #expect(try numbers(path) == [0, 1, 100, 101])
        #expect(try other.lastMarker(candidates: []) == marker(1))
        other.close()
        zombie.close()
        #expect(try numbers(path) == [0, 1, 100, 101])
    }

    @Test("where the manifest is gone while the query runs, it ends")
    func manifestGone() throws {
        let folder = try TestFolder()
        let path = folder.path + "/out"
        let running = try sink(["path": path])
        try running.fence()
        try running.send(batchID: -1, rows: [], aside: .none, positions: [], expecting: nil)
        try running.commit(marker(-1))
        try running.send(batchID: 0, rows: batch(0), aside: .none, positions: [], expecting: marker(-1))
        try running.commit(marker(0))
        for name in try RealDisk().list(path + "/_spark_metadata") { try folder.remove("out/_spark_metadata/" + name) }
        for name in try files(below: path) { try folder.remove("out/" + name) }
        #expect(
            error { try running.send(batchID: 1, rows: batch(1), aside: .none, positions: [], expecting: marker(0)) }
                == .markerMissing)
        // Who is told to go on does, and Spark can read what comes.
        try running.send(batchID: 14, rows: [], aside: .none, positions: [], expecting: nil)
        try running.commit(marker(14))
        let names = try RealDisk().list(path + "/_spark_metadata").filter { !$0.hasPrefix(".") }
        #expect(names == ["10", "11", "12", "13", "14", "9.compact"])
        running.close()
    }

    @Test("where the manifest alone is gone, a query is told, or goes on with its files as it was asked to")
    func manifestLost() throws {
        for folders in [[], ["k"]] {
            let folder = try TestFolder()
            let path = folder.path + "/out"
            let written = try sink(["path": path], partitionBy: folders)
            try written.run(to: 11, rows: batch)
            let all = try numbers(path)
            for name in try RealDisk().list(path + "/_spark_metadata") {
                try folder.remove("out/_spark_metadata/" + name)
            }
            try folder.remove("out/_spark_metadata")
            // A new query takes nobody's files for its own.
            #expect(error { try sink(["path": path], partitionBy: folders).fence() } == .outputTaken)
            let refused = try sink(["path": path], partitionBy: folders)
            refused.resume(goesOnWithoutMarker: false)
            #expect(error { try refused.fence() } == .markerMissing)
            let goesOn = try sink(["path": path], partitionBy: folders)
            goesOn.resume(goesOnWithoutMarker: true)
            try folder.write("out/strange.json", "{}")
            #expect(error { try goesOn.fence() } == .outputTaken)
            try folder.remove("out/strange.json")
            #expect(try !FileManifest.exists(in: path, disk: RealDisk()))
            #expect(try numbers(path) == all)
            try goesOn.fence()
            #expect(try goesOn.lastMarker(candidates: []) == nil)
            // The batch that was under way runs again, and its rows come beside those that are there.
            try goesOn.send(batchID: 12, rows: batch(12), aside: .none, positions: [], expecting: nil)
            try goesOn.commit(marker(12))
            #expect(try numbers(path) == (all + [12, 112]).sorted())
            try goesOn.send(batchID: 13, rows: batch(13), aside: .none, positions: [], expecting: marker(12))
            try goesOn.commit(marker(13))
            goesOn.close()
            #expect(try numbers(path) == (all + [12, 13, 112, 113]).sorted())
        }
    }

    @Test("a manifest that goes while a new query writes is told as one that goes later")
    func manifestGoneInTheFirstRun() throws {
        for last in [-1, 0] as [Int64] {
            let folder = try TestFolder()
            let path = folder.path + "/out"
            let running = try sink(["path": path])
            defer { running.close() }
            try running.fence()
            for number in -1...last {
                let before = number < 0 ? nil : marker(number - 1)
                try running.send(
                    batchID: number, rows: number < 0 ? [] : batch(number), aside: .none, positions: [],
                    expecting: before)
                try running.commit(marker(number))
            }
            for name in try RealDisk().list(path + "/_spark_metadata") {
                try folder.remove("out/_spark_metadata/" + name)
            }
            try folder.remove("out/_spark_metadata")
            if last < 0 { try folder.write("out/part-0.json", "{\"n\":0}") }
            let next = last + 1
            #expect(
                error {
                    try running.send(
                        batchID: next, rows: batch(next), aside: .none, positions: [], expecting: marker(last))
                } == .markerMissing)
        }
    }

    @Test("files that a new manifest begins with are as old as they are: those that are too old are left out")
    func manifestLostWithRetention() throws {
        let folder = try TestFolder()
        let path = folder.path + "/out"
        try sink(["path": path]).run(to: 3, rows: batch)
        for name in try RealDisk().list(path + "/_spark_metadata") { try folder.remove("out/_spark_metadata/" + name) }
        try folder.remove("out/_spark_metadata")
        let written = try files(below: path)
        // Hours since 1970.
        for (hour, name) in written.enumerated() {
            let time = timeval(tv_sec: (1000 + hour) * 3600, tv_usec: 0)
            #expect(utimes(path + "/" + name, [time, time]) == 0)
        }
        let goesOn = try sink(["path": path, "retention": "2h"], now: { 1003 * 3_600_000_000 })
        goesOn.resume(goesOnWithoutMarker: true)
        try goesOn.fence()
        try goesOn.send(batchID: 4, rows: [], aside: .none, positions: [], expecting: nil)
        try goesOn.commit(marker(4))
        goesOn.close()
        let named = try FileManifest(directory: path, disk: RealDisk()).entries()
        #expect(named.map(\.modifiedMilliseconds) == (1001...1003).map { $0 * 3_600_000 })
    }

    @Test("what another query has left of going on is not gone on with, and batches with files are no leftovers")
    func leftoversOfOthers() throws {
        let folder = try TestFolder()
        let path = folder.path + "/out"
        try sink(["path": path]).run(to: 2, rows: batch)
        // The newest batch of the manifest is gone, and its marker is there.
        try folder.remove("out/_spark_metadata/2")
        let behind = try sink(["path": path])
        behind.resume(goesOnWithoutMarker: true)
        #expect(error { try behind.fence() } == .outputTaken)
        for batch in 0...1 {
            try folder.remove("out/_spark_metadata/\(batch)")
            try folder.write("out/_spark_metadata/\(batch)", "v1")
        }
        let other = try sink(["path": path], query: "query-2")
        other.resume(goesOnWithoutMarker: true)
        #expect(error { try other.fence() } == .outputTaken)
        #expect(try RealDisk().exists(path + "/_spark_metadata/1"))
        try behind.fence()
        behind.close()
        #expect(try !RealDisk().exists(path + "/_spark_metadata/1"))
    }

    @Test("a file is no directory to write into")
    func plainFile() throws {
        let folder = try TestFolder()
        try folder.write("a.json", "{}")
        let path = folder.path + "/a.json"
        let stream = #expect(throws: ConnectorError.self) { try sink(["path": path]).fence() }
        #expect(stream?.code == .invalidOption && stream?.message.contains("is a file") == true)
        let rows = try batch(1)
        let table = #expect(throws: ConnectorError.self) { try tableSink(["path": path]).save(rows, mode: .append) }
        #expect(table?.code == .invalidOption && table?.message.contains("is a file") == true)
        try tableSink(["path": path]).save(rows, mode: .overwrite)
        #expect(try numbers(path) == [1, 101])
    }

    @Test("only append mode, in Spark's words")
    func outputModes() throws {
        for mode in [OutputMode.update, .complete] {
            let sink = try #require(FileConnection.json.sink)
            let error = #expect(throws: ConnectorError.self) { try sink.check(mode, format: "json") }
            #expect(error?.condition == "STREAMING_OUTPUT_MODE.UNSUPPORTED_DATASOURCE")
            #expect(
                error?.message
                    == "Invalid streaming output mode: \(mode.rawValue). This output mode is not supported in "
                    + "Data Source json.")
        }
    }
}
