// Tables into directories whose folders are overwritten one by one, and directories that are no plain ones.

import Columns
import Connectors
import DurableFiles
import TestSupport
import Testing

@testable import FileConnector

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

@Suite struct PartitionOverwriteTests {
    private static let columns = schema(("k", .string), ("d", .integer), ("n", .long))
    private static let written = schema(("n", .long), ("k", .string), ("d", .integer))

    private func save(
        _ text: String, to path: String, _ mode: SaveMode, dynamic: Bool = false, partition: String? = nil,
        by folders: [String] = ["k", "d"], disk: any Disk = RealDisk(isShared: true)
    ) throws {
        var values = ["path": path]
        if dynamic { values["partitionOverwriteMode"] = "dynamic" }
        try tableSink(values, partitionBy: folders, columns: Self.columns, disk: disk)
            .save(
                picture("k:T d:i n:I\n" + text), mode: mode,
                partition: try partition.map { try RecordBatch.fromPicture($0) })
    }

    private func numbers(_ path: String) throws -> [String] {
        try rows(try table(["path": path], Self.written)).sorted()
    }

    private func row(_ k: String, _ d: Int, _ n: Int) -> String { "{\"n\":\(n),\"k\":\"\(k)\",\"d\":\(d)}" }

    @Test("what is overwritten: all, the folder of some values, or the folders that there are rows for")
    func scopes() throws {
        let folder = try TestFolder()
        let path = folder.path + "/out"
        let before = "a 1 1\na 2 2\nb 1 3"
        func begin() throws {
            try save(before, to: path, .overwrite)
            #expect(try numbers(path) == [row("a", 1, 1), row("a", 2, 2), row("b", 1, 3)])
        }
        try begin()
        try save("b 2 9", to: path, .overwrite)
        #expect(try numbers(path) == [row("b", 2, 9)])
        try begin()
        try save("a 3 9", to: path, .overwrite, partition: "k:T\na")
        #expect(try numbers(path) == [row("b", 1, 3), row("a", 3, 9)].sorted())
        // As in Spark what has values is overwritten where no row is left, too.
        try begin()
        try save("", to: path, .overwrite, partition: "k:T d:i\na 2")
        #expect(try numbers(path) == [row("a", 1, 1), row("b", 1, 3)])
        try begin()
        try save("c 5 9", to: path, .overwrite, partition: "k:T d:i\nc 5")
        #expect(try numbers(path).count == 4)
        try begin()
        try save("a 2 8\nc 1 9", to: path, .overwrite, dynamic: true)
        #expect(try numbers(path) == [row("a", 1, 1), row("a", 2, 8), row("b", 1, 3), row("c", 1, 9)].sorted())
        try save("", to: path, .overwrite, dynamic: true)
        #expect(try numbers(path).count == 4)
        try save("a 2 7", to: path, .overwrite, dynamic: true, partition: "k:T\na")
        #expect(try numbers(path) == [row("a", 1, 1), row("a", 2, 7), row("b", 1, 3), row("c", 1, 9)].sorted())
        // With values for all columns it is that folder, with rows or without.
        try save("", to: path, .overwrite, dynamic: true, partition: "k:T d:i\na 2")
        #expect(try numbers(path).count == 3)
        #expect(try files(below: path).allSatisfy { !$0.contains(".tmp") && !$0.contains("/.") })
    }

