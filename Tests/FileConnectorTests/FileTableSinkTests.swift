// Tables into directories: beside, or in place of, what is there.

import Columns
import Connectors
import DurableFiles
import Testing

@testable import FileConnector

@Suite struct FileTableSinkTests {
    private static let columns = schema(("n", .long))

    private func numbers(_ path: String) throws -> [String] {
        try rows(try table(["path": path], Self.columns)).sorted()
    }

    @Test("append comes beside, overwrite takes the place, ignore and error leave it alone")
    func modes() throws {
        let folder = try TestFolder()
        let path = folder.path + "/a/out"
        func save(_ number: Int, _ mode: SaveMode) throws {
            try tableSink(["path": path], columns: Self.columns).save(picture("n:I\n\(number)"), mode: mode)
        }
        try save(1, .append)
        try save(2, .append)
        #expect(try numbers(path) == [#"{"n":1}"#, #"{"n":2}"#])
        try save(3, .ignore)
        let refused = #expect(throws: ConnectorError.self) { try save(3, .errorIfExists) }
        #expect(refused?.condition == "PATH_ALREADY_EXISTS")
        #expect(try numbers(path).count == 2)
        try save(4, .overwrite)
        #expect(try numbers(path) == [#"{"n":4}"#])
        #expect(try files(below: path).contains("_SUCCESS"))
        // Nothing is left beside it.
        #expect(try RealDisk().list(folder.path + "/a") == ["out"])
        #expect(try files(below: path).allSatisfy { !$0.hasPrefix(".") })
    }

    @Test("a row that can't be written leaves what was there, and nothing else")
    func failures() throws {
        let disk = FaultyDisk()
        _ = try disk.createDirectory("/out")
        try tableSink(["path": "/out"], columns: Self.columns, disk: disk).save(picture("n:I\n1"), mode: .append)
        let before = try files(below: "/out", disk)
        for mode in [SaveMode.append, .overwrite] {
            var operation = 0
            var finished = false
            while !finished {
                operation += 1
                disk.inject(.full, at: disk.operationCount + operation)
                do {
                    try tableSink(["path": "/out"], columns: Self.columns, disk: disk)
                        .save(picture("n:I\n2"), mode: mode)
                    finished = true
                } catch {}
                disk.clearFaults()
                guard !finished else { continue }
                #expect(try files(below: "/out", disk) == before)
                #expect(try disk.list("/").filter { $0.hasPrefix(".out") } == [])
            }
            #expect(operation > 3)
            if mode == .overwrite { #expect(try files(below: "/out", disk).count == 2) }
            // Back to one file for the next mode.
            for name in try files(below: "/out", disk) where !before.contains(name) {
                _ = try disk.remove("/out/" + name)
            }
        }
    }

    @Test("a power cut while a directory is overwritten leaves the old files or the new ones", arguments: 0..<12)
    func overwriteCut(seed: UInt64) throws {
        var operation = 0
        var finished = false
        while !finished {
            operation += 1
            let disk = FaultyDisk()
            _ = try disk.createDirectory("/out")
            try disk.synchronizeDirectory("/")
            try tableSink(["path": "/out"], columns: Self.columns, disk: disk).save(picture("n:I\n1"), mode: .append)
            disk.inject(.powerCut, at: disk.operationCount + operation)
            do {
                try tableSink(["path": "/out"], columns: Self.columns, disk: disk)
                    .save(picture("n:I\n2"), mode: .overwrite)
                finished = true
            } catch {}
            disk.restart(seed == 0 ? .nothing : seed == 1 ? .everything : .some(seed: seed))
            let found = try files(below: "/out", disk).filter { $0.hasPrefix("part-") }
            #expect(found.count == 1, "at \(operation)")
            let content = try found.first.map { try text("/out/" + $0, disk) }
            #expect(content == (finished ? "{\"n\":2}\n" : content), "at \(operation)")
            #expect(["{\"n\":1}\n", "{\"n\":2}\n"].contains(content), "at \(operation)")
        }
        #expect(operation > 10)
    }

    @Test("what a stream has written is not added to, and files are not divided in two ways")
    func refusals() throws {
        let folder = try TestFolder()
        let path = folder.path + "/out"
        try sink(["path": path]).run(to: 0) { _ in try picture("k:T n:I\na 1") }
        for mode in [SaveMode.append, .overwrite] {
            let error = #expect(throws: ConnectorError.self) {
                try tableSink(["path": path], columns: Self.columns).save(picture("n:I\n1"), mode: mode)
            }
            #expect(error?.code == .outputTaken)
        }
        let divided = folder.path + "/divided"
        let rows = try picture("k:T n:I\na 1")
        try tableSink(["path": divided], partitionBy: ["k"]).save(rows, mode: .append)
        try tableSink(["path": divided], partitionBy: ["k"]).save(rows, mode: .append)
        for columns in [[], ["n"]] {
            let error = #expect(throws: ConnectorError.self) {
                try tableSink(["path": divided], partitionBy: columns).save(rows, mode: .append)
            }
            #expect(error?.condition == "CONFLICTING_PARTITION_COLUMN_NAMES")
        }
    }
}