    @Test("folders of other columns, also of more or fewer ones, are refused")
    func otherFolders() throws {
        let folder = try TestFolder()
        let path = folder.path + "/out"
        try save("a 1 1", to: path, .append)
        // A folder without files says nothing.
        _ = try RealDisk().createDirectory(path + "/k=0")
        for folders in [[], ["k"], ["d"], ["d", "k"]] {
            let error = #expect(throws: ConnectorError.self) { try save("a 1 1", to: path, .append, by: folders) }
            #expect(error?.condition == "CONFLICTING_PARTITION_COLUMN_NAMES")
        }
        #expect(throws: ConnectorError.self) {
            try save("a 1 1", to: path, .overwrite, dynamic: true, by: ["k"])
        }
        try save("a 1 2", to: path, .append)
        #expect(try numbers(path).count == 2)
    }

    @Test("a link stays one: what it leads to is overwritten")
    func links() throws {
        let folder = try TestFolder()
        let (path, link) = (folder.path + "/data/out", folder.path + "/link")
        try save("a 1 1\nb 1 2", to: path, .append)
        symlink("data/out", link)
        try save("a 1 3", to: link, .overwrite)
        try save("a 1 4\nc 1 5", to: link, .overwrite, dynamic: true)
        #expect(try numbers(path) == [row("a", 1, 4), row("c", 1, 5)])
        var information = stat()
        #expect(lstat(link, &information) == 0 && information.st_mode & S_IFMT == S_IFLNK)
        #expect(try RealDisk().list(folder.path + "/data") == ["out"])
        #expect(try RealDisk().list(folder.path) == ["data", "link"])
    }

    @Test(
        "where names can't be exchanged: a mount point is written within, others are renamed",
        arguments: [EXDEV, EBUSY, EACCES, EINVAL, ENOSYS])
    func noExchange(number: Int32) throws {
        let folder = try TestFolder()
        let path = folder.path + "/out"
        let disk = HookedDisk(isShared: true) { path throws(DurabilityError) in
            throw DurabilityError(.rename, path, errorNumber: number)
        }
        try save("a 1 1\nb 1 2", to: path, .append, disk: disk)
        try folder.write("out/k=a/d=1/.old.tmp", "")
        try save("a 1 3\nc 1 4", to: path, .overwrite, disk: disk)
        #expect(try numbers(path) == [row("a", 1, 3), row("c", 1, 4)])
        let all = try files(below: path)
        #expect(all.count == 3 && all.contains("_SUCCESS"), "\(all)")
        #expect(try RealDisk().list(path) == ["_SUCCESS", "k=a", "k=c"])
        #expect(try RealDisk().list(folder.path) == ["out"])
    }

    @Test("a power cut while folders are overwritten leaves each with its old rows or its new ones", arguments: 0..<6)
    func powerCut(seed: UInt64) throws {
        for isDynamic in [false, true] {
            var operation = 0
            var finished = false
            while !finished {
                operation += 1
                let disk = FaultyDisk()
                try save("a 1 1\na 2 1\nb 1 1", to: "/out", .append, disk: disk)
                disk.inject(.powerCut, at: disk.operationCount + operation)
                do {
                    try save(
                        "a 1 2\na 3 2", to: "/out", .overwrite, dynamic: isDynamic,
                        partition: isDynamic ? nil : "k:T\na", disk: disk)
                    finished = true
                } catch {}
                disk.restart(seed == 0 ? .nothing : seed == 1 ? .everything : .some(seed: seed))
                let found = try files(below: "/out", disk).filter { $0.hasPrefix("k=") && !$0.contains("/.") }
                let content = try Dictionary(
                    grouping: found, by: { String($0.prefix(7)) }
                ).mapValues { try $0.map { try text("/out/" + $0, disk) } }
                let what: Comment = "at \(operation): \(content)"
                #expect(content["k=b/d=1"] == ["{\"n\":1}\n"], what)
                let (first, second, third) = (content["k=a/d=1"], content["k=a/d=2"], content["k=a/d=3"])
                #expect([["{\"n\":1}\n"], ["{\"n\":2}\n"]].contains(first), what)
                #expect([nil, ["{\"n\":2}\n"]].contains(third), what)
                if isDynamic {
                    #expect(second == ["{\"n\":1}\n"], what)
                } else {
                    // The folder of the value is one.
                    #expect((second == nil) == (first == ["{\"n\":2}\n"]) && (second == nil) == (third != nil), what)
                }
                if finished { #expect(first == ["{\"n\":2}\n"] && third != nil, what) }
            }
            #expect(operation > 20)
        }
    }

    @Test("partitionOverwriteMode is static or dynamic, and of tables alone")
    func option() throws {
        let wrong = #expect(throws: ConnectorError.self) {
            try tableSink(["path": "/out", "partitionOverwriteMode": "some"])
        }
        #expect(wrong?.code == .invalidOption)
        #expect(throws: ConnectorError.self) { try sink(["path": "/out", "partitionOverwriteMode": "static"]) }
    }
}
